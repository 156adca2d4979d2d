"""Over-, under- or best fit: rules on scores, and sentences that a layman understands.

A gap between training and validation rows is no fault by itself, since networks that know their
training rows by heart often do well on new ones. It counts when there is proof that less would
have been more: an earlier epoch or a simpler model that does better, or when next to nothing
carries over.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..metrics import Interval, Metric
from .case import MATERIAL, Case, Rival, half_width
from .evidence import evidence, named, number

__all__ = ["Verdict", "verdict"]

FALLEN = 0.02  # of the span: a smaller loss since the best look is none
SIMPLE = ("constant", "linear")
MIN_KEPT = 0.5  # of what was learnt over the constant guess
SMALL_GAP = 0.1  # of what was learnt
STILL_RISING = 0.1  # of the span, gained in the last fifth of the training
LAST_FIFTH, MIN_LOOKS = 0.8, 5


class Verdict(NamedTuple):
    """What the fit is.

    Args:
        name: bestfit, overfit or underfit.
        sentence: the reason, for people.
        evidence: up to six sentences with the numbers behind it.
    """

    name: str
    sentence: str
    evidence: tuple[str, ...]


def verdict(
    metric: Metric,
    train: Interval,
    valid: Interval,
    *,
    rivals: Sequence[Rival] = (),
    course: Sequence[tuple[float, float]] = (),
    curve: Sequence[Mapping[str, float | None]] = (),
) -> Verdict:
    """Judge a model by its scores; a pure function.

    Overfit, if the model does better on its training rows than chance explains and

    1. it was better on validation rows earlier in training, beyond chance, or
    2. a simpler model (linear, constant) beats it on validation rows beyond chance though it
       knows its training rows better than that, or
    3. it loses more than half of what it learnt on the way to new rows, and an anchor beats it or
       it does not clear the constant guess.

    Else underfit, if

    1. an anchor beats it on validation rows beyond chance, or
    2. an anchor does better on validation rows than the model on its own training rows, or
    3. the validation score was still rising fast when training ended.

    Else bestfit, also where there is nothing to learn; the sentence then says so.

    Args:
        metric: decides.
        train: the model's score on the rows it learnt from.
        valid: its score on the validation rows.
        rivals: the anchors on the validation rows.
        course: (time, validation score) in training, up to the end; time in any unit.
        curve: ``rows``, ``train``, ``valid``: scores after learning from so many rows.
    """
    case = Case(metric, train, valid, rivals, course, curve)
    if case.valid.value != case.valid.value or case.train.value != case.train.value:
        sentence = f"The rows give no {metric.label}, so nothing shows that the model has learnt."
        return Verdict("underfit", sentence, (sentence,))
    name, sentence = "bestfit", _best(case)
    over, under = _over(case), _under(case)
    if over:
        name, sentence = "overfit", over
    elif under:
        name, sentence = "underfit", under
    return Verdict(name, sentence, tuple(evidence(case)))


def _over(case: Case) -> str | None:
    if not case.gap_is_real:
        return None
    label, train, valid = case.metric.label, number(case.train.value), number(case.valid.value)
    if case.looks:
        at, best = case.best_look
        fallen = case.metric.gain(best, case.valid.value)
        if at < 1 and fallen > max(half_width(case.valid), FALLEN * case.span):
            return (
                f"It trained too long: on new rows its {label} was {number(best)} after"
                f" {at:.0%} of the training and is {valid} now, against {train} on the rows it"
                " learnt from."
            )
    for other in case.rivals:
        knows_more = case.gap + other.lead.value > MATERIAL * case.span
        if other.name in SIMPLE and case.loses_to(other) and knows_more:
            return (
                f"It learnt its own rows by heart: its {label} is {train} on them but {valid} on"
                f" new rows, where {named(other)} reaches {number(other.valid.value)}."
            )
    beaten = any(case.loses_to(other) for other in case.rivals) or not case.clears_constant
    if case.kept is not None and case.kept < MIN_KEPT and beaten:
        return (
            f"Little of what it learnt carries over to new rows: its {label} is {train} on the"
            f" rows it learnt from and {valid} on new ones, where a constant guess gives"
            f" {number(case.constant.valid.value) if case.constant else ''}."
        )
    return None


def _under(case: Case) -> str | None:
    label, valid = case.metric.label, number(case.valid.value)
    for other in case.learners:
        theirs = f"{named(other)} reaches {number(other.valid.value)}"
        if case.loses_to(other):
            return (
                f"There is more to learn here: on new rows its {label} is {valid}, but {theirs}"
                " on the same rows, which is more than chance explains."
            )
        if case.metric.gain(case.poor_end(other.valid), case.good_end(case.train)) > 0:
            return (
                f"It did not even learn its own rows: its {label} is {number(case.train.value)}"
                f" on them, while {theirs} on new rows."
            )
    constant = case.constant
    if constant is not None and case.loses_to(constant):
        return (
            f"It learnt nothing that helps: on new rows its {label} is {valid}, while guessing"
            f" the same for every row gives {number(constant.valid.value)}."
        )
    return _rising(case)


def _rising(case: Case) -> str | None:
    looks = case.looks
    if len(looks) < MIN_LOOKS or case.best_look[0] < 1:
        return None
    before = [value for at, value in looks if at <= LAST_FIFTH][-1:]
    risen = case.metric.gain(looks[-1][1], before[0]) if before else 0.0
    if risen <= max(STILL_RISING * case.span, half_width(case.valid) / 2):
        return None
    return (
        f"It was still learning fast when training ended: over the last fifth of it,"
        f" {case.metric.label} on new rows went from {number(before[0])} to"
        f" {number(looks[-1][1])}. Give it more time."
    )


def _best(case: Case) -> str:
    label, train, valid = case.metric.label, number(case.train.value), number(case.valid.value)
    constant = case.constant
    if constant is not None and not case.clears_constant:
        return (
            f"There is next to nothing to learn: on new rows its {label} is {valid}, and neither"
            f" it nor a simpler model is clearly better than a constant guess"
            f" ({number(constant.valid.value)})."
        )
    best = case.learners[0] if case.learners else None
    peers = ""
    if best is not None:
        than = f"{named(best)} ({number(best.valid.value)})"
        ahead = best.lead.low > 0 and best.lead.value > MATERIAL * case.span
        peers = f", better than {than}" if ahead else f", level with {than}"
    if not case.gap_is_real or case.kept is None or case.kept > 1 - SMALL_GAP:
        return (
            f"What it learnt holds on new rows: its {label} is {valid} there{peers}, and {train} on"
            " the rows it learnt from."
        )
    return (
        f"It does well on new rows, {label} {valid}{peers}. It knows the rows it learnt from better"
        f" ({train}), but nothing shows that learning less would have been more."
    )
