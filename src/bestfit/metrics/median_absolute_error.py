"""Median absolute error: the error that half of the rows stay below."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, metric

__all__ = ["MedianAbsoluteError"]


@metric("median_absolute_error")
@dataclass(frozen=True, kw_only=True)
class MedianAbsoluteError(Metric):
    """The median of the absolute errors, in target units; large errors of a few rows do not count.

    >>> MedianAbsoluteError().score(np.array([1.0, 2.0, 99.0]), np.array([1.0, 1.0, 1.0]))
    1.0
    """

    label = "median absolute error"
    meaning = "the error that half of the rows stay below, in units of the target"
    higher_is_better = False
    tasks = ("regression",)

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        error = np.abs(prediction - target)
        order = np.argsort(error)
        below = np.cumsum(weight[order], axis=0)
        half = below[-1] / 2
        # With the middle between two rows, their mean: the first to reach half, the first to pass.
        reach = (below < half).sum(axis=0)
        passing = np.minimum((below <= half).sum(axis=0), len(error) - 1)
        middle: Array = (error[order][reach] + error[order][passing]) / 2
        return np.where(half > 0, middle, np.nan)
