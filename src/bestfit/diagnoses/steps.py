"""How far each step goes: too far, not far enough, in too noisy a direction, too few of them."""

import math
from dataclasses import dataclass
from typing import Any

from .base import Diagnosis, Finding, diagnosis
from .case import Case

__all__ = [
    "BatchSizeTooSmall",
    "LearningRateTooHigh",
    "LearningRateTooLow",
    "OscillatingLoss",
    "SlowConvergence",
    "TooFewEpochs",
    "rising",
    "short",
    "unit_symptoms",
]

BOLD = 30.0  # times the usual step size of an optimizer
MODEST = 5.0  # up to which steps are blamed only where the loss blows up
SHY = 0.05  # of the usual step size of an optimizer: so small that nothing else need be seen
MAX_SWING, MAX_AMPLITUDE = 0.4, 0.03
CREEPING = 0.04  # of all that the loss fell, in the last quarter
LOW = 0.25  # above, a step size is none that is called too low
FEW_STEPS, FEW_EPOCHS = 200, 5
PLAIN = ("sgd", "adagrad", "adadelta")  # whose steps are short where a loss is flat


@diagnosis("learning_rate_too_high")
@dataclass(frozen=True)
class LearningRateTooHigh(Diagnosis):
    """Steps that overshoot: the loss rises, swings, or leaves all numbers.

    Args:
        min_ratio: of one update to the weights.
        min_swing: share of the loss's movement that goes up.
    """

    min_ratio: float = 0.1
    min_swing: float = 0.25

    stage = "step"
    harm = "Each step jumps over the valley; what was learnt is lost again."
    cause = "The step size is too large for this network and these rows."
    advice = "Divide it by 10, let it fall towards the end, or bound the gradient."

    def examine(self, case: Case) -> Finding | None:
        course, setting = case.course, case.setting
        if not course.steps:
            return None
        losses, ratio = course.train_loss, max(course.ratios, default=0.0)
        lost = course.skipped > 0 or any(not math.isfinite(v) for v in losses)
        risen = bool(losses) and losses[-1] > 1.5 * max(case.number("loss"), case.baseline)
        bold = setting.lr > BOLD * setting.usual_lr
        swings = course.swing > self.min_swing and course.amplitude > 0.03
        stuck = case.step >= 0.05 * setting.n_steps and case.skill < 0.02 and ratio > 0.01
        large = setting.lr > MODEST * setting.usual_lr
        strays = large and (swings or stuck or ratio > self.min_ratio)
        if not (lost or risen or bold or strays):
            return None
        return self.found(
            case, "step size", lr=setting.lr, update_against_weights=ratio,
            loss_rises=course.swing, steps_not_finite=course.skipped, **unit_symptoms(case),
        )  # fmt: skip


@diagnosis("learning_rate_too_low")
@dataclass(frozen=True)
class LearningRateTooLow(Diagnosis):
    """Steps so short that the budget ends before the way does.

    Args:
        max_ratio: of one update to the weights.
        max_fall: of the loss, as a share, by a tenth of the budget.
    """

    max_ratio: float = 3e-4
    max_fall: float = 0.1

    stage = "step"
    harm = "The budget ends long before the loss could."
    cause = "The step size is too small for this network and these rows."
    advice = "Multiply it by 10, or use an optimizer that sets its own scale, as Adam does."

    def examine(self, case: Case) -> Finding | None:
        course, setting = case.course, case.setting
        if not course.steps:
            return None
        ratio = max(course.ratios, default=1.0)
        losses = [v for v in course.train_loss if math.isfinite(v)]
        start = case.number("loss") if math.isfinite(case.number("loss")) else math.inf
        fall = 1 - losses[-1] / start if losses and start > 0 and math.isfinite(start) else 1.0
        shy = setting.lr < SHY * setting.usual_lr
        little = fall < self.max_fall and case.skill < 0.5
        if setting.lr > LOW * setting.usual_lr or (setting.decays and not shy):
            return None
        if not (ratio < self.max_ratio or shy or little or rising(case, CREEPING)) or (
            short(case) and not shy
        ):
            return None
        return self.found(case, "step size", lr=setting.lr, update_against_weights=ratio,
                          loss_fell_by=fall)  # fmt: skip


