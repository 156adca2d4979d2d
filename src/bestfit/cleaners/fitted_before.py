"""Statistics of all rows that somebody wrote into the table before it is divided."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from ..table import Target
from .base import warned

__all__ = ["fitted_before"]

MIN_ROWS = 50
EXACT = 1e-6
MIN_GROUPS = 3
MIN_FILLED = 0.01  # of the cells
HEAD = 2_000
MAX_CLASSES = 10  # whose shares are looked for


def fitted_before(frame: pl.DataFrame, target: Target) -> Iterator[dict[str, Any]]:
    """Warnings about columns that hold means of the target, or are scaled or filled by all rows.

    Args:
        frame: the cleaned rows.
        target: the column to predict.
    """
    if frame.height < MIN_ROWS:
        return
    numbers = [n for n, d in frame.schema.items() if d == pl.Float64 and n != target.name]
    levels = [n for n, d in frame.schema.items() if d == pl.String and n != target.name]
    columns = {name: frame[name].to_numpy() for name in numbers}
    columns = {n: x for n, x in columns.items() if (x[~np.isnan(x)] % 1 != 0).any()}
    means: dict[str, str] = {}
    for goal in _goals(frame[target.name], target) if columns else ():
        sums = list(_sums_by(frame, levels, goal))
        found = {name: _mean_of(x, goal, sums) for name, x in columns.items()}
        means |= {name: owner for name, owner in found.items() if owner is not None}
    for name, x in columns.items():
        if name in means:
            by = f" by {means[name]!r}" if means[name] else ""
            what = f"{name!r} is the mean of the target{by} over all rows, judging ones too"
            yield warned("data_leakage", name, what, rows=frame.height)
        elif _standardised(x):
            what = f"{name!r} was scaled with the mean and the deviation of all rows"
            evidence = {"mean": float(np.nanmean(x)), "deviation": float(np.nanstd(x))}
            yield warned("data_leakage", name, what, **evidence)
        elif filled := _filled(x):
            what = f"gaps of {name!r} were filled with the mean of all rows"
            yield warned("data_leakage", name, what, cells=filled)


def _goals(y: pl.Series, target: Target) -> Iterator[Any]:
    """(N,) what a mean may be taken of: the amount, or where a class is."""
    if not target.classes:
        yield y.to_numpy()
    for label in target.classes[-1:] if target.task == "binary" else target.classes[:MAX_CLASSES]:
        yield (y == label).to_numpy().astype(float)


def _sums_by(frame: pl.DataFrame, levels: list[str], amount: Any) -> Iterator[tuple[str, Any, Any]]:
    """For each category: the sum of the target and the count of rows of each row's level."""
    for name in levels:
        found = pl.DataFrame({"level": frame[name], "y": amount}).select(
            total=pl.col("y").sum().over("level"), rows=pl.len().over("level")
        )
        rows = found["rows"].to_numpy()
        if rows.mean() >= 3:
            yield name, found["total"].to_numpy(), rows


def _mean_of(x: Any, amount: Any, sums: list[tuple[str, Any, Any]]) -> str | None:
    """The category whose mean of the target a column holds; ``""`` for a category not there."""
    some = slice(0, HEAD)
    spread = float(np.nanstd(x)) or 1.0
    whole = float(amount.mean())
    for name, total, rows in sums:
        mean = total[some] / rows[some]
        if np.ptp(mean) == 0:
            continue
        others = (total[some] - amount[some]) / np.maximum(rows[some] - 1, 1)
        if _same(x[some], mean, spread) or _same(x[some], others, spread):
            return name
        if _smoothed(x[some], mean, rows[some], whole):
            return name
    return "" if _mean_of_itself(x, amount, spread) else None


def _same(x: Any, mean: Any, spread: float) -> bool:
    near = np.abs(x - mean) <= EXACT * spread
    return bool(near.mean() > 0.999)


def _smoothed(x: Any, mean: Any, rows: Any, whole: float) -> bool:
    """``(n·mean + m·whole) / (n + m)`` with one m for all levels."""
    with np.errstate(all="ignore"):
        m = rows * (mean - x) / (x - whole)
    known = m[np.isfinite(m) & (np.abs(mean - whole) > 1e-9)]
    if len(known) < 0.9 * len(m) or len(np.unique(rows)) < MIN_GROUPS:
        return False
    middle = float(np.median(known))
    return 0 < middle < 1e4 and float(np.mean(np.abs(known - middle) < 0.01 * middle)) > 0.99


def _mean_of_itself(x: Any, amount: Any, spread: float) -> bool:
    """Rows with equal values have that value as the mean of their target."""
    known = ~np.isnan(x)
    values, place = np.unique(x[known], return_inverse=True)
    rows = np.bincount(place, minlength=len(values))
    if not MIN_GROUPS <= len(values) <= len(x) / 5 or (values == np.floor(values)).all():
        return False
    mean = np.bincount(place, amount[known], minlength=len(values)) / np.maximum(rows, 1)
    return bool((np.abs(mean - values) <= EXACT * spread)[rows >= 2].all() and np.ptp(mean) > 0)


def _standardised(x: Any) -> bool:
    """Mean 0 and deviation 1 to six digits: no sample is so by chance."""
    known = x[~np.isnan(x)]
    if len(known) < MIN_ROWS or len(np.unique(known[:HEAD])) < 3:
        return False
    n = len(known)
    deviations = (known.std(), known.std() * np.sqrt(n / (n - 1)))
    return bool(abs(known.mean()) < EXACT and min(abs(d - 1) for d in deviations) < EXACT)


def _filled(x: Any) -> int:
    """How many cells hold the mean of all; 0 where that may be chance."""
    known = x[~np.isnan(x)]
    if len(known) < MIN_ROWS or (known == np.floor(known)).mean() > 0.5:
        return 0
    values, counts = np.unique(known, return_counts=True)
    top = int(counts.argmax())
    if counts[top] < max(3, MIN_FILLED * len(known)) or counts[top] < 3 * np.median(counts):
        return 0
    value, spread = float(values[top]), float(known.std())
    near = abs(value - known.mean()) <= EXACT * spread
    return int(counts[top]) if near else 0
