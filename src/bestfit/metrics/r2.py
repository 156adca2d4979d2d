"""R², the share of the target's variance that is predicted."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Metric, metric

__all__ = ["R2"]


@metric("r2")
@dataclass(frozen=True, kw_only=True)
class R2(Metric):
    """One minus the squared error over the squared error of the mean of these rows; ≤ 1.

    NaN when the target does not vary.

    >>> R2().score(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 6.0]))
    0.3571428571428571
    """

    label = "R²"
    meaning = "the share of the target's ups and downs that is predicted; 1 is perfect"
    higher_is_better = True
    tasks = ("regression",)

    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        if np.ptp(target) == 0:
            return np.full(weight.shape[1], np.nan)
        n = weight.sum(axis=0)
        # Shifted by a common value first: the short formula for the variance of a resample would
        # lose all digits when the target is large and varies little.
        shifted = target - target.mean()
        spread: Array = np.square(shifted) @ weight - np.square(shifted @ weight) / n
        missed: Array = np.square(prediction - target) @ weight
        constant = spread <= 1e-12 * n * float(np.square(shifted).mean())
        return 1.0 - missed / np.where(constant, np.nan, spread)
