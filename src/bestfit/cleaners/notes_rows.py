"""What is worth knowing of rows: neighbours that are alike, near copies, keys used twice."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from ..repeats import by_chance
from ..table import Target
from .base import noted

__all__ = ["notes_of_rows"]

MIN_ROWS = 100
ALIKE = 0.3  # correlation of neighbours
NEAR = 0.01  # of a standard deviation
MIN_NEAR = 0.005  # of the rows
MAX_ROWS = 30_000  # the first ones: their order counts
FEW = 20  # levels


def notes_of_rows(frame: pl.DataFrame, target: Target | None) -> Iterator[dict[str, Any]]:
    """Notes on the order of rows, and on rows that are nearly equal."""
    if frame.height < MIN_ROWS:
        return
    some = frame[:MAX_ROWS]
    yield from _neighbours(some, target)
    yield from _near_copies(some.drop(target.name) if target is not None else some)


def _neighbours(frame: pl.DataFrame, target: Target | None) -> Iterator[dict[str, Any]]:
    """Rows in an order: by time, by place, by the target."""
    alike = {}
    for series in frame:
        if series.dtype == pl.Float64 or (series.dtype == pl.String and series.n_unique() <= FEW):
            rank = series.rank("dense").cast(pl.Float64).fill_null(0.0).to_numpy()
            a, b = rank[1:], rank[:-1]
            if np.ptp(a) > 0 and np.ptp(b) > 0:
                alike[series.name] = float(np.corrcoef(a, b)[0, 1])
    goal = None if target is None else alike.get(target.name)
    if goal is not None and goal > ALIKE and target is not None:
        what = (
            f"neighbouring rows have targets that are alike (correlation {goal:.2f}): sorted, or"
            " one thing after another; then --order or --group judge better"
        )
        yield noted("sorted_rows", [target.name], what)
    sorted_by = [n for n, r in alike.items() if r > 0.9 and (target is None or n != target.name)]
    if sorted_by:
        yield noted("sorted_rows", sorted_by[:8], "in an order over the rows of the file")


def _near_copies(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    rounded = frame.with_columns(
        (s / ((s.std() or 1.0) * NEAR)).round().alias(s.name)
        for s in frame if s.dtype == pl.Float64
    )  # fmt: skip
    if not rounded.width:
        return
    rows = int(rounded.hash_rows().is_duplicated().sum())
    if rows >= max(2, MIN_NEAR * frame.height) and not by_chance(rounded):
        yield noted("near_copies", [], f"{rows:,} rows are nearly equal to another one")
