"""A step length along a direction: bracket, then zoom, until the strong Wolfe conditions hold.

Nocedal and Wright, Numerical Optimization, 2nd ed., 2006, Algorithms 3.5 and 3.6. A trial that is
not finite counts as too far. Near the end, where rounding hides the decrease, the approximate
conditions of Hager and Zhang, SIAM J. Optim. 16, 2005, decide.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Search", "Trial"]

ARMIJO, CURVATURE = 1e-4, 0.9
NEAREST, GROWTH = 0.1, 10.0  # a new trial keeps this share from the ends; or goes so much farther


class Trial(NamedTuple):
    """What is known at a step length.

    Args:
        t: the step length.
        f: the loss there.
        slope: its derivative by t.
    """

    t: float
    f: float
    slope: float

    @property
    def finite(self) -> bool:
        return math.isfinite(self.f) and math.isfinite(self.slope)


@dataclass
class Search:
    """One search on its way: ask for ``t``, tell what was found there, until ``done``.

    Args:
        start: at t = 0, with slope < 0.
        t: the first trial.
        most: trials at most.
        rounding: relative error of a loss.

    >>> search = Search(Trial(0.0, 4.0, -4.0), t=1e-3)
    >>> while not search.done:
    ...     t = search.t
    ...     search.tell((2 - t) ** 2, -2 * (2 - t))
    >>> search.won, search.best.f < 4
    (True, True)
    """

    start: Trial
    t: float
    most: int = 25
    rounding: float = 1e-15

    def __post_init__(self) -> None:
        self.best = self.low = self.start
        self.high: Trial | None = None
        self.tried = 0
        self.done = self.won = False

    def tell(self, f: float, slope: float) -> None:
        """What was found at ``t``; decides where to look next."""
        self.tried += 1
        trial = Trial(self.t, f, slope)
        if trial.finite and trial.f < self.best.f:
            self.best = trial
        if self._accepts(trial):
            self.best, self.done, self.won = trial, True, True
            return
        self._narrow(trial)
        if self.tried >= self.most or self._exhausted():
            self.done = True
            self.won = self.best.t > 0

    def _accepts(self, trial: Trial) -> bool:
        start = self.start
        if not trial.finite or abs(trial.slope) > -CURVATURE * start.slope:
            return False
        if trial.f <= start.f + ARMIJO * trial.t * start.slope:
            return True
        near = trial.f <= start.f + 8 * self.rounding * max(abs(start.f), abs(trial.f))
        return near and trial.slope <= (2 * ARMIJO - 1) * start.slope

    def _narrow(self, trial: Trial) -> None:
        start, low = self.start, self.low
        too_far = (
            not trial.finite
            or trial.f > start.f + ARMIJO * trial.t * start.slope
            or (low.t > 0 and trial.f >= low.f)
        )
        if too_far:
            self.high = trial
        else:
            ahead = 1.0 if self.high is None else self.high.t - low.t
            if trial.slope * ahead >= 0:
                self.high = low
            self.low = trial
        self.t = self._between() if self.high is not None else self._beyond(low, trial)

    def _between(self) -> float:
        low, high = self.low, self.high
        assert high is not None
        width = high.t - low.t
        if not high.finite:
            return low.t + width / 2
        t = _cubic(low, high)
        inner, outer = low.t + NEAREST * width, high.t - NEAREST * width
        return min(max(t, min(inner, outer)), max(inner, outer))

    @staticmethod
    def _beyond(low: Trial, trial: Trial) -> float:
        t = _cubic(low, trial)
        if not math.isfinite(t) or t <= trial.t:
            t = GROWTH * trial.t
        return min(max(t, 2 * trial.t), GROWTH * trial.t)

    def _exhausted(self) -> bool:
        if self.high is None:
            return not math.isfinite(self.t) or self.t > 1e20
        width = abs(self.high.t - self.low.t)
        return width <= 1e-15 * max(self.high.t, self.low.t) or width == 0


def _cubic(a: Trial, b: Trial) -> float:
    """Where the cubic through two values and slopes is lowest; their middle where it is not."""
    width = b.t - a.t
    d1 = a.slope + b.slope - 3 * (b.f - a.f) / width
    inside = d1 * d1 - a.slope * b.slope
    if not inside >= 0:
        return a.t + width / 2 if inside == inside else math.nan
    d2 = math.copysign(math.sqrt(inside), width)
    below = b.slope - a.slope + 2 * d2
    return b.t - width * (b.slope + d2 - d1) / below if below else a.t + width / 2
