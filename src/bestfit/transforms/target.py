"""The target of a regression, standardised for training and put back afterwards."""

from dataclasses import dataclass

import numpy as np

from .base import Array

__all__ = ["TargetScale"]


@dataclass(frozen=True)
class TargetScale:
    """``(y − mean) / spread``; predictions stay within the training range, widened by 5 %.

    Args:
        mean: of the training target, in its units.
        spread: its standard deviation; > 0.
        low: smallest prediction, in target units.
        high: largest prediction, in target units.

    >>> scale = TargetScale.fit(np.array([1.0, 3.0]))
    >>> scale.back(scale.apply(np.array([1.0, 3.0])))
    array([1., 3.])
    """

    mean: float
    spread: float
    low: float
    high: float

    @classmethod
    def fit(cls, y: Array) -> "TargetScale":
        """Learn from the training rows. y: (N,)."""
        low, high = float(y.min()), float(y.max())
        margin = 0.05 * (high - low)
        return cls(float(y.mean()), float(y.std()) or 1.0, low - margin, high + margin)

    def apply(self, y: Array) -> Array:
        """Target units → training units. y: (N,)."""
        return (y - self.mean) / self.spread

    def back(self, z: Array) -> Array:
        """Training units → target units, clamped."""
        return np.asarray(np.clip(z * self.spread + self.mean, self.low, self.high))
