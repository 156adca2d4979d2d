"""Over-, under- or best fit: rules on scores, and sentences that a layman understands.

A gap between training and validation rows is no fault by itself, since networks that know their
training rows by heart often do well on new ones. It counts when there is proof that less would
have been more: an earlier moment of the training, or an anchor that knows the training rows no
better and does better on new ones; or when next to nothing carries over.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..metrics import Interval, Metric
from .case import Case, Rival, half_width
from .evidence import evidence, named, number

__all__ = ["Verdict", "verdict"]

MIN_KEPT = 0.6  # of what was learnt over the constant guess
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
    decline: Interval | None = None,
    curve: Sequence[Mapping[str, float | None]] = (),
) -> Verdict:
    """Judge a model by its scores; a pure function.

    Overfit, if the model does better on its training rows than chance explains, and

    1. it was better on validation rows earlier in training, beyond chance, or
    2. an anchor beats it on validation rows beyond chance, though the model knows its training
       rows at least as well as the anchor does, or
    3. less than six tenths of what it learnt over the constant guess hold on new rows, and 1 or 2
       is likely though not beyond chance, or it does not clear the constant guess.

    Else underfit, if

    1. an anchor beats it on validation rows beyond chance, or
    2. a good anchor likely beats it on validation rows, and does better there than the model does
       even on its training rows, or
    3. the validation score was still rising fast when training ended.

    Else bestfit, also where there is nothing to learn; the sentence then says so. What the
    validation rows are too few to show counts as not so, and the evidence then calls itself rough.

    Args:
        metric: decides.
        train: the model's score on the rows it learnt from.
        valid: its score on the validation rows.
        rivals: the anchors, scored on the same rows.
        course: (time, validation score) in training, up to the end; time in any unit from 0.
        decline: how much better the model was at its best look, paired on the validation rows;
            None goes by the course.
        curve: ``rows``, ``train``, ``valid``: scores after learning from so many rows.
    """
    case = Case(metric, train, valid, rivals, course, decline)
    if case.gap != case.gap:  # NaN
        sentence = f"The rows give no {metric.label}, so nothing shows that the model has learnt."
        return Verdict("underfit", sentence, (sentence,))
    told = tuple(evidence(case, curve))
    if over := _over(case):
        return Verdict("overfit", over, told)
    if under := _under(case):
        return Verdict("underfit", under, told)
    return Verdict("bestfit", _best(case), told)


def _over(case: Case) -> str | None:
    if not case.gap_is_real:
        return None
    label, train, valid = case.metric.label, number(case.train.value), number(case.valid.value)
    if fallen := case.fallen(errors=2):
        before = case.valid.value + case.metric.gain(fallen, 0.0)
        return (
            f"It trained too long: on new rows its {label} was {number(before)} once and is {valid}"
            f" now, against {train} on the rows it learnt from."
        )
    for other in case.rivals:
        if case.loses_to(other) and case.knows_as_much_as(other):
            return (
                f"It learnt its own rows too closely: its {label} is {train} on them but {valid} on"
                f" new rows; with {_scores(other)}."
            )
    constant = case.constant
    likely = not case.clears_constant or case.fallen(errors=1) > 0
    likely = likely or any(map(case.probably_loses_to, case.rivals))
    if constant and case.kept is not None and case.kept < MIN_KEPT and likely:
        return (
            f"Much of what it learnt does not carry over to new rows: its {label} is {train} on"
            f" the rows it learnt from and {valid} on new ones, where a constant guess gives"
            f" {number(constant.valid.value)}."
        )
    return None


def _under(case: Case) -> str | None:
    label, train, valid = case.metric.label, number(case.train.value), number(case.valid.value)
    for other in (*case.learners, *filter(None, [case.constant])):
        if case.loses_to(other):
            return (
                f"There is more to learn here: on new rows its {label} is {valid}, but with"
                f" {named(other)} it is {number(other.valid.value)}, and that is more than chance"
                " explains."
            )
        behind = case.outdone_in_training_by(other) and case.probably_loses_to(other)
        if behind and case.is_good(other):
            return (
                f"It falls short even on its own rows: its {label} is {train} on them and {valid}"
                f" on new ones, where with {named(other)} it is {number(other.valid.value)}."
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
    if case.constant is not None and not case.clears_constant:
        return (
            f"There is next to nothing to learn: on new rows its {label} is {valid}, and neither"
            " it nor another model is clearly better than a constant guess"
            f" ({number(case.constant.valid.value)})."
        )
    peers = ""
    if case.learners:
        best = case.learners[0]
        how = "better than" if case.ahead_of(best) else "level with"
        peers = f", {how} {named(best)} ({number(best.valid.value)})"
    if not case.gap_is_real or case.kept is None or case.kept > 1 - SMALL_GAP:
        return (
            f"What it learnt holds on new rows: its {label} is {valid} there{peers}, and {train} on"
            " the rows it learnt from."
        )
    return (
        f"On new rows its {label} is {valid}{peers}. It knows the rows it learnt from better"
        f" ({train}), but nothing shows that learning less would have been more."
    )


def _scores(other: Rival) -> str:
    return f"{named(other)} it is {number(other.train)} and {number(other.valid.value)}"
