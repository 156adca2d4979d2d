"""Balanced accuracy: every class counts alike, however rare it is."""

from dataclasses import dataclass

from .base import Array, Metric, metric
from .decisions import confusion_counts, decide, mean_ratio

__all__ = ["BalancedAccuracy"]


@metric("balanced_accuracy")
@dataclass(frozen=True, kw_only=True)
class BalancedAccuracy(Metric):
    """The mean, over the classes that are there, of the share of a class's rows decided rightly.

    Args:
        threshold: with two classes, class 1 is decided above this probability; in (0, 1).

    >>> import numpy as np
    >>> prediction = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.4, 0.6]])
    >>> BalancedAccuracy().score(prediction, np.array([0, 0, 1, 1]))
    0.75
    """

    label = "balanced accuracy"
    meaning = "the share of rows decided rightly, each class counting alike"
    higher_is_better = True
    tasks = ("binary", "multiclass")

    threshold: float = 0.5

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        decided = decide(prediction, self.threshold)
        hit, _, of_class = confusion_counts(decided, target, weight, prediction.shape[1])
        return mean_ratio(hit, of_class)
