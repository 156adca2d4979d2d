"""Matthews correlation (Matthews 1975; more classes: Gorodkin, Comput. Biol. Chem. 28, 2004)."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, metric
from .decisions import confusion_counts, decide, ratio

__all__ = ["Matthews"]


@metric("mcc")
@dataclass(frozen=True, kw_only=True)
class Matthews(Metric):
    """The correlation of decided and true classes, in [−1, 1].

    NaN when only one class is there, or only one is decided for.

    Args:
        threshold: with two classes, class 1 is decided above this probability; in (0, 1).

    >>> Matthews().score(np.array([[0.4, 0.6], [0.2, 0.8], [0.9, 0.1]]), np.array([1, 1, 0]))
    1.0
    """

    label = "Matthews correlation"
    meaning = "how far decisions go along with the truth; 0 is guessing, 1 is perfect"
    higher_is_better = True
    tasks = ("binary", "multiclass")

    threshold: float = 0.5

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        decided = decide(prediction, self.threshold)
        counts = confusion_counts(decided, target, weight, prediction.shape[1])
        hit, decided_for, of_class = (count / weight.sum(axis=0) for count in counts)
        together = hit.sum(axis=0) - (decided_for * of_class).sum(axis=0)
        spread = [1 - np.square(shares).sum(axis=0) for shares in (decided_for, of_class)]
        # Rounding leaves a trace of spread where there is none.
        spread = [np.where(one > 1e-12, one, 0.0) for one in spread]
        return ratio(together, np.sqrt(spread[0] * spread[1]))
