"""Quantile scaling to a normal or a uniform distribution: outliers and skew lose their power."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from .base import Array, transform
from .scaling import FittedScaler, Scaler

__all__ = ["FittedQuantile", "Quantile"]

EDGE = 1e-7  # as in scikit-learn: the ends are ±5.2 standard deviations
BLOCK = 16_384  # numbers that are looked up at a time: they stay in the cache
FEW = 512  # numbers that are looked up one by one


@dataclass(frozen=True, kw_only=True)
class FittedQuantile(FittedScaler):
    """Interpolate a value's rank between training quantiles, then the normal's inverse.

    Args:
        quantiles: distinct training quantiles of each column, ascending.
        counts: how many of the equally spaced quantiles each of them is.
        normal: whether ranks become normal deviates.
        edge: ranks are kept within [edge, 1 − edge].
        middle: rows at the ends share the middle of their ranks, as all others do.
    """

    kind: ClassVar[str] = "quantile"
    quantiles: tuple[tuple[float, ...], ...]
    counts: tuple[tuple[int, ...], ...]
    normal: bool
    edge: float
    middle: bool

    @cached_property
    def _ladders(self) -> "list[_Ladder]":
        columns = zip(self.quantiles, self.counts, strict=True)
        return [_Ladder.of(q, c, self.middle) for q, c in columns]

    def scaled(self, x: Array, column: int) -> Array:
        rank = self._ladders[column].ranks(x)
        if not self.normal:
            return rank
        from scipy.special import ndtri  # takes a third of a second, which `inspect` does not have

        np.maximum(rank, self.edge, out=rank)
        np.minimum(rank, 1 - self.edge, out=rank)
        return np.asarray(ndtri(rank, out=rank))


class _Ladder(NamedTuple):
    """The quantiles of a column as arrays. Place 0 is below all Q values, place i from value i on.

    Args:
        steps: (S,) S a power of two: ascending values, filled up with infinities.
        base: (Q + 1,) the value at a place, from which its rank rises.
        own: (Q + 1,) rank of the value itself.
        rank: (Q + 1,) rank just above it.
        slope: (Q + 1,) by which it rises.
    """

    steps: Array
    base: Array
    own: Array
    rank: Array
    slope: Array

    @classmethod
    def of(cls, quantiles: tuple[float, ...], counts: tuple[int, ...], middle: bool) -> "_Ladder":
        values, count = np.array(quantiles), np.array(counts)
        most = max(count.sum() - 1, 1)
        high, low = (np.cumsum(count) - 1) / most, (np.cumsum(count) - count) / most
        own = (low + high) / 2
        top = own[-1] if middle else 1.0
        if not middle:
            own[-1] = 1.0
            own[0] = 0.0  # of a single value, too
        high[-1] = top
        slope = np.append((low[1:] - high[:-1]) / np.diff(values), 0.0)
        steps = np.full(1 << len(values).bit_length(), np.inf)
        steps[: len(values)] = values
        return cls(
            steps,
            np.append(0.0, values),
            np.append(own[0], own),
            np.append(own[0], high),
            np.append(0.0, slope),
        )

    def ranks(self, x: Array) -> Array:
        """(N,) in [0, 1], NaN where x is."""
        if len(x) <= BLOCK:
            return self._ranks(x)
        return np.concatenate([self._ranks(x[at : at + BLOCK]) for at in range(0, len(x), BLOCK)])

    def _ranks(self, x: Array) -> Array:
        place = self._place(x)
        away = x - self.base.take(place)
        rank = self.slope.take(place)
        rank *= away
        rank += self.rank.take(place)
        np.copyto(rank, self.own.take(place), where=away == 0)
        return np.asarray(rank)

    def _place(self, x: Array) -> Array:
        """(N,) how many values are ≤ x: a binary search of all numbers at a time."""
        if len(x) < FEW:
            return np.minimum(self.steps.searchsorted(x, "right"), len(self.base) - 1)
        place = np.zeros(len(x), np.intp)
        probe, value, up = np.empty_like(place), np.empty(len(x)), np.empty(len(x), bool)
        half = len(self.steps) // 2
        while half:
            np.add(place, half - 1, out=probe)
            self.steps.take(probe, out=value, mode="clip")
            np.less_equal(value, x, out=up)
            np.multiply(up, half, out=probe)
            place += probe
            half //= 2
        return place


@transform("quantile")
@dataclass(frozen=True, kw_only=True)
class Quantile(Scaler):
    """Ranks among the training rows, mapped to a standard normal.

    Args:
        max_quantiles: remembered quantiles a column; ≥ 2.
        output: the distribution aimed at.
        edge: ranks are kept within [edge, 1 − edge] before they become normal deviates.
        middle: rows that share the smallest or the largest value get the middle of their ranks,
            as all equal values do, and not the end of the distribution: a column with many zeros
            stays centred.
        max_rows: the quantiles are those of at most so many rows, evenly drawn; None takes all.
    """

    max_quantiles: int = 1000
    output: Literal["normal", "uniform"] = "normal"
    edge: float = EDGE
    middle: bool = False
    max_rows: int | None = None
    fitted = FittedQuantile
    learns = ("quantiles", "counts")

    def column(self, x: Array, n_rows: int) -> tuple[tuple[float, ...], tuple[int, ...]]:
        if not len(x):
            return (0.0,), (1,)
        if self.max_rows is not None:
            x = x[:: -(-len(x) // self.max_rows)]
        levels = np.linspace(0, 1, max(1, min(self.max_quantiles, n_rows)))
        values, counts = np.unique(np.quantile(x, levels), return_counts=True)
        return tuple(values.tolist()), tuple(counts.tolist())

    def settings(self) -> dict[str, Any]:
        return {"normal": self.output == "normal", "edge": self.edge, "middle": self.middle}
