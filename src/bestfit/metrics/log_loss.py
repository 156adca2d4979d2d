"""Log loss: how surprised the probabilities are by what came."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, mean, metric

__all__ = ["LogLoss"]


@metric("log_loss")
@dataclass(frozen=True, kw_only=True)
class LogLoss(Metric):
    """Mean of −ln(probability given to the true class), in nats.

    Args:
        floor: probabilities are raised to at least this, so that one sure mistake costs a finite
            amount (36 nats at 2.2e-16, the resolution of a double); in (0, 1).

    >>> round(LogLoss().score(np.array([[0.5, 0.5], [0.1, 0.9]]), np.array([0, 1])), 4)
    0.3993
    """

    label = "log loss"
    meaning = "how far the probabilities are from what came; 0 is perfect, sure mistakes cost most"
    higher_is_better = False
    tasks = ("binary", "multiclass")

    floor: float = float(np.finfo(np.float64).eps)

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        given = prediction[np.arange(len(target)), target]
        return mean(-np.log(np.clip(given, self.floor, 1.0)), weight)