@diagnosis("oscillating_loss")
@dataclass(frozen=True)
class OscillatingLoss(Diagnosis):
    """A training loss that goes up nearly as often as down, and far.

    Args:
        min_swing: share of its movement that goes up.
        min_amplitude: of that movement, against the level of the loss.
    """

    min_swing: float = 0.3
    min_amplitude: float = 0.03

    stage = "step"
    harm = "Where training ends is a matter of luck."
    cause = "Steps overshoot: too long, or with too much momentum."
    advice = "A smaller or falling step size, less momentum, larger batches."

    def examine(self, case: Case) -> Finding | None:
        course, heavy = case.course, case.setting.momentum > 0.97
        large = case.setting.lr > MODEST * case.setting.usual_lr
        swings = large and course.swing > self.min_swing and course.amplitude > self.min_amplitude
        if not swings and not heavy:
            return None
        return self.found(
            case, "training loss", share_upwards=course.swing, size_of_rises=course.amplitude,
            momentum=case.setting.momentum,
        )  # fmt: skip


@diagnosis("slow_convergence")
@dataclass(frozen=True)
class SlowConvergence(Diagnosis):
    """A loss that creeps although the step size is not the reason.

    Args:
        max_fall: of the loss, as a share.
        min_behind: of skill, behind a simple model, after training by plain steps.
        min_mean_step: over the budget, against the largest.
    """

    max_fall: float = 0.1
    min_behind: float = 0.05
    min_mean_step: float = 0.15

    stage = "step"
    harm = "The budget ends long before the loss could."
    cause = "The optimizer's steps do not fit a loss of this shape."
    advice = "Adam, momentum, or inputs of one scale."

    def examine(self, case: Case) -> Finding | None:
        losses = [v for v in case.course.train_loss if math.isfinite(v)]
        start = case.number("loss")
        if not losses or not math.isfinite(start) or start <= 0:
            return None
        fall = 1 - losses[-1] / start
        plain = case.setting.optimizer in PLAIN
        swings = case.course.swing > MAX_SWING and case.course.amplitude > MAX_AMPLITUDE
        if case.setting.mean_step < self.min_mean_step:
            return self.found(case, "schedule", early=True, mean_step=case.setting.mean_step)
        if short(case) or (swings and not plain):  # what overshoots is not slow
            return None
        behind = case.over and case.reference - case.skill > self.min_behind
        slow = plain and (rising(case, CREEPING) or behind)
        if not (fall < self.max_fall and case.skill < 0.5) and not slow:
            return None
        return self.found(case, "training loss", loss_fell_by=fall,
                          optimizer=case.setting.optimizer)  # fmt: skip


@diagnosis("batch_size_too_small")
@dataclass(frozen=True)
class BatchSizeTooSmall(Diagnosis):
    """Gradients of so few rows that noise leads the way.

    Args:
        max_size: rows of a step.
    """

    max_size: int = 4

    stage = "step"
    harm = "Steps follow single rows; batch statistics say nothing."
    cause = "A step sees too few rows for this step size."
    advice = "Batches of 32 and more, or a smaller step size."

    def examine(self, case: Case) -> Finding | None:
        if case.setting.batch_size > self.max_size or case.fact("n") <= 4 * self.max_size:
            return None
        return self.found(case, "batch", early=True, rows=case.setting.batch_size)


@diagnosis("too_few_epochs")
@dataclass(frozen=True)
class TooFewEpochs(Diagnosis):
    """Training that ended while it was still gaining fast."""

    stage = "budget"
    harm = "The network was stopped while every pass still taught it much."
    cause = "The budget is too small."
    advice = "More epochs."

    def examine(self, case: Case) -> Finding | None:
        if not (case.over and (rising(case) or short(case))):
            return None
        return self.found(case, "budget", early=short(case), epochs=case.setting.epochs,
                          steps=case.setting.n_steps)  # fmt: skip


def short(case: Case) -> bool:
    """Whether there are so few steps that this is the first thing to ask about."""
    return case.setting.n_steps <= FEW_STEPS and case.setting.epochs < FEW_EPOCHS


def rising(case: Case, least: float = 0.1, least_grown: float = 0.04) -> bool:
    """Whether skill was still growing fast when training ended, or the loss falling.

    Args:
        case: after training.
        least: of all that the loss fell, in the last quarter.
        least_grown: of skill, in the last quarter.
    """
    if not case.over:
        return False
    losses = [v for v in case.course.train_loss if math.isfinite(v)]
    if len(losses) < 3:
        return True
    third = max(1, len(losses) // 4)
    whole = max(losses) - min(losses)
    late = losses[-1 - third] - losses[-1]
    skills = list(case.course.skill)
    grown = skills[-1] - skills[-1 - min(third, len(skills) - 1)]
    return (whole > 0 and late > least * whole) or grown > least_grown


def unit_symptoms(case: Case) -> dict[str, Any]:
    """Shares of units that died or saturated on the way."""
    found = {}
    for name, label in (("dead", "dead_units"), ("saturated", "saturated_units")):
        share = max(case.layers(name, first=False).values(), default=0.0)
        if share > 0.3:
            found[label] = share
    return found
