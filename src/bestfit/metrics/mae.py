"""Mean absolute error."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, mean, metric

__all__ = ["MAE"]


@metric("mae")
@dataclass(frozen=True, kw_only=True)
class MAE(Metric):
    """The mean of the absolute errors, in target units.

    >>> MAE().score(np.array([1.0, 5.0]), np.array([1.0, 1.0]))
    2.0
    """

    label = "mean absolute error"
    meaning = "the mean error, in units of the target"
    higher_is_better = False
    tasks = ("regression",)

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        return mean(np.abs(prediction - target), weight)
