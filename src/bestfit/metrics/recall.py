"""Recall: how much of a class is found."""

from dataclasses import dataclass

from .base import Array, Metric, metric
from .decisions import confusion_counts, decide, ratio

__all__ = ["Recall"]


@metric("recall")
@dataclass(frozen=True, kw_only=True)
class Recall(Metric):
    """Of the rows of class 1, the share that is decided for it; NaN when there is none.

    Args:
        threshold: class 1 is decided above this probability; in (0, 1).

    >>> import numpy as np
    >>> Recall().score(np.array([[0.4, 0.6], [0.2, 0.8], [0.9, 0.1]]), np.array([0, 1, 1]))
    0.5
    """

    label = "recall"
    meaning = "of the rows that are positive, the share that is found"
    higher_is_better = True
    tasks = ("binary",)

    threshold: float = 0.5

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        decided = decide(prediction, self.threshold)
        hit, _, of_class = confusion_counts(decided, target, weight, prediction.shape[1])
        return ratio(hit[1], of_class[1])
