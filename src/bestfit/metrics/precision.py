"""Precision: how often a call is right."""

from dataclasses import dataclass

from .base import Array, Metric, metric
from .decisions import confusion_counts, decide, mean_ratio, ratio

__all__ = ["Precision"]


@metric("precision")
@dataclass(frozen=True, kw_only=True)
class Precision(Metric):
    """Of the rows decided for a class, the share that belongs to it.

    Two classes: that of class 1. More: the plain mean over the classes that were decided for. NaN
    when class 1 never was.

    Args:
        threshold: with two classes, class 1 is decided above this probability; in (0, 1).

    >>> import numpy as np
    >>> Precision().score(np.array([[0.4, 0.6], [0.2, 0.8], [0.9, 0.1]]), np.array([0, 1, 1]))
    0.5
    """

    label = "precision"
    meaning = "of the rows called positive, the share that is"
    higher_is_better = True
    tasks = ("binary", "multiclass")

    threshold: float = 0.5

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        n_classes = prediction.shape[1]
        decided = decide(prediction, self.threshold)
        hit, decided_for, _ = confusion_counts(decided, target, weight, n_classes)
        return ratio(hit[1], decided_for[1]) if n_classes == 2 else mean_ratio(hit, decided_for)
