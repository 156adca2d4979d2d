"""Root mean squared logarithmic error: relative errors, for numbers that grow by factors."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, mean, metric

__all__ = ["RMSLE"]


@metric("rmsle")
@dataclass(frozen=True, kw_only=True)
class RMSLE(Metric):
    """The root of the mean squared difference of ln(1 + value).

    A prediction below 0 counts as 0. NaN when a target is below 0.

    >>> round(RMSLE().score(np.array([99.0, -3.0]), np.array([9.0, 0.0])), 4)  # ln(10) / √2
    1.6282
    """

    label = "RMSLE"
    meaning = "the usual error as a factor: 0.1 is about ten percent"
    higher_is_better = False
    tasks = ("regression",)

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        if (target < 0).any():
            return np.full(weight.shape[1], np.nan)
        error = np.log1p(np.maximum(prediction, 0)) - np.log1p(target)
        return np.sqrt(mean(np.square(error), weight))
