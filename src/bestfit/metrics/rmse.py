"""Root mean squared error."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, mean, metric

__all__ = ["RMSE"]


@metric("rmse")
@dataclass(frozen=True, kw_only=True)
class RMSE(Metric):
    """The root of the mean squared error, in target units.

    >>> RMSE().score(np.array([1.0, 5.0]), np.array([1.0, 1.0]))  # √8
    2.8284271247461903
    """

    label = "RMSE"
    meaning = "the usual error in units of the target; large errors weigh more"
    higher_is_better = False
    tasks = ("regression",)

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        return np.sqrt(mean(np.square(prediction - target), weight))
