"""How much one column tells of the target alone."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["Goal", "strength"]

Floats = npt.NDArray[np.float64]
MAX_BINS = 64
ROWS_PER_BIN = 30
MAX_LEVELS = 256
MAX_CUT_CLASSES = 20


class Goal(NamedTuple):
    """The target of some rows.

    Args:
        code: (N,) class of each row, or its rank in [0, 1].
        classes: how many there are; 0 for a number.
    """

    code: npt.NDArray[Any]
    classes: int

    @classmethod
    def of(cls, cells: pl.Series) -> "Goal":
        """From a target without gaps."""
        if cells.dtype == pl.Float64:
            rank = cells.rank("average").to_numpy()
            return cls((rank - 0.5) / max(len(rank), 1), 0)
        code = cells.rank("dense").to_numpy().astype(np.int64) - 1
        return cls(code, int(code.max(initial=-1)) + 1)


def strength(column: pl.Series, goal: Goal) -> float:
    """The share of the target's entropy, or of the variance of its rank, that goes once the column
    is known; what chance alone explains is taken off. From 0 to 1.

    Args:
        column: (N,) numbers, dates or texts, gaps allowed.
        goal: of the same rows.

    >>> sold = Goal.of(pl.Series(["yes", "no"] * 50))
    >>> round(strength(pl.Series(["y", "n"] * 50), sold), 2)
    1.0
    """
    n = len(column)
    if n < 2 * ROWS_PER_BIN:
        return 0.0
    place, bins = bins_of(column, max(2, min(MAX_BINS, n // ROWS_PER_BIN)))
    if bins < 2:
        return 0.0
    found = _told(place, bins, goal) if goal.classes else _explained(place, bins, goal.code)
    if column.dtype != pl.String:
        x = column.to_physical().cast(pl.Float64)
        found = max(found, _cut(x, goal) if goal.classes else _followed(x, goal.code))
    return float(np.clip(found, 0.0, 1.0))


def bins_of(column: pl.Series, most: int) -> tuple[npt.NDArray[np.int64], int]:
    """(N,) the bin of each row, a gap in one of its own, and how many bins there are."""
    if column.dtype == pl.String:
        counts = column.alias("v").value_counts(name="n").drop_nulls()
        levels = counts.sort("n", "v", descending=[True, False])["v"].head(MAX_LEVELS)
        known = {level: place for place, level in enumerate(levels)}
        place = column.replace_strict(known, default=len(known), return_dtype=pl.Int64)
        code = place.to_numpy(writable=True)
        code[column.is_null().to_numpy()] = len(known) + 1
    else:
        values = column.to_physical().cast(pl.Float64).to_numpy()
        known_values = values[~np.isnan(values)]
        if not len(known_values):
            return np.zeros(len(column), np.int64), 1
        edges = np.unique(np.quantile(known_values, np.linspace(0, 1, most + 1), method="lower"))
        code = np.searchsorted(edges, values, side="right")
        code[np.isnan(values)] = len(edges) + 1
    distinct, code = np.unique(code, return_inverse=True)
    return code, len(distinct)


def _told(place: npt.NDArray[np.int64], bins: int, goal: Goal) -> float:
    """Theil's uncertainty coefficient, less its expectation under independence."""
    table = np.bincount(place * goal.classes + goal.code, minlength=bins * goal.classes)
    table = table.reshape(bins, goal.classes)
    whole = _entropy(table.sum(axis=0)[None])[0]
    if whole <= 0:
        return 0.0
    rows = table.sum(axis=1)
    left = float((rows * _entropy(table)).sum() / rows.sum())
    chance = (bins - 1) * (goal.classes - 1) / (2 * rows.sum())
    return float((whole - left - chance) / (whole - min(chance, 0.5 * whole)))


def _cut(x: pl.Series, goal: Goal) -> float:
    """The same for the best division of the numbers into two, with all gaps on one side."""
    if goal.classes > MAX_CUT_CLASSES:
        return 0.0
    order = x.arg_sort().to_numpy()
    values, code = x.to_numpy()[order], goal.code[order]
    ends = np.flatnonzero(values[1:] != values[:-1])
    if not len(ends):
        return 0.0
    switched = np.zeros((len(code), goal.classes), np.int64)
    switched[np.arange(len(code)), code] = 1
    below = np.cumsum(switched, axis=0)
    whole, below = below[-1], below[ends]
    n_below = below.sum(axis=1)
    left = n_below * _entropy(below) + (len(code) - n_below) * _entropy(whole - below)
    entropy = float(_entropy(whole[None])[0])
    chance = np.log(len(code)) / len(code)
    return float((entropy - left.min() / len(code) - chance) / entropy) if entropy > 0 else 0.0


def _followed(x: pl.Series, rank: Floats) -> float:
    """The square of the rank correlation."""
    known = x.is_not_null().to_numpy()
    if known.sum() < max(ROWS_PER_BIN, 0.5 * len(known)):
        return 0.0
    own = x.drop_nulls().rank("average").to_numpy()
    if np.ptp(own) == 0 or np.ptp(rank[known]) == 0:
        return 0.0
    return float(np.corrcoef(own, rank[known])[0, 1] ** 2)


def _entropy(counts: npt.NDArray[np.int64]) -> Floats:
    """In nats, of each row of counts."""
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.asarray(-(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1))


def _explained(place: npt.NDArray[np.int64], bins: int, rank: Floats) -> float:
    """Adjusted correlation ratio of the ranks."""
    rows = np.maximum(np.bincount(place, minlength=bins), 1)
    mean = np.bincount(place, rank, minlength=bins) / rows
    within = float(((rank - mean[place]) ** 2).sum())
    total = float(((rank - rank.mean()) ** 2).sum())
    n = len(rank)
    return 0.0 if total <= 0 or n <= bins else 1 - within / total * (n - 1) / (n - bins)
