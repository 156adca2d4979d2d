"""A diagnosis: numbers in, a finding or nothing out. It never sees the network."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from ..registry import Registry
from .case import Case

__all__ = ["STAGES", "Diagnosis", "Finding", "confirmed", "diagnosis", "first_seen", "suspects"]

# The least change comes first.
STAGES = (
    "rows", "pairing", "scale", "weights", "step", "layers", "capacity", "regularisation", "budget",
)  # fmt: skip
MIN_LOOKS = 3  # before which nothing can be said of a course


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong, and why that is to be believed.

    Args:
        name: one of the public names.
        subject: the layer, the column or the part of the rows; ``""`` is the whole.
        step: at which it could first be seen; 0 is before training.
        evidence: numbers, and the symptoms that come with it.
        harm: what it costs.
        cause: where it comes from.
        advice: what to do.
        certain: whether rows or structure prove it, so that no trial is needed.
        repair: what was changed, in words; empty where nothing was.
        gain: of the repair, in shares of what a constant answer misses; None where none was tried.
    """

    name: str
    subject: str = ""
    step: int = 0
    evidence: Mapping[str, Any] = field(default_factory=dict)
    harm: str = ""
    cause: str = ""
    advice: str = ""
    certain: bool = False
    repair: str = ""
    gain: float | None = None

    def record(self) -> dict[str, Any]:
        """As it is written down."""
        kept = {
            "name": self.name,
            "subject": self.subject,
            "step": self.step,
            "evidence": {k: _short(v) for k, v in self.evidence.items()},
            "harm": self.harm,
            "cause": self.cause,
            "advice": self.advice,
        }
        if self.repair:
            kept["repair"] = self.repair
        if self.gain is not None:
            kept["gain"] = _short(self.gain)
        return kept


def _short(value: object) -> object:
    """Four digits of a number; None of what is none, which JSON cannot say."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.4g}") if math.isfinite(value) else None


class Diagnosis(ABC):
    """A component that looks for one trouble."""

    name: ClassVar[str]
    stage: ClassVar[str]
    harm: ClassVar[str]
    cause: ClassVar[str]
    advice: ClassVar[str]

    @abstractmethod
    def examine(self, case: Case) -> Finding | None:
        """What is to be said of a case, or None.

        Args:
            case: what is known of the training so far.
        """

    def found(
        self,
        case: Case,
        subject: str = "",
        *,
        certain: bool = False,
        early: bool = False,
        cause: str | None = None,
        **evidence: Any,
    ) -> Finding:
        """The finding, with what a person should know of it.

        Args:
            case: in which it was seen.
            subject: where.
            certain: whether no trial is needed.
            early: whether it was there before the first step.
            cause: in this case, where it is another than usual.
            evidence: numbers.
        """
        return Finding(
            name=self.name, subject=subject, step=0 if early else case.step, evidence=evidence,
            harm=self.harm, cause=self.cause if cause is None else cause, advice=self.advice,
            certain=certain,
        )  # fmt: skip


diagnosis: Registry[Diagnosis] = Registry("diagnosis")


def suspects(case: Case) -> list[Finding]:
    """Everything that a case may suffer from, what is least to change first."""
    found = [kind().examine(case) for kind in diagnosis.values()]
    return sorted(filter(None, found), key=_turn)


def _turn(finding: Finding) -> tuple[bool, int, int]:
    """What is certain comes first; what happened to units on the way comes after the steps."""
    stage = diagnosis[finding.name].stage
    if stage == "weights" and finding.step:
        stage = "layers"
    built_so = finding.subject == "time" or (
        not finding.step and (stage == "capacity" or finding.name == "vanishing_gradient")
    )
    if built_so:  # no step size could change it
        stage = "weights"
    # Of steps, what is plain to see in the settings comes before their size.
    first = finding.name == "batch_size_too_small" or finding.evidence.get("momentum", 0.0) > 0.95
    return not finding.certain, STAGES.index(stage), not first


def confirmed(finding: Finding, repair: str, gain: float | None) -> Finding:
    """The finding with what a trial showed."""
    return replace(finding, repair=repair, gain=gain)


def first_seen(case: Case, finding: Finding) -> Finding:
    """The finding with the step of the look at which it could first have been made."""
    course = case.course
    for n, step in enumerate(course.steps, start=1):
        if n < MIN_LOOKS or step >= case.step:
            continue
        part = replace(
            course, steps=course.steps[:n], train_loss=course.train_loss[:n],
            valid_loss=course.valid_loss[:n], skill=course.skill[:n],
            train_skill=course.train_skill[:n],
        )  # fmt: skip
        seen = diagnosis[finding.name]().examine(replace(case, course=part, step=step))
        if seen is not None:
            return replace(finding, step=seen.step)
    return finding
