"""A number over time: the factor that multiplies every step size."""

from abc import ABC, abstractmethod
from typing import ClassVar

from ..registry import Registry

__all__ = ["Schedule", "schedule"]

LOOKS, TINY = 200, 1e-12


class Schedule(ABC):
    """A factor in [0, 1] as a function of how much of the run is over.

    One that ``reacts`` also lowers step sizes where validation shows no gain.
    """

    name: ClassVar[str]
    reacts: ClassVar[bool] = False

    @abstractmethod
    def at(self, progress: float) -> float:
        """The factor when ``progress`` in [0, 1] of the planned steps are done."""

    @property
    def mean(self) -> float:
        """The mean factor over all steps, against the largest; in [0, 1]."""
        factors = [self.at((i + 0.5) / LOOKS) for i in range(LOOKS)]
        return sum(factors) / LOOKS / max(*factors, TINY)


schedule: Registry[Schedule] = Registry("schedule")
