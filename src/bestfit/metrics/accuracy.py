"""Accuracy: the share of rows whose class is decided rightly."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, mean, metric
from .decisions import decide

__all__ = ["Accuracy"]


@metric("accuracy")
@dataclass(frozen=True, kw_only=True)
class Accuracy(Metric):
    """The share of rows whose class is decided rightly.

    Args:
        threshold: with two classes, class 1 is decided above this probability; in (0, 1).

    >>> Accuracy().score(np.array([[0.8, 0.2], [0.3, 0.7]]), np.array([0, 0]))
    0.5
    """

    label = "accuracy"
    meaning = "the share of rows that are decided rightly"
    higher_is_better = True
    tasks = ("binary", "multiclass")

    threshold: float = 0.5

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        right = decide(prediction, self.threshold) == target
        return mean(right.astype(np.float64), weight)
