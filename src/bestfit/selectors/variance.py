"""Columns that hardly vary."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Selector, selector

__all__ = ["Variance"]


@selector("variance")
@dataclass(frozen=True, kw_only=True)
class Variance(Selector):
    """The variance of a column; the target is not looked at.

    Args:
        threshold: what a variance must exceed.
    """

    threshold: float = 0.0

    def scores(self, x: Array, y: Array) -> Array:
        return np.asarray(x.var(axis=0))

    def worthy(self, scores: Array, x: Array, y: Array) -> Array:
        varied = x.max(axis=0) > x.min(axis=0)  # rounding alone gives constants a variance
        return np.asarray((scores > self.threshold) & varied)
