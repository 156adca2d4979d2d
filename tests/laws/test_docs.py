"""What the docs say is true: pages are up to date, and their code runs."""

import random
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from bestfit.cli import main

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
GUEST = re.compile(r"^```python (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)  # needs a package
RUN = re.compile(r"^```python$|^\$ bestfit ", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(?:#[^)]*)?\)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def with_code() -> list[Path]:
    return [page for page in PAGES if RUN.search(page.read_text(encoding="utf-8"))]


def test_generated_pages_are_up_to_date():
    done = subprocess.run(
        [sys.executable, ROOT / "docs" / "generate.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    targets = LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8")))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files that the docs' examples read; small, made up, and dirty."""
    place = tmp_path_factory.mktemp("docs")
    stream = random.Random(0)
    lines = ["age,work,hours,income"]
    for _ in range(400):
        age, hours = stream.randint(17, 80), stream.randint(10, 60)
        work = stream.choice(["Private", "State-gov", "?"])
        rich = age * hours / 2000 + stream.gauss(0, 0.3) > 1
        lines.append(f"{age},{work},{hours},{'>50K' if rich else '<=50K'}")
    for i in range(60):
        for path in (f"flowers/{'rose' if i % 2 else 'lily'}/{i}.png", f"new-pictures/{i}.png"):
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            pixels = bytes(stream.randrange(256) // (1 + i % 2) for _ in range(16 * 16))
            Image.frombytes("L", (16, 16), pixels).save(place / path)
    homes = [f"new-pictures/{i}.png,{i % 7},{100 + 10 * (i % 7) + i % 3}" for i in range(60)]
    (place / "houses.csv").write_text("\n".join(["photo,rooms,price", *homes]))
    (place / "adult.csv").write_text("\n".join(lines))
    (place / "new.csv").write_text("\n".join(line.rpartition(",")[0] for line in lines[:30]))
    return place


@pytest.mark.parametrize("page", with_code(), ids=name_of)
def test_code_runs(page, folder, monkeypatch, capfd):
    """Python blocks of a page share their names; lines that start with ``$ bestfit`` are run.

    The seconds that a reader would give to training are cut down to a few.
    """
    monkeypatch.chdir(folder)
    names = {"__name__": name_of(page)}
    text = re.sub(r"(time_s=|--time )\d+", r"\g<1>3", page.read_text(encoding="utf-8"))
    for kind, body in BLOCK.findall(text):
        if kind == "python" and not body.startswith(">>>"):
            exec(compile(body, name_of(page), "exec"), names)
        for line in body.splitlines() if kind == "console" else ():
            if line.startswith("$ bestfit "):
                command = shlex.split(line, comments=True)[2:]
                assert main(command) == 0, capfd.readouterr().err


@pytest.mark.filterwarnings("default")  # hosts warn of their own
@pytest.mark.parametrize(
    ("package", "body"), GUEST.findall((ROOT / "docs" / "guests.md").read_text(encoding="utf-8"))
)
def test_guests_run_where_their_host_is_installed(package, body, tmp_path, monkeypatch, capsys):
    pytest.importorskip(package, reason=f"{package} is not installed")
    monkeypatch.chdir(tmp_path)
    exec(compile(body, "docs/guests.md", "exec"), {"__name__": "guests"})
    assert "40 []" in capsys.readouterr().out
