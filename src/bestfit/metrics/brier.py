"""Brier score (Brier, Monthly Weather Review 78, 1950)."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, mean, metric

__all__ = ["Brier"]


@metric("brier")
@dataclass(frozen=True, kw_only=True)
class Brier(Metric):
    """The mean squared distance of the probabilities from what came.

    Two classes: of the probability of class 1, in [0, 1]. More: summed over the classes, in [0, 2].

    >>> round(Brier().score(np.array([[0.8, 0.2], [0.3, 0.7]]), np.array([0, 1])), 3)
    0.065
    """

    label = "Brier score"
    meaning = "the squared distance of the probabilities from what came; 0 is perfect"
    higher_is_better = False
    tasks = ("binary", "multiclass")

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        if prediction.shape[1] == 2:
            return mean(np.square(prediction[:, 1] - target), weight)
        given = prediction[np.arange(len(target)), target]
        # Σ (p − truth)² without a matrix of truths: Σ p² − 2 p_true + 1.
        return mean(np.square(prediction).sum(axis=1) - 2 * given + 1, weight)
