"""The few words that this project needs: ``python3 dev.py demo|test|bench|docs|clean``.

Standard library only. The first run makes ``.venv`` and installs into it with pip, exactly the
versions of ``constraints.txt``; later runs find nothing to do and start at once.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
CONSTRAINTS = ROOT / "constraints.txt"
OLDEST = (3, 11)
LEFTOVERS = ("build", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache")
AZURITE = "azurite@3.37.0"  # stands for Azure Blob Storage in the tests
PEERS = {"agreement", "sql_speed", "throughput"}  # benchmarks that need other trainers
WARM_UP = "import bestfit.cli.app, torch, polars, sklearn.ensemble, rich.progress, pydantic, jinja2"


def main() -> int:
    """Parse the word and do it; the exit code is that of what was run."""
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__)
    words = parser.add_subparsers(dest="word", required=True, metavar="WORD")
    verbs: dict[str, tuple[Callable[[list[str]], int], str]] = {
        "demo": (demo, "the main job on a real, dirty table: data, training, verdict, report"),
        "test": (test, "lint, types, floors, docs and every test"),
        "bench": (bench, "run the scripts in benchmarks/, or those named"),
        "docs": (docs, "write the generated pages of docs/ anew"),
        "clean": (clean, "remove .venv and what the tools left behind"),
    }
    for name, (_, about) in verbs.items():
        words.add_parser(name, help=about, description=about, add_help=name not in ("test", "demo"))
    options, rest = parser.parse_known_args()
    if sys.version_info < OLDEST:
        return fail(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed", "python3.11 dev.py …")
    if rest and options.word in ("docs", "clean"):
        parser.error(f"unexpected: {' '.join(rest)}")
    return verbs[options.word][0](rest)


def demo(rest: list[str]) -> int:
    """Run ``bestfit demo`` with the rest of the command line."""
    return install("demo") or call([str(PYTHON), "-m", "bestfit", "demo", *rest])


def test(rest: list[str]) -> int:
    """Run every check; what follows ``test`` goes to pytest."""
    if code := install("dev"):
        return code
    install_servers()
    workers = min(os.cpu_count() or 1, 8)
    spread = ["-n", str(workers)] if workers > 1 and not rest else []
    checks: dict[str, list[str]] = {
        "lint": ["ruff", "check", "--quiet", "."],
        "format": ["ruff", "format", "--check", "--quiet", "."],
        "types": ["mypy", "--no-error-summary"],
        "floors": ["lint-imports"],
        "docs": ["docs/generate.py", "--check"],
        "tests": ["pytest", "-q", *spread, *rest],
    }
    results = ROOT / "build" / "tests.xml"
    results.parent.mkdir(exist_ok=True)
    results.unlink(missing_ok=True)
    checks["tests"] += [f"--junitxml={results}"]
    failed, times = [], []
    for name, (tool, *arguments) in checks.items():
        say(f"{name}: {' '.join([tool, *arguments])}")
        start = time.monotonic()
        program = [str(PYTHON), tool] if tool.endswith(".py") else [str(SCRIPTS / tool)]
        if call([*program, *arguments], OMP_NUM_THREADS="1"):
            failed.append(name)
        times.append(f"{name} {time.monotonic() - start:.1f} s")
    say(", ".join(times))
    if failed:
        say(f"not in order: {', '.join(failed)}")
    print(counts(results, sum(name != "tests" for name in failed), len(checks) - 1))
    return 1 if failed else 0


def counts(results: Path, checks_failed: int, checks: int) -> str:
    """One last line as pytest writes it, with the checks before pytest counted as tests."""
    suite = ElementTree.parse(results).getroot()[0].attrib if results.is_file() else {}
    tests, skipped = int(suite.get("tests", 0)), int(suite.get("skipped", 0))
    broken = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    lost = 0 if suite else 1  # pytest itself fell over
    numbers = {
        "failed": broken + lost + checks_failed,
        "passed": tests - broken - skipped + checks - checks_failed,
        "skipped": skipped,
    }
    said = [f"{n} {what}" for what, n in numbers.items() if n or what == "passed"]
    return f"{', '.join(said)} in {float(suite.get('time', 0)):.1f}s"


def bench(rest: list[str]) -> int:
    """Run the benchmarks named in ``rest``, or all of them."""
    names = rest or sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py"))
    if not names:
        return fail("there are no scripts in benchmarks/", "write one: benchmarks/NAME.py")
    if code := install("dev") or (0 if PEERS.isdisjoint(names) else install_peers()):
        return code
    for name in names:
        say(f"benchmark: {name}")
        if code := call([str(PYTHON), f"benchmarks/{name}.py"]):
            return code
    return 0


def install_peers() -> int:
    """Put what benchmarks compare with into build/peers, beside the environment."""
    place, wanted = ROOT / "build" / "peers", ROOT / "benchmarks" / "peers.txt"
    stamp = place / "stamp.txt"
    if stamp.is_file() and stamp.read_bytes() == wanted.read_bytes():
        return 0
    say("installing the peers to compare with (minutes the first time)")
    shutil.rmtree(place, ignore_errors=True)
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps"]
    exact = ["--only-binary", ":all:", "--target", str(place), "-r", str(wanted)]
    if code := call([*pip, *exact]):
        fail("pip could not install the peers", "check network and free disk (1 GB)")
        return code
    stamp.write_bytes(wanted.read_bytes())
    return 0


def docs(rest: list[str]) -> int:
    """Write the generated pages."""
    return install("dev") or call([str(PYTHON), "docs/generate.py", *rest])


def clean(_: list[str]) -> int:
    """Remove the environment and every cache; runs/ stays."""
    caches = [p for top in ("src", "tests", "docs") for p in (ROOT / top).rglob("__pycache__")]
    for path in [VENV, *(ROOT / name for name in LEFTOVERS), *caches, *ROOT.glob("src/*.egg-info")]:
        if path.exists():
            say(f"removing {path.relative_to(ROOT)}")
            shutil.rmtree(path)
    return 0


def install(extra: str) -> int:
    """Make the environment hold this checkout and one of its extras; 0 when it does."""
    wanted = hashlib.sha256(
        (ROOT / "pyproject.toml").read_bytes() + CONSTRAINTS.read_bytes() + sys.version.encode()
    ).hexdigest()
    stamps = [VENV / f"setup-{name}.txt" for name in {extra, "dev"}]  # dev holds all the others
    if any(stamp.is_file() and stamp.read_text() == wanted for stamp in stamps):
        return 0
    start = time.monotonic()
    if not PYTHON.exists() and (code := make_environment()):
        return code
    say("installing torch and the rest, exactly as constraints.txt says (minutes the first time)")
    pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    exact = ["--constraint", str(CONSTRAINTS), "--only-binary", ":all:", "--no-compile"]
    # The build backend first, so that nothing is fetched into a build environment of its own.
    steps = [
        [*pip, *exact, "setuptools"],
        [*pip, *exact, "--no-build-isolation", "--editable", f".[{extra}]"],
    ]
    for step in steps:
        if code := call(step):
            fail("pip could not install", "check network and free disk (2 GB), see pip config list")
            return code
    say("compiling what will be used")
    if code := call([str(PYTHON), "-c", WARM_UP], PYTHONDONTWRITEBYTECODE=""):
        return code
    (VENV / f"setup-{extra}.txt").write_text(wanted)
    say(f"ready after {time.monotonic() - start:.0f} s")
    return 0


def install_servers() -> None:
    """Put the servers in place that pip has none of; without them some tests are skipped."""
    if shutil.which("mariadbd") is None and shutil.which("apt-get") and os.getuid() == 0:
        say("installing MariaDB for the tests")
        quiet = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        package = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "mariadb-server"]
        if call(package, quiet=True, **quiet):
            call(["apt-get", "update", "-qq"], quiet=True) or call(package, quiet=True, **quiet)
    place = ROOT / "build" / "npm"
    if not (place / "node_modules" / "azurite").is_dir() and shutil.which("npm"):
        say("installing Azurite for the tests")
        npm = ["npm", "install", "--silent", "--no-save", "--prefix", str(place)]
        call([*npm, AZURITE], quiet=True)


def make_environment() -> int:
    """Make ``.venv`` with venv, or with virtualenv where venv cannot bring pip along."""
    say(f"making .venv with Python {sys.version.split()[0]}")
    if call([sys.executable, "-m", "venv", str(VENV)], quiet=True) == 0:
        return 0
    say("venv lacks pip here (Debian ships it apart): taking virtualenv")
    shutil.rmtree(VENV, ignore_errors=True)
    boot = ROOT / "build" / "boot"
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--target", str(boot)]
    code = call([*pip, "--constraint", str(CONSTRAINTS), "virtualenv"]) or call(
        [sys.executable, "-m", "virtualenv", "--quiet", str(VENV)], PYTHONPATH=str(boot)
    )
    if code:
        fail("no virtual environment could be made", "apt install python3-venv python3-pip")
    return code


def call(command: list[str], *, quiet: bool = False, **environment: str) -> int:
    """Run a command in the root of the checkout and return its exit code."""
    sys.stdout.flush()
    silence = subprocess.DEVNULL if quiet else None
    variables = {**os.environ, **environment}
    for name in [name for name, value in environment.items() if not value]:
        del variables[name]
    try:
        return subprocess.call(command, cwd=ROOT, env=variables, stdout=silence, stderr=silence)
    except KeyboardInterrupt:
        return 130


def say(line: str) -> None:
    """One plain progress line."""
    print(f"dev.py: {line}", file=sys.stderr, flush=True)


def fail(what: str, hint: str) -> int:
    """Say what went wrong and what to try."""
    say(f"{what} (try: {hint})")
    return 3


if __name__ == "__main__":
    sys.exit(main())
