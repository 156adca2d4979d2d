"""Schedules by their shape."""

import math
from dataclasses import dataclass

from .base import Schedule, schedule

__all__ = ["Constant", "Cosine", "FlatCosine", "LinearDecay"]


def warm_up(progress: float, share: float) -> float:
    """Linear rise from 1 % to 1 over the first ``share`` of the run."""
    return 1.0 if progress >= share else 0.01 + 0.99 * progress / share


@schedule("constant")
@dataclass(frozen=True, kw_only=True)
class Constant(Schedule):
    """The same step size from the first step to the last."""

    def at(self, progress: float) -> float:
        return 1.0


@schedule("cosine")
@dataclass(frozen=True, kw_only=True)
class Cosine(Schedule):
    """Warm-up, then half a cosine to zero (Loshchilov and Hutter, SGDR, ICLR 2017).

    Args:
        warm_up: share of the run for the rise; in [0, 1).
    """

    warm_up: float = 0.05

    def at(self, progress: float) -> float:
        """
        >>> Cosine(warm_up=0).at(0.5)
        0.5
        """
        fall = max(0.0, progress - self.warm_up) / (1 - self.warm_up)
        return warm_up(progress, self.warm_up) * round(0.5 * (1 + math.cos(math.pi * fall)), 12)


@schedule("flat_cosine")
@dataclass(frozen=True, kw_only=True)
class FlatCosine(Schedule):
    """Warm-up, a plateau, then half a cosine to zero: plateau to explore, fall to settle.

    Args:
        warm_up: share of the run for the rise; in [0, 1).
        flat_until: share of the run at which the fall begins; in [0, 1).
    """

    warm_up: float = 0.05
    flat_until: float = 0.5

    def at(self, progress: float) -> float:
        fall = max(0.0, progress - self.flat_until) / (1 - self.flat_until)
        return warm_up(progress, self.warm_up) * 0.5 * (1 + math.cos(math.pi * fall))


@schedule("linear")
@dataclass(frozen=True, kw_only=True)
class LinearDecay(Schedule):
    """Warm-up, then a straight line to zero.

    Args:
        warm_up: share of the run for the rise; in [0, 1).
    """

    warm_up: float = 0.05

    def at(self, progress: float) -> float:
        fall = max(0.0, progress - self.warm_up) / (1 - self.warm_up)
        return warm_up(progress, self.warm_up) * (1 - fall)
