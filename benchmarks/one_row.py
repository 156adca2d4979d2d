"""One raw row at a time through a finished model: CPU milliseconds of ``predict``.

A short run on 2,000 rows of 6 numbers and 8 categories makes the model. Rows come clean, and with
blanks around every cell, as tables that were read by other means often have them.

    python3 dev.py bench one_row
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

import bestfit

ROWS, ROUNDS = 60, 7


def table(n: int) -> pl.DataFrame:
    """The rows, all cells as texts."""
    random = np.random.default_rng(0)
    numbers = {f"n{i}": random.normal(size=n).round(3) for i in range(6)}
    levels = {f"c{i}": random.integers(0, 3 + 2 * i, n) for i in range(8)}
    yes = numbers["n0"] + numbers["n1"] + (levels["c0"] == 1) > 0
    frame = pl.DataFrame({**numbers, **levels, "y": np.where(yes, "yes", "no")}).cast(pl.String)
    return frame.with_columns(pl.format("level {}", f"c{i}").alias(f"c{i}") for i in range(8))


def milliseconds(predict: Callable[[pl.DataFrame], object], frame: pl.DataFrame) -> float:
    """CPU time of a row, the median of some rounds."""
    rows = [frame[i : i + 1] for i in range(ROWS)]
    predict(rows[0])
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for row in rows:
            predict(row)
        times.append((time.process_time() - start) / ROWS * 1e3)
    return statistics.median(times)


def main() -> None:
    """Two figures."""
    frame = table(2_000)
    with tempfile.TemporaryDirectory() as folder:
        run = bestfit.train(frame, target="y", epochs=1, out=Path(folder) / "run")
        predict = bestfit.load(run.folder.path).predict
        clean = milliseconds(predict, frame)
        padded = milliseconds(
            predict, frame.select(pl.format(" {} ", c).alias(c) for c in frame.columns)
        )
        print(f"clean {clean:.1f} ms, padded {padded:.1f} ms")


if __name__ == "__main__":
    main()
