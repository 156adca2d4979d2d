"""Runs that are killed or stopped at random moments, resumed, and compared with one that was not.

    python3 dev.py bench kills                     300 killed runs, 100 stopped ones
    .venv/bin/python benchmarks/kills.py 1000      as many killed ones

Real processes and real signals; weights, metrics, predictions, findings and history are compared
by their digests. A run that is killed up to three times counts once.
"""

import random
import signal
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "faults"))
import lab

STOPPED = 100


def main(killed: int) -> None:
    """Print what became of each kind."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shim = lab.build_shim(folder)
        made = lab.Lab(folder, shim)
        made.ask()
        whole = made.ask(count=shim is not None)
        expected, seconds = whole["outcome"], whole["ends"][0]["seconds"]
        draw = random.Random(0)
        times = lambda: [draw.uniform(0.02, seconds) for _ in range(draw.randint(1, 3))]  # noqa: E731
        tell("killed 1 to 3 times at random", [
            made.ask(signal=signal.SIGKILL, after_s=times()) for _ in range(killed)
        ], expected)  # fmt: skip
        if shim is not None:
            n = int((folder / "count").read_text())
            tell("killed within a write, flush, rename or open", [
                made.ask(action=lab.DIE_WITHIN, nth=draw.randint(1, n)) for _ in range(killed)
            ], expected)  # fmt: skip
        for number in (signal.SIGTERM, signal.SIGINT):
            found = [
                made.ask(signal=number, after_s=[draw.uniform(0.05, seconds)])
                for _ in range(STOPPED // 2)
            ]
            tell(f"stopped by {number.name} at random", found, expected)
            stopped = [f["ends"][0] for f in found if f["ends"][0]["code"] == 128 + number]
            took = sorted(end["stopping_s"] for end in stopped)
            after = f"{median(took):.2f} s (median), {took[-1]:.2f} s at most"
            print(f"    {len(stopped)} ended with {128 + number}, after {after}")
        made.close()


def tell(kind: str, found: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    """One line: how many, and how many came to the same end."""
    same = sum(f["outcome"] == expected for f in found)
    clean = sum(not f["leftovers"] for f in found)
    deaths = sum(end["code"] < 0 for f in found for end in f["ends"])
    print(
        f"{kind}: {len(found)} runs, {deaths} deaths, {same} identical, {clean} without leftovers"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
