"""A step size that falls where validation shows no gain."""

from dataclasses import dataclass

from ..errors import ConfigError
from .base import Schedule, schedule

__all__ = ["ReduceOnPlateau"]


@schedule("reduce_on_plateau")
@dataclass(frozen=True, kw_only=True)
class ReduceOnPlateau(Schedule):
    """Each member's step size falls after so many looks in a row without a better score.

    The ``patience``-th look without a gain is the one at which it falls, as Keras counts; torch
    waits for one more. Every better score counts as a gain, however small.

    Args:
        factor: on the step size at each fall; in (0, 1).
        patience: looks without a gain; ≥ 1.
        least: share of its first step size that a member keeps; ≥ 0.
    """

    factor: float = 0.3
    patience: int = 3
    least: float = 1e-4
    reacts = True

    def __post_init__(self) -> None:
        if not (0 < self.factor < 1 and self.patience >= 1):
            raise ConfigError("factor must be in (0, 1), patience ≥ 1")

    def at(self, progress: float) -> float:
        return 1.0

    def falls(self, stale: int) -> bool:
        """Whether the step size falls at a look, the ``stale``-th in a row without a gain.

        >>> [ReduceOnPlateau(patience=2).falls(stale) for stale in range(5)]
        [False, False, True, False, True]
        """
        return stale > 0 and stale % self.patience == 0
