"""Runs that die, or whose disk fails, and what comes of them when they are resumed.

One process loads everything; each run is a fork of it, so that hundreds of them take minutes. Used
by the tests and by ``benchmarks/kills.py`` and ``benchmarks/faults.py``:

    python lab.py FOLDER TABLE < one JSON order a line > one JSON answer a line
"""

import ctypes
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
COUNT, FAIL_ONCE, FAIL_FROM, DIE_BEFORE, DIE_WITHIN = range(5)
WORDS = [
    "--target", "y", "--epochs", "12", "--quiet", "--set", "model.members=4",
    "--set", "model.width=16", "--set", "training.threads=1", "--set", "training.looks=12",
]  # fmt: skip
SAVE_EVERY_S = 0.02
PATIENCE_S = 60.0


def build_shim(folder: Path) -> Path | None:
    """Compile the shim; None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "shim.so"
    command = [compiler, "-shared", "-fPIC", "-O1", str(HERE / "shim.c"), "-o", str(library)]
    done = subprocess.run([*command, "-ldl"], capture_output=True, text=True)
    return library if done.returncode == 0 else None


def write_table(path: Path, rows: int = 160) -> None:
    """A small table with gaps and a category."""
    draw = random.Random(3)
    lines = ["a,b,kind,y"]
    for _ in range(rows):
        a, b, kind = draw.gauss(0, 1), draw.gauss(0, 1), draw.choice("xyz")
        y = "yes" if a + (kind == "x") + draw.gauss(0, 0.5) > 0 else "no"
        lines.append(f"{a:.4f},{b if draw.random() > 0.1 else ''},{kind},{y}")
    path.write_text("\n".join(lines))


class Lab:
    """The process that forks runs, as seen from outside.

    Args:
        folder: for runs.
        shim: the compiled shim; None runs without.
    """

    def __init__(self, folder: Path, shim: Path | None) -> None:
        table = folder / "table.csv"
        write_table(table)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
        if shim is not None:
            environment["LD_PRELOAD"] = str(shim)
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(table)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def ask(self, **order: object) -> dict:
        """One order: see ``obey``."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the lab died")
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()
        self._process.wait(20)


def obey(order: dict, folder: Path, table: Path) -> dict:
    """Start a run, let it fail, die or be stopped, resume it until it is done.

    Args of an order:
        action, nth, errno: for the shim; nth 0 leaves it out.
        signal, after_s: sent after so long; several kills by a list of times.
        keep: the outcome is wanted, not only whether it is that of the first.
    """
    run = folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    answer: dict = {"ends": []}
    for after_s in order.get("after_s", [None]):
        first = start(run, table, order, after_s)
        answer["ends"].append(first)
    for _ in range(3):
        if answer["ends"][-1]["code"] == 0:
            break
        answer["ends"].append(start(run, table, {}, None))
    answer["outcome"] = outcome(run) if answer["ends"][-1]["code"] == 0 else None
    answer["leftovers"] = sorted(
        str(p.relative_to(run)) for p in run.rglob("*")
        if p.name.endswith((".tmp", ".old"))
    )  # fmt: skip
    return answer


def start(run: Path, table: Path, order: dict, after_s: float | None) -> dict:
    """Fork: ``train``, or ``resume`` where there is a run; how it ended."""
    said = run.with_name("said")
    resuming = (run / "config.toml").exists()
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        end = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(end, 2)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        words = ["resume", str(run), "--quiet"]
        if not resuming:
            words = ["train", str(table), *WORDS, "--out", str(run)]
        os._exit(inside(words, run, order))
    if after_s is not None:
        time.sleep(after_s)
        sent = time.monotonic()
        with suppress(ProcessLookupError):
            os.kill(child, order["signal"])
    _, status = os.waitpid(child, 0)
    ended = time.monotonic()
    lines = said.read_text(errors="replace").splitlines()
    return {
        "verb": "resume" if resuming else "train",
        "code": os.waitstatus_to_exitcode(status),
        "said": lines[-3:],
        "lines": len(lines),
        "seconds": ended - begun,
        "stopping_s": ended - sent if after_s is not None else 0.0,
    }


def inside(words: list[str], run: Path, order: dict) -> int:
    """The life of one fork."""
    from bestfit.cli import main
    from bestfit.run import saver

    saver.EVERY_S = SAVE_EVERY_S
    nth = order.get("nth", 0)
    if nth or order.get("count"):
        shim = ctypes.CDLL(None)
        shim.faults_arm(str(run).encode(), order.get("action", COUNT), ctypes.c_long(nth),
                        order.get("errno", 0))  # fmt: skip
    code = main(words)
    if order.get("count"):
        run.with_name("count").write_text(str(ctypes.CDLL(None).faults_seen()))
    return code


def outcome(run: Path) -> dict:
    """What must be the same whatever happened: weights, metrics, predictions, history, report."""
    import hashlib

    def digest(data: bytes) -> str:
        return hashlib.sha256(data).hexdigest()[:16]

    metrics = json.loads((run / "metrics.json").read_bytes())
    for part in [metrics, *metrics["anchors"]]:
        del part["seconds"]
    with sqlite3.connect(run / "attempts" / "01" / "history.sqlite") as db:
        rows = db.execute("SELECT * FROM measures ORDER BY step, rowid").fetchall()
    return {
        "weights": digest((run / "model" / "weights.safetensors").read_bytes()),
        "predictions": digest((run / "predictions.parquet").read_bytes()),
        "metrics": digest(json.dumps(metrics, sort_keys=True).encode()),
        "history": digest(repr(rows).encode()),
        "findings": digest((run / "findings.json").read_bytes()),
        "report": (run / "report.html").stat().st_size > 1000,
    }


def main() -> None:
    """Load everything, then obey."""
    folder, table = Path(sys.argv[1]), Path(sys.argv[2])
    import sklearn.ensemble
    import sklearn.linear_model  # noqa: F401

    import bestfit.bundle
    import bestfit.cli.app
    import bestfit.cli.resume
    import bestfit.cli.train
    import bestfit.report
    import bestfit.run  # noqa: F401

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(obey(json.loads(line), folder, table)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
