"""Average precision: the area under the precision-recall curve, as steps."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, metric
from .ranks import by_score, one_against_rest

__all__ = ["AveragePrecision"]


@metric("average_precision")
@dataclass(frozen=True, kw_only=True)
class AveragePrecision(Metric):
    """Precision at each distinct score, weighted by the recall gained there; no interpolation.

    More than two classes: the plain mean over one class against the rest, over the classes that
    are there. NaN when there is no positive row.

    >>> prediction = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    >>> round(AveragePrecision().score(prediction, np.array([0, 0, 1])), 3)
    0.5
    """

    label = "average precision"
    meaning = "how pure the top of the ranking is; guessing gives the share of positive rows"
    higher_is_better = True
    tasks = ("binary", "multiclass")
    per_class = True

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        total = np.zeros(weight.shape[1])
        n_defined = np.zeros(weight.shape[1])
        for score, positive in one_against_rest(prediction, target):
            if not positive.any():
                continue
            hits, misses = (np.flip(side, axis=0) for side in by_score(score, positive, weight))
            found = np.cumsum(hits, axis=0)
            shown = found + np.cumsum(misses, axis=0)
            precision = found / np.where(shown > 0, shown, 1.0)
            n_positive = found[-1]
            area = np.einsum("gd,gd->d", hits, precision)
            total += area / np.where(n_positive > 0, n_positive, 1.0)
            n_defined += n_positive > 0
        return total / n_defined
