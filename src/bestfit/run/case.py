"""What the verdict goes by: scores with their intervals, the anchors, and two curves."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..metrics import Interval, Metric, interval, paired_difference

__all__ = ["Case", "Rival", "half_width", "rival"]

MATERIAL = 0.01  # of the span: a smaller difference matters to nobody


class Rival(NamedTuple):
    """An anchor on the validation rows.

    Args:
        name: constant, linear or boosted_trees.
        label: for people.
        valid: its score.
        lead: of the model over it, paired on the same rows; positive means the model is better.
    """

    name: str
    label: str
    valid: Interval
    lead: Interval


def rival(
    name: str,
    label: str,
    metric: Metric,
    model: npt.NDArray[np.floating],
    anchor: npt.NDArray[np.floating],
    y: npt.NDArray[np.number],
    seed: int,
) -> Rival:
    """Compare the model's predictions with an anchor's on the same rows.

    Args:
        name: of the anchor.
        label: of the anchor, for people.
        metric: decides.
        model: predictions of the model.
        anchor: predictions of the anchor.
        y: the truth.
        seed: of the resamples.
    """
    alone = interval(metric, anchor, y, seed)
    return Rival(name, label, alone, paired_difference(metric, model, anchor, y, seed))


@dataclass(frozen=True)
class Case:
    """All that the verdict is given. Gains are positive when better, whatever the metric.

    Args:
        metric: decides.
        train: the model's score on the rows it learnt from.
        valid: its score on the validation rows.
        rivals: the anchors on the validation rows.
        course: (time, validation score) in training; time in any unit, from 0.
        curve: ``rows``, ``train``, ``valid``: scores after learning from so many rows.
    """

    metric: Metric
    train: Interval
    valid: Interval
    rivals: Sequence[Rival]
    course: Sequence[tuple[float, float]]
    curve: Sequence[Mapping[str, float | None]]

    @property
    def constant(self) -> Rival | None:
        """The guess that is the same for every row."""
        named = (r for r in self.rivals if r.name == "constant")
        return next((r for r in named if math.isfinite(r.valid.value)), None)

    @property
    def learners(self) -> list[Rival]:
        """The anchors that learn, the best one first."""
        able = [r for r in self.rivals if r.name != "constant" and math.isfinite(r.lead.value)]
        return sorted(able, key=lambda r: r.lead.value)

    @property
    def span(self) -> float:
        """From the constant guess to the best score on the validation rows; ≥ 0."""
        if self.constant is None:
            return abs(self.valid.value)
        best = min([0.0, *(r.lead.value for r in self.learners)])
        return max(0.0, self.constant.lead.value - best)

    @property
    def gap(self) -> float:
        """How much better the model is on the rows it learnt from."""
        return self.metric.gain(self.train.value, self.valid.value)

    @property
    def gap_is_real(self) -> bool:
        """Whether the gap is more than the choice of rows explains."""
        return self.gap > math.hypot(half_width(self.train), half_width(self.valid))

    @property
    def kept(self) -> float | None:
        """The share of what was learnt, over the constant guess, that holds on new rows.

        None where there is no constant, or nothing was learnt.
        """
        if self.constant is None:
            return None
        learnt = self.constant.lead.value + self.gap
        return self.constant.lead.value / learnt if learnt > 0 else None

    @property
    def looks(self) -> list[tuple[float, float]]:
        """The course as (share of the time, score), without looks that had no answer."""
        seen = [(at, value) for at, value in self.course if math.isfinite(value)]
        last = seen[-1][0] if seen else 0.0
        return [(at / last, value) for at, value in seen] if last > 0 else []

    @property
    def best_look(self) -> tuple[float, float]:
        """When the validation score was best, as a share of the time, and that score."""
        return max(self.looks, key=lambda look: self.metric.gain(look[1], 0.0))

    @property
    def clears_constant(self) -> bool:
        """Whether the model is better than the constant guess beyond chance."""
        return self.constant is None or self.constant.lead.low > 0

    def good_end(self, found: Interval) -> float:
        """The better end of an interval."""
        return found.high if self.metric.higher_is_better else found.low

    def poor_end(self, found: Interval) -> float:
        """The worse end of an interval."""
        return found.low if self.metric.higher_is_better else found.high

    def loses_to(self, other: Rival) -> bool:
        """Whether an anchor is better beyond chance, by a difference that matters."""
        return other.lead.high < 0 and -other.lead.value > MATERIAL * self.span


def half_width(found: Interval) -> float:
    """Half the width of an interval: about two standard errors."""
    return (found.high - found.low) / 2
