"""Mean absolute percentage error."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, mean, metric

__all__ = ["MAPE"]


@metric("mape")
@dataclass(frozen=True, kw_only=True)
class MAPE(Metric):
    """The mean of the errors as shares of the target: 0.1 is ten percent; NaN when a target is 0.

    >>> MAPE().score(np.array([9.0, 30.0]), np.array([10.0, 20.0]))
    0.3
    """

    label = "mean percentage error"
    meaning = "the mean error as a share of the target; 0.1 is ten percent"
    higher_is_better = False
    tasks = ("regression",)

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        if (target == 0).any():
            return np.full(weight.shape[1], np.nan)
        return mean(np.abs((prediction - target) / target), weight)
