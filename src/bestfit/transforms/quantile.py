"""Quantile scaling to a normal distribution: outliers and skew lose their power."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtri

from .base import Array, transform
from .scaling import FittedScaler, Scaler

__all__ = ["FittedQuantile", "Quantile"]

EDGE = 1e-3  # ranks are kept within [EDGE, 1 − EDGE]: ±3.09 standard deviations


@dataclass(frozen=True, kw_only=True)
class FittedQuantile(FittedScaler):
    """Interpolate a value's rank between training quantiles, then the normal's inverse.

    Args:
        quantiles: distinct training quantiles of each column, ascending.
        ranks: the rank in [0, 1] of each.
    """

    kind: ClassVar[str] = "quantile"
    quantiles: tuple[tuple[float, ...], ...]
    ranks: tuple[tuple[float, ...], ...]

    def scaled(self, x: Array) -> Array:
        columns = zip(x.T, self.quantiles, self.ranks, strict=True)
        rank = np.column_stack(
            [np.interp(c, q, r) for c, q, r in columns] or [np.zeros((len(x), 0))]
        )
        return np.asarray(ndtri(np.clip(rank, EDGE, 1 - EDGE)))


@transform("quantile")
@dataclass(frozen=True, kw_only=True)
class Quantile(Scaler):
    """Ranks among the training rows, mapped to a standard normal.

    Equal values share the middle of their ranks, so a column of few values stays centred.

    Args:
        max_quantiles: remembered quantiles a column; ≥ 2.
    """

    max_quantiles: int = 1000
    fitted = FittedQuantile

    def learn(self, x: Array, fill: Array) -> dict[str, Any]:
        learnt = [self._column(c[~np.isnan(c)]) for c in x.T]
        return {"quantiles": tuple(q for q, _ in learnt), "ranks": tuple(r for _, r in learnt)}

    def _column(self, values: Array) -> tuple[tuple[float, ...], tuple[float, ...]]:
        if not len(values):
            return (0.0,), (0.5,)
        n = max(2, min(self.max_quantiles, len(values)))
        levels = np.linspace(0, 1, n)
        quantiles, first, counts = np.unique(
            np.quantile(values, levels), return_index=True, return_counts=True
        )
        ranks = (levels[first] + levels[first + counts - 1]) / 2
        return tuple(quantiles.tolist()), tuple(ranks.tolist())
