"""What the verdict goes by: scores with their intervals, the anchors, and the training."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..metrics import Interval, Metric, interval, paired_difference

__all__ = ["Case", "Rival", "half_width", "rival"]

MATERIAL = 0.01  # of the span: a smaller difference matters to nobody
FALLEN = 0.02  # of the span
# Scores of one model at two moments share the luck of the rows: with a correlation of 0.75 the
# chance in their difference is √(2 − 2·0.75) of the chance in each.
PAIRED = 0.7


class Rival(NamedTuple):
    """An anchor, scored as the model is.

    Args:
        name: constant, linear or boosted_trees.
        label: for people.
        train: its score on rows it learnt from; NaN if unknown.
        valid: its score on the validation rows.
        lead: of the model over it on the validation rows, paired; positive means the model is
            better.
    """

    name: str
    label: str
    train: float
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
    train: float = math.nan,
) -> Rival:
    """Compare the model's predictions with an anchor's on the same rows.

    Args:
        name: of the anchor.
        label: of the anchor, for people.
        metric: decides.
        model: the model's predictions of the validation rows.
        anchor: the anchor's predictions of them.
        y: their truth.
        seed: of the resamples.
        train: the anchor's score on rows it learnt from; NaN if unknown.
    """
    lead = paired_difference(metric, model, anchor, y, seed)
    return Rival(name, label, train, interval(metric, anchor, y, seed), lead)


@dataclass(frozen=True)
class Case:
    """All that the verdict is given. Gains are positive when better, whatever the metric.

    Args:
        metric: decides.
        train: the model's score on the rows it learnt from.
        valid: its score on the validation rows.
        rivals: the anchors, scored on the same rows.
        course: (time, validation score) in training; time in any unit, from 0.
        decline: of the model since its best look on the validation rows, paired.
    """

    metric: Metric
    train: Interval
    valid: Interval
    rivals: Sequence[Rival]
    course: Sequence[tuple[float, float]]
    decline: Interval | None

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

    def fallen(self, errors: float) -> float:
        """What was lost on the validation rows since the best look of the training.

        Args:
            errors: standard errors that it must exceed; a smaller loss counts as 0.
        """
        if self.decline is not None:
            lost, two_errors = self.decline.value, half_width(self.decline)
        elif self.looks and self.best_look[0] < 1:
            lost = self.metric.gain(self.best_look[1], self.valid.value)
            two_errors = PAIRED * half_width(self.valid)
        else:
            return 0.0
        return lost if lost > max(errors / 2 * two_errors, FALLEN * self.span) else 0.0

    def loses_to(self, other: Rival) -> bool:
        """Whether an anchor is better beyond chance, by a difference that matters."""
        return other.lead.high < 0 and self.matters(-other.lead.value)

    def probably_loses_to(self, other: Rival) -> bool:
        """Whether an anchor is better by more than one standard error or so."""
        return other.lead.value + other.lead.high < 0 and self.matters(-other.lead.value)

    def ahead_of(self, other: Rival) -> bool:
        """Whether the model is better beyond chance, by a difference that matters."""
        return other.lead.low > 0 and self.matters(other.lead.value)

    def knows_as_much_as(self, other: Rival) -> bool:
        """Whether the model is no worse than an anchor on the rows that both learnt from."""
        return self.metric.gain(self.train.value, other.train) > -MATERIAL * self.span

    def outdone_in_training_by(self, other: Rival) -> bool:
        """Whether an anchor is better on new rows than the model on those it learnt from.

        The anchor's own training score says nothing here: trees know their rows by heart.
        """
        return self.matters(self.metric.gain(other.valid.value, self.train.value))

    def is_good(self, other: Rival) -> bool:
        """Whether an anchor is better than the constant guess, wherever in its interval it is."""
        if self.constant is None:
            return True
        poor = other.valid.low if self.metric.higher_is_better else other.valid.high
        return self.metric.gain(poor, self.constant.valid.value) > 0

    def matters(self, gain: float) -> bool:
        """Whether a gain is large enough to matter to anybody."""
        return gain > MATERIAL * self.span


def half_width(found: Interval) -> float:
    """Half the width of an interval: about two standard errors."""
    return (found.high - found.low) / 2
