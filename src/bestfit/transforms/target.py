"""The target of a regression, standardised for training and put back afterwards."""

from dataclasses import dataclass

import numpy as np

from ..errors import TargetError
from .base import Array

__all__ = ["TargetScale"]


@dataclass(frozen=True)
class TargetScale:
    """``(y − mean) / spread``; predictions stay within the training range, widened by 5 %.

    Under the link ``log`` it is ``y / mean``, and outputs are logarithms of that.

    Args:
        mean: of the training target, in its units; (T,) of several numbers.
        spread: its standard deviation; > 0.
        low: smallest prediction, in target units.
        high: largest prediction, in target units.
        link: ``identity`` or ``log``.

    >>> scale = TargetScale.fit(np.array([1.0, 3.0]))
    >>> scale.back(scale.apply(np.array([1.0, 3.0])))
    array([1., 3.])
    """

    mean: float | Array
    spread: float
    low: float
    high: float
    link: str = "identity"

    @classmethod
    def fit(cls, y: Array, link: str = "identity") -> "TargetScale":
        """Learn from the training rows. y: (N,).

        Raises:
            TargetError: there are numbers below 0, which have no logarithm.
        """
        low, high = float(y.min()), float(y.max())
        margin = 0.05 * (high - low)
        if link == "log":
            if low < 0:
                problem = f"the loss is for numbers ≥ 0, and the target has {low:g}"
                raise TargetError(problem, hint="--loss mse")
            mean = float(y.mean()) or 1.0
            return cls(mean, mean, 0.0, high + margin, link)
        return cls(float(y.mean()), float(y.std()) or 1.0, low - margin, high + margin)

    @classmethod
    def logarithms(cls) -> "TargetScale":
        """Outputs are logarithms of the targets, and nothing else is done."""
        return cls(1.0, 1.0, 0.0, np.inf, "log")

    def apply(self, y: Array) -> Array:
        """Target units → training units. y: (N,)."""
        return y / self.spread if self.link == "log" else (y - self.mean) / self.spread

    def restored(self, y: Array) -> Array:
        """What :meth:`apply` made of targets, in target units again."""
        return y * self.spread if self.link == "log" else y * self.spread + self.mean

    def back(self, z: Array) -> Array:
        """Outputs → target units, clamped."""
        if self.link == "log":
            with np.errstate(over="ignore"):  # infinite is too high, too
                return np.asarray(np.clip(np.exp(z) * self.spread, self.low, self.high))
        return np.asarray(np.clip(z * self.spread + self.mean, self.low, self.high))
