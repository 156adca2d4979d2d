"""The numbers behind a verdict, as sentences for people."""

import math
from collections.abc import Mapping, Sequence

from ..metrics import Interval
from .case import Case, Rival, half_width

__all__ = ["evidence", "named", "number"]

ROUGH = 0.4  # of the span: a wider interval is little to go by
GAINED = 0.02  # of the span: a smaller gain from twice the rows is none


def evidence(case: Case, curve: Sequence[Mapping[str, float | None]]) -> list[str]:
    """Up to six sentences: the gap, the anchors, the training, the rows."""
    told = [
        _gap(case),
        _constant(case),
        _learners(case),
        _course(case),
        _rows(case, curve),
        _rough(case),
    ]
    return [sentence for sentence in told if sentence]


def _gap(case: Case) -> str:
    better = "higher" if case.metric.higher_is_better else "lower"
    size = (
        f"worse by {number(case.gap)}, which is more than chance explains"
        if case.gap_is_real
        else "no worse than chance explains"
    )
    return (
        f"{case.metric.label} ({better} is better) is {number(case.train.value)} on the rows it"
        f" learnt from and {_with_range(case.valid)} on validation rows: {size}."
    )


def _constant(case: Case) -> str:
    if case.constant is None:
        return ""
    guess = f"Guessing the same for every row gives {number(case.constant.valid.value)}"
    if case.loses_to(case.constant):
        return f"{guess}, which is better than the model."
    if not case.clears_constant:
        return f"{guess}, from which the model cannot be told apart."
    if case.kept is None or not case.gap_is_real:
        return f"{guess}, which the model clearly beats."
    return (
        f"{guess}; {min(case.kept, 1):.0%} of what the model learnt beyond that holds on new rows."
    )


def _learners(case: Case) -> str:
    if not case.learners:
        return ""
    told = [
        f"{named(other)} {number(other.valid.value)} ({_place(case, other)})"
        for other in case.learners
    ]
    return f"Other models on the same validation rows: {', '.join(told)}."


def _place(case: Case, other: Rival) -> str:
    if case.loses_to(other):
        return "better than this one"
    return "worse than this one" if case.ahead_of(other) else "level with this one"


def _course(case: Case) -> str:
    if not case.looks:
        return ""
    at, best = case.best_look
    end = case.looks[-1][1]
    if at == 1:
        return f"In training, the validation score was best at the very end ({number(best)})."
    fallen = case.metric.gain(best, end)
    after = "and stayed about there"
    if fallen > half_width(case.valid) / 2 and case.matters(fallen):
        after = f"and got worse after that, {number(end)} at the end"
    return (
        f"In training, the validation score was best after {at:.0%} of it ({number(best)}) {after}."
    )


def _rows(case: Case, curve: Sequence[Mapping[str, float | None]]) -> str:
    known = [
        (rows, valid)
        for point in curve
        if (rows := point.get("rows")) and (valid := point.get("valid")) is not None
    ]
    if len(known) < 2:
        return ""
    (fewer, before), (more, after) = sorted(known)[-2:]
    gain = case.metric.gain(after, before)
    advice = (
        "more rows would most likely help"
        if gain > GAINED * case.span
        else "more rows like these would hardly help"
    )
    return (
        f"Learning from {more:,.0f} instead of {fewer:,.0f} rows took it from {number(before)} to"
        f" {number(after)}: {advice}."
    )


def _rough(case: Case) -> str:
    if case.valid.high - case.valid.low <= ROUGH * case.span:
        return ""
    return "The validation rows are too few for a narrow range: take all of this as a rough guess."


def _with_range(found: Interval) -> str:
    return f"{number(found.value)} ({number(found.low)} to {number(found.high)})"


def named(other: Rival) -> str:
    """An anchor in the middle of a sentence.

    >>> nothing = Interval(0.0, 0.0, 0.0)
    >>> named(Rival("constant", "Constant guess", 0.0, nothing, nothing))
    'a constant guess'
    """
    label = other.label[:1].lower() + other.label[1:]
    return f"a {label}" if other.name == "constant" else label


def number(value: float) -> str:
    """A number for people.

    >>> [number(v) for v in (25249.4, 18.02, 0.92714, 0.00841, 0.0)]
    ['25,249', '18.0', '0.927', '0.0084', '0']
    """
    size = abs(value)
    if size < 1e-12:
        return "0"
    if size >= 999.95:
        return f"{value:,.0f}"
    if size >= 10:
        return f"{value:.1f}"
    if size >= 0.1:
        return f"{value:.3f}"
    return f"{value:.{1 - math.floor(math.log10(size))}f}"
