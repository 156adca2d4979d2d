"""Reading and learning from a large, clean CSV file: time and memory beside polars and pandas.

    .venv/bin/python benchmarks/csv_speed.py           1 GB, and what one training on it takes
    .venv/bin/python benchmarks/csv_speed.py 2         2 GB
    .venv/bin/python benchmarks/csv_speed.py 0.2       200 MB

Each reader is a process of its own. ``read`` is all rows as text; ``inspect the first time`` is
what ``bestfit inspect`` does with a file that it has not seen before, conversion included.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

ROWS_PER_GB = 9_800_000
WORDS = ("alpha", "beta", "gamma", "delta epsilon", "zeta", "eta theta", "iota", "kappa lambda mu")


def write(path: Path, gigabytes: float) -> None:
    """Eleven columns: numbers, texts with gaps, dates, a label."""
    random = np.random.default_rng(0)
    words = np.array(WORDS)
    with path.open("wb") as file:
        for start in range(0, int(gigabytes * ROWS_PER_GB), 500_000):
            n = min(500_000, int(gigabytes * ROWS_PER_GB) - start)
            x = random.normal(size=n)
            days = random.integers(0, 2000, n).astype("timedelta64[D]")
            name = words[random.integers(0, 8, n)].astype(object)
            name[random.random(n) < 0.1] = None
            pl.DataFrame(
                {
                    "id": np.arange(start, start + n),
                    "day": np.datetime64("2020-01-01") + days,
                    "x1": x.round(4),
                    "x2": random.normal(size=n) * 1000,
                    "x3": random.exponential(size=n).round(2),
                    "x4": random.normal(size=n),
                    "n1": random.integers(0, 1000, n),
                    "n2": random.integers(0, 5, n),
                    "city": words[random.integers(0, 8, n)],
                    "name": pl.Series(name.tolist(), dtype=pl.String) + " and more",
                    "label": np.where(x + random.normal(size=n) > 0, "yes", "no"),
                }
            ).write_csv(file, include_header=start == 0)


def work(what: str, path: str) -> None:
    """One way to read, in this process."""
    if what == "polars streaming":
        pl.scan_csv(path).collect(engine="streaming")
    elif what == "pandas":
        import pandas as pd

        pd.read_csv(path)
    elif what == "read":
        from bestfit.sources import read

        read(path)
    elif what.startswith("inspect"):
        from bestfit import inspect

        inspect(path, target="label")
    else:
        from bestfit import train

        train(path, target="label", time_s=120.0, out=f"{path}-run")


def measured(what: str, path: Path) -> dict[str, float]:
    """Seconds and memory of one way, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--work", what, str(path)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main(gigabytes: float) -> None:
    """Write the file, and print a line for each way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        write(path, gigabytes)
        print(f"{path.stat().st_size / 1e9:.2f} GB")
        os.environ["BESTFIT_CACHE"] = str(Path(folder) / "cache")
        ways = ("polars streaming", "pandas", "read", "inspect the first time", "inspect again",
                "train for 120 s")  # fmt: skip
        found: dict[str, dict[str, float]] = {}
        for what in ways:
            found[what] = measured(what, path)
            told = [f"{key} {value:7.2f}" for key, value in found[what].items()]
            for peer in filter(found.get, ways[:2]):
                cpu, memory = (found[what][key] / found[peer][key] for key in ("cpu", "GB"))
                told.append(f" × {peer.split()[0]}: cpu {cpu:.2f}, memory {memory:.2f}")
            print(f"{what:24}", *told, flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        begun = time.perf_counter()
        work(*sys.argv[2:])
        usage = resource.getrusage(resource.RUSAGE_SELF)
        took = {
            "cpu": usage.ru_utime + usage.ru_stime,
            "wall": time.perf_counter() - begun,
            "GB": usage.ru_maxrss / 2**20,
        }
        print(json.dumps(took))
        sys.stdout.flush()
        os._exit(0)
    main(float(sys.argv[1]) if sys.argv[1:] else 1.0)
