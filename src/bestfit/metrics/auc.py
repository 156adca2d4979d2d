"""Area under the ROC curve (Hanley and McNeil, Radiology 143, 1982)."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, metric
from .ranks import by_score, one_against_rest

__all__ = ["AUC"]


@metric("auc")
@dataclass(frozen=True, kw_only=True)
class AUC(Metric):
    """The share of (positive, other) pairs of rows in which the positive one scores higher.

    Ties count half. More than two classes: the plain mean over one class against the rest, over
    the classes that are there. NaN when no class has rows on both sides.

    >>> AUC().score(np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]]), np.array([0, 1, 1]))
    1.0
    """

    label = "ROC AUC"
    meaning = "how often a row of the class is ranked above another row; 0.5 is guessing"
    higher_is_better = True
    tasks = ("binary", "multiclass")
    per_class = True

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        total = np.zeros(weight.shape[1])
        n_defined = np.zeros(weight.shape[1])
        for score, positive in one_against_rest(prediction, target):
            if not 0 < positive.sum() < len(positive):
                continue
            hits, misses = by_score(score, positive, weight)
            below = np.cumsum(misses, axis=0)
            pairs = hits.sum(axis=0) * below[-1]
            below -= misses / 2
            area = np.einsum("gd,gd->d", hits, below)
            total += np.where(pairs > 0, area / np.where(pairs > 0, pairs, 1.0), 0.0)
            n_defined += pairs > 0
        return total / n_defined
