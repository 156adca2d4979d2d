"""Columns that tell too much: nearly the target itself, or known only once the target is."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from .base import warned
from .ids import WORD
from .strength import Goal, strength

__all__ = ["giveaways", "strengths"]

MIN_ROWS = 50
MAX_ROWS = 20_000  # that are looked at
NEARLY_ALL = 0.85  # of the entropy of the classes
NEARLY_ALL_OF_MANY = 0.95  # by a category of more levels than classes
NEARLY_ALL_OF_A_NUMBER = 0.98
OTHERS = 0.75  # most that any other column may tell: else the classes lie far apart anyway
OTHERS_OF_A_NUMBER = 0.9
NOTABLE = 0.1
MAX_NUMBERS = 40
LATER = frozenset(
    ("duration", "outcome", "result", "results", "resolution", "resolved", "closed", "closure",
     "settled", "settlement", "discharge", "discharged", "deceased", "death", "died", "terminated",
     "termination", "cancelled", "canceled", "cancellation", "refund", "refunded", "payout",
     "actual", "final", "after", "afterwards", "followup", "recovered", "recovery", "recoveries",
     "chargeoff", "future", "next", "subsequent", "post")
)  # fmt: skip


def strengths(frame: pl.DataFrame, target: str) -> dict[str, float]:
    """How much each column tells of the target, the most telling first. Pictures are left out."""
    some = frame.gather_every(-(-max(frame.height, 1) // MAX_ROWS))
    goal = Goal.of(some[target])
    names = [n for n, dtype in some.schema.items() if n != target and dtype != pl.Binary]
    found = {name: strength(some[name], goal) for name in names}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def giveaways(
    frame: pl.DataFrame, target: str, told: Mapping[str, float]
) -> Iterator[dict[str, Any]]:
    """Warnings about columns that give the target away alone, or in pairs.

    Args:
        frame: the cleaned rows.
        target: the column to predict, without gaps.
        told: of ``strengths``.
    """
    if frame.height < MIN_ROWS:
        return
    suspects = list(_suspects(frame, target, told))
    for name in suspects:
        what = f"{name!r} gives the target away alone: is it known before the target is?"
        yield warned("data_leakage", name, what, share_told=round(told[name], 4))
    yield from _later(told, suspects)
    if frame[target].dtype == pl.Float64:
        yield from _sums(frame, target)


def _suspects(frame: pl.DataFrame, target: str, told: Mapping[str, float]) -> Iterator[str]:
    number = frame[target].dtype == pl.Float64
    classes = frame[target].n_unique()
    suspects = []
    for name, share in told.items():
        few = frame[name].dtype != pl.String or frame[name].n_unique() <= classes + 1
        least = NEARLY_ALL if few else NEARLY_ALL_OF_MANY
        if share >= (NEARLY_ALL_OF_A_NUMBER if number else least):
            suspects.append(name)
    others = [share for name, share in told.items() if name not in suspects]
    most = OTHERS_OF_A_NUMBER if number else OTHERS
    if len(suspects) <= max(1, len(told) // 5) and max(others, default=0.0) <= most:
        yield from suspects


def _later(told: Mapping[str, float], suspects: list[str]) -> Iterator[dict[str, Any]]:
    """What is called like something that happens afterwards, and tells much."""
    ranked = [name for name in told if name not in suspects]
    for place, name in enumerate(ranked[:3]):
        words = {word.lower() for word in WORD.findall(name)}
        if words & LATER and told[name] >= NOTABLE and place < max(1, len(ranked) // 5):
            what = f"{name!r} may be known only after the target is, and tells much of it"
            yield warned(
                "data_leakage", name, what, share_told=round(told[name], 4), rank=place + 1
            )


def _sums(frame: pl.DataFrame, target: str) -> Iterator[dict[str, Any]]:
    """Two columns whose sum, difference, product or quotient is the target."""
    numbers = [
        name for name, dtype in frame.schema.items() if dtype == pl.Float64 and name != target
    ][:MAX_NUMBERS]
    known = frame.select(*numbers, target).drop_nulls()
    if known.height < MIN_ROWS or len(numbers) < 2:
        return
    head, y = known.head(200), known[target].to_numpy()
    columns = {name: head[name].to_numpy() for name in numbers}
    for a, b in combinations(numbers, 2):
        for sign, found in _combined(columns[a], columns[b]):
            if not _equal(found, y[:200]):
                continue
            whole = dict(_combined(known[a].to_numpy(), known[b].to_numpy()))[sign]
            if _equal(whole, y):
                first, second = (b, a) if sign.startswith("r") else (a, b)
                what = f"the target is {first!r} {sign[-1]} {second!r} in every row"
                yield warned("data_leakage", first, what, rows=known.height, other=second)


def _combined(a: Any, b: Any) -> Iterator[tuple[str, Any]]:
    with np.errstate(all="ignore"):
        yield from (("+", a + b), ("-", a - b), ("r-", b - a), ("×", a * b))
        yield from (("/", a / b), ("r/", b / a))


def _equal(found: Any, y: Any) -> bool:
    """Up to the rounding of a file: a millionth of the spread, or half a unit of the last digit."""
    spread = float(np.std(y))
    if spread <= 0:
        return False
    with np.errstate(all="ignore"):
        return bool((np.abs(found - y) <= 1e-6 * spread + 1e-9 * np.abs(y)).mean() > 0.999)
