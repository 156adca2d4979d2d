"""Who lived when: members begin, stop, fall sick, are replaced, or finish."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

__all__ = ["Life", "Lives"]

MAX_SICK_LOOKS = 3  # looks in a row below what is known without learning
MARGIN = 0.05  # of what the best member has learnt


@dataclass
class Life:
    """The time of one member.

    Args:
        member: its number.
        place: where it stands among those that train side by side.
        born: the step at which it came.
        ended: the step at which it left; None while it trains.
        why: finished, stopped (no better for long) or sick.
        parent: the sick member whose place it took.
        best: the member that was the best one then, half-way to which it is.
    """

    member: int
    place: int
    born: int = 0
    ended: int | None = None
    why: str = ""
    parent: int | None = None
    best: int | None = None


class Lives:
    """The lives of all members, by number.

    Args:
        members: how many begin.
    """

    def __init__(self, members: int) -> None:
        self.all = [Life(j, j) for j in range(members)]
        self._below: dict[int, int] = {}

    def begin(self, step: int, parent: int, best: int) -> Life:
        """A newcomer takes the place of a member that has left."""
        place = self.all[parent].place
        self.all.append(Life(len(self.all), place, step, parent=parent, best=best))
        return self.all[-1]

    def end(self, members: Sequence[int], step: int, why: str) -> None:
        """Members leave."""
        for number in members:
            self.all[number].ended, self.all[number].why = step, why

    def sick(self, members: Sequence[int], scores: np.ndarray, ignorance: float) -> list[int]:
        """Which members are sick: not finite, or for long below what is known without learning.

        That counts only while others do learn, and by a share of what they have learnt.

        Args:
            members: in training.
            scores: (m,) their criterion at this look; −∞ where an output is not finite.
            ignorance: the criterion of a constant answer.
        """
        gain = float(scores.max(initial=-np.inf)) - ignorance
        found = []
        for number, score in zip(members, scores, strict=True):
            below = gain > 0 and score < ignorance - MARGIN * gain
            self._below[number] = self._below.get(number, 0) + 1 if below else 0
            if not np.isfinite(score) or self._below[number] >= MAX_SICK_LOOKS:
                found.append(number)
        return found

    def state(self) -> dict[str, Any]:
        """JSON-able."""
        below = {str(number): n for number, n in self._below.items()}
        return {"all": [asdict(life) for life in self.all], "below": below}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take what ``state`` gave."""
        self.all = [Life(**life) for life in state["all"]]
        self._below = {int(number): n for number, n in state["below"].items()}
