"""F1: the harmonic mean of precision and recall (van Rijsbergen, Information Retrieval, 1979)."""

from dataclasses import dataclass

from .base import Array, Metric, metric
from .decisions import confusion_counts, decide, mean_ratio, ratio

__all__ = ["F1"]


@metric("f1")
@dataclass(frozen=True, kw_only=True)
class F1(Metric):
    """Twice the rows hit, over the rows decided for the class plus the rows of it.

    Two classes: that of class 1. More: the plain mean over the classes that are there or were
    decided for. NaN when class 1 is neither there nor decided for.

    Args:
        threshold: with two classes, class 1 is decided above this probability; in (0, 1).

    >>> import numpy as np
    >>> F1().score(np.array([[0.4, 0.6], [0.2, 0.8], [0.9, 0.1]]), np.array([0, 1, 1]))
    0.5
    """

    label = "F1"
    meaning = "how well a class is both found and not cried falsely; 1 is perfect"
    higher_is_better = True
    tasks = ("binary", "multiclass")

    threshold: float = 0.5

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        n_classes = prediction.shape[1]
        decided = decide(prediction, self.threshold)
        hit, decided_for, of_class = confusion_counts(decided, target, weight, n_classes)
        either = decided_for + of_class
        return ratio(2 * hit[1], either[1]) if n_classes == 2 else mean_ratio(2 * hit, either)
