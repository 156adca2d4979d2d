"""How the network fits: too closely, too loosely, held back, or differently in earnest."""

import math
from dataclasses import dataclass
from typing import Any

from .base import Diagnosis, Finding, diagnosis
from .case import Case
from .steps import short

__all__ = [
    "BatchNormMismatch",
    "OverRegularised",
    "Overfitting",
    "Underfitting",
    "narrowest",
]

ANY = 1 << 30  # units, where there is no hidden layer


@diagnosis("overfitting")
@dataclass(frozen=True)
class Overfitting(Diagnosis):
    """A validation loss that turned and rose while the training loss fell.

    Args:
        min_gap: of skill, between training and validation rows.
        wide_gap: the same, where nothing turned.
        by_heart: skill on training rows from which on ``wide_gap`` is half as wide.
    """

    min_gap: float = 0.08
    wide_gap: float = 0.25
    by_heart: float = 0.97

    stage = "regularisation"
    harm = "It does worse on new rows than on those it learnt from, and than it did earlier."
    cause = "The network is large enough to learn its rows by heart."
    advice = "Dropout, weight decay, a smaller network, more rows; stop at the best look."

    def examine(self, case: Case) -> Finding | None:
        course = case.course
        if len(course.skill) < 3 or not course.train_skill:
            return None
        gap = course.train_skill[-1] - course.skill[-1]
        valid = [v for v in course.valid_loss if math.isfinite(v)]
        turned = (
            len(valid) > 2
            and valid[-1] > 1.1 * min(valid)
            and valid.index(min(valid)) < (0.8 * len(valid))
        )
        wide = self.wide_gap / (2 if course.train_skill[-1] > self.by_heart else 1)
        if gap < self.min_gap or not (turned or gap > wide or case.fact("pictures")):
            return None
        return self.found(
            case, "network", training_skill=course.train_skill[-1],
            validation_skill=course.skill[-1],
            loss_has_risen=valid[-1] / max(min(valid), 1e-12) - 1 if valid else 0.0,
        )  # fmt: skip


@diagnosis("underfitting")
@dataclass(frozen=True)
class Underfitting(Diagnosis):
    """A network that does badly even on its own rows, where a simple model does better.

    Args:
        min_behind: skill, behind the reference.
        max_gap: of skill, between training and validation rows, unless it is far behind on both.
    """

    min_behind: float = 0.03
    max_gap: float = 0.1

    stage = "capacity"
    harm = "There is more in the rows than the network can hold."
    cause = "It is too small, or cannot bend."
    advice = "More units, another hidden layer."

    def examine(self, case: Case) -> Finding | None:
        course, narrow = case.course, narrowest(case) <= 4
        gap = course.train_skill[-1] - course.skill[-1] if course.train_skill else 0.0
        behind = case.reference - case.skill - 0.2 * (1 - case.reference) > self.min_behind
        short_at_home = course.train_skill and course.train_skill[-1] < case.reference - 0.2
        closely = gap > self.max_gap and not short_at_home
        if not course.skill or closely or not (behind or narrow):
            return None
        if not narrow and (not case.over or short(case) or not case.fact("table")):
            return None
        width = narrowest(case)
        units: dict[str, Any] = {} if width == ANY else {"narrowest_layer": width}
        return self.found(
            case, "network", early=narrow or width == ANY, skill=case.skill,
            skill_of_a_simple_model=case.reference, **units,
        )  # fmt: skip


@diagnosis("over_regularised")
@dataclass(frozen=True)
class OverRegularised(Diagnosis):
    """Dropout, decay or a penalty that keep the network from learning what there is.

    Args:
        max_dropout: share of units.
        max_decay: weight decay, as a share of lr.
    """

    max_dropout: float = 0.55
    max_decay: float = 0.05

    stage = "scale"
    harm = "The network is held back from what the rows teach."
    cause = "Dropout, weight decay or a penalty is too strong."
    advice = "Ten times less of it."

    def examine(self, case: Case) -> Finding | None:
        setting = case.setting
        if (
            setting.dropout <= self.max_dropout
            and setting.weight_decay <= self.max_decay
            and not setting.penalty
        ):
            return None
        return self.found(case, "network", early=True, dropout=setting.dropout,
                          weight_decay=setting.weight_decay, penalty=setting.penalty)  # fmt: skip


@diagnosis("batchnorm_mismatch")
@dataclass(frozen=True)
class BatchNormMismatch(Diagnosis):
    """A network that answers otherwise in earnest than in training, on the same rows.

    Args:
        min_ratio: of the losses.
        odd_momentum: of the running statistics; 0.1 is usual.
    """

    min_ratio: float = 1.5
    odd_momentum: float = 0.015

    stage = "layers"
    harm = "What was learnt with the statistics of batches is lost with the running ones."
    cause = "Running statistics lag behind, or batches are too small or unlike the rows."
    advice = "Momentum 0.1, larger batches, or layer normalisation."

    def examine(self, case: Case) -> Finding | None:
        norms = [] if case.graph is None else case.graph.of_kind("norm")
        if not any(op.function == "batch_norm" for op in norms) or not case.course.steps:
            return None
        plain, seen = case.number("eval_loss", first=False), case.number("loss", first=False)
        ratio = plain / seen if seen > 0 else 1.0
        slow = case.setting.norm_momentum
        odd = slow < self.odd_momentum or slow > 0.9
        small = case.setting.batch_size <= 4
        if not (ratio > self.min_ratio or math.isnan(plain) or odd or small):
            return None
        subject = next(op.module for op in norms if op.function == "batch_norm")
        return self.found(case, subject, loss_in_training_mode=seen, loss_in_earnest=plain,
                          momentum=slow)  # fmt: skip


def narrowest(case: Case) -> int:
    """Units of the narrowest hidden layer; many where there is none."""
    if case.graph is None:
        return ANY
    widths = [
        op.shape[0] if op.function.startswith("conv") else op.shape[-1]
        for op in case.graph.of_kind("affine", "recurrent")
        if op is not case.graph.last and op.shape
    ]
    last = case.graph.last
    widths = widths[:-1] if last is not None and last.kind != "affine" else widths
    return min(widths, default=ANY)
