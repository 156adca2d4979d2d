"""Schedules by their shape."""

import math
from dataclasses import dataclass

from ..errors import ConfigError
from .base import Schedule, schedule

__all__ = [
    "Constant",
    "Cosine",
    "CyclicCosine",
    "Exponential",
    "FlatCosine",
    "LinearDecay",
    "OneCycle",
    "StepDecay",
    "WarmupStableDecay",
]


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


@schedule("step")
@dataclass(frozen=True, kw_only=True)
class StepDecay(Schedule):
    """Falls by a factor at equal distances.

    Args:
        factor: on the step size at each fall; in (0, 1].
        falls: how many there are; ≥ 1.
    """

    factor: float = 0.1
    falls: int = 2

    def __post_init__(self) -> None:
        _check(factor=self.factor)

    def at(self, progress: float) -> float:
        """
        >>> [StepDecay(factor=0.5, falls=2).at(p) for p in (0.2, 0.4, 0.9)]
        [1.0, 0.5, 0.25]
        """
        return self.factor ** min(self.falls, int(progress * (self.falls + 1)))


@schedule("exponential")
@dataclass(frozen=True, kw_only=True)
class Exponential(Schedule):
    """Falls by the same share in each step.

    Args:
        last: what is left at the end; in (0, 1].
    """

    last: float = 0.01

    def __post_init__(self) -> None:
        _check(last=self.last)

    def at(self, progress: float) -> float:
        return float(self.last**progress)


@schedule("one_cycle")
@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    """Half a cosine up to the step size, then half a cosine far down (Smith and Topin, 2019).

    Args:
        rise: share of the run for the rise; in (0, 1).
        first: share of the step size at the start; in (0, 1].
        last: share of that at the end; in [0, 1].
    """

    rise: float = 0.3
    first: float = 0.04
    last: float = 1e-4

    def __post_init__(self) -> None:
        _check(rise=self.rise, first=self.first)

    def at(self, progress: float) -> float:
        """
        >>> [round(OneCycle(first=0.1).at(p), 3) for p in (0.0, 0.3, 1.0)]
        [0.1, 1.0, 0.0]
        """
        if progress < self.rise:
            return _half_cosine(self.first, 1.0, progress / self.rise)
        return _half_cosine(1.0, self.first * self.last, (progress - self.rise) / (1 - self.rise))


@schedule("wsd")
@dataclass(frozen=True, kw_only=True)
class WarmupStableDecay(Schedule):
    """Warm-up, the full step size, then a fall like 1 − √ (Hu et al., MiniCPM, COLM 2024).

    Args:
        warm_up: share of the run for the rise; in [0, 1).
        decay: share of the run for the fall; in (0, 1].
    """

    warm_up: float = 0.05
    decay: float = 0.2

    def __post_init__(self) -> None:
        _check(decay=self.decay)

    def at(self, progress: float) -> float:
        """
        >>> [round(WarmupStableDecay().at(p), 3) for p in (0.5, 0.85, 1.0)]
        [1.0, 0.5, 0.0]
        """
        fall = max(0.0, progress - (1 - self.decay)) / self.decay
        return warm_up(progress, self.warm_up) * (1 - math.sqrt(min(1.0, fall)))


@schedule("cyclic_cosine")
@dataclass(frozen=True, kw_only=True)
class CyclicCosine(Schedule):
    """Cosines that become longer: (1 − cos 2π log₂(1 + (2ⁿ − 1)·progress)) / 2.

    Holzmüller et al., "Better by Default", NeurIPS 2024, with n = 4.

    Args:
        cycles: n; ≥ 1.
    """

    cycles: int = 4

    def at(self, progress: float) -> float:
        phase = math.log2(1 + (2**self.cycles - 1) * progress)
        return 0.5 * (1 - math.cos(2 * math.pi * phase))


def _half_cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def _check(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 < share <= 1:
            raise ConfigError(f"{name} must be in (0, 1], not {share}")
