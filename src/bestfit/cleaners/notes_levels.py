"""What is worth knowing of the levels of categories."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import polars as pl

from .base import noted
from .counts import counts_of

__all__ = ["notes_of_levels"]

MANY = 50
MAX_LEVELS = 300
MIN_CHARS = 5
FEW = 2  # rows of a level that cannot be a usual one
SIGNS = " -_.,'’/"
MAX_SHOWN = 4
ORDERS = (
    {"low", "medium", "high"}, {"small", "medium", "large"}, {"poor", "fair", "good", "excellent"},
    {"fair", "good", "very good", "premium", "ideal"}, {"po", "fa", "ta", "gd", "ex"},
    {"never", "rarely", "sometimes", "often", "always"}, {"bad", "good"}, {"first", "second"},
    {"disagree", "agree"}, {"young", "old"}, {"primary", "secondary", "tertiary"},
    {"month-to-month", "one year", "two year"}, {"mon", "tue", "wed"}, {"jan", "feb", "mar"},
    {"i1", "si2", "si1", "vs2", "vs1"}, {"bronze", "silver", "gold"},
)  # fmt: skip


def notes_of_levels(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Notes on many levels, near spellings, orders, and levels that several columns share."""
    columns = {s.name: counts_of(s.drop_nulls()) for s in frame if s.dtype == pl.String}
    many = [n for n, counts in columns.items() if MANY < counts.height < 0.5 * frame.height]
    if many:
        most = max(columns[name].height for name in many)
        yield noted("many_levels", many, f"many levels, up to {most:,}")
    few = {n: dict(c.iter_rows()) for n, c in columns.items() if c.height <= MAX_LEVELS}
    yield from _near(few)
    yield from _orders(few)
    yield from _shared(frame, few)


def _near(columns: dict[str, dict[str, int]]) -> Iterator[dict[str, Any]]:
    for name, counts in columns.items():
        pairs = [
            (rare, common)
            for a, b in combinations(sorted(counts), 2)
            for rare, common in [sorted((a, b), key=lambda level: counts[level])]
            if _alike(rare, common, counts[rare], counts[common])
        ]
        if pairs and len(pairs) <= max(3, len(counts) // 4):
            shown = ", ".join(f"{a!r} and {b!r}" for a, b in pairs[:MAX_SHOWN])
            yield noted("near_spellings", [name], f"the same, perhaps: {shown}; left apart")


def _alike(rare: str, common: str, n_rare: int, n_common: int) -> bool:
    """The same without accents and signs; or a slip of one letter in a rare level."""
    if _plain(rare) == _plain(common):
        return True
    if min(len(rare), len(common)) < MIN_CHARS or abs(len(rare) - len(common)) > 1:
        return False
    if any(sign.isdigit() for sign in rare + common) or n_rare > 0.2 * n_common > FEW:
        return False
    return _one_slip(rare.casefold(), common.casefold())


def _plain(level: str) -> str:
    letters = unicodedata.normalize("NFKD", level.casefold())
    return "".join(c for c in letters if c not in SIGNS and not unicodedata.combining(c)) or level


def _one_slip(a: str, b: str) -> bool:
    """One letter is other, missing, too many, or two neighbours changed places."""
    start = next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
    rest_a, rest_b = a[start:], b[start:]
    swapped = rest_a[:2] == rest_b[:2][::-1] and rest_a[2:] == rest_b[2:]
    return rest_a[1:] in (rest_b[1:], rest_b) or rest_a == rest_b[1:] or swapped


def _orders(columns: dict[str, dict[str, int]]) -> Iterator[dict[str, Any]]:
    ordered = []
    for name, counts in columns.items():
        words = {level.casefold() for level in counts}
        if any(order <= words and len(words) <= 2 * len(order) + 3 for order in ORDERS):
            ordered.append(name)
    if ordered:
        yield noted("ordered_levels", ordered, "levels that have an order, told apart as switches")


def _shared(frame: pl.DataFrame, columns: dict[str, dict[str, int]]) -> Iterator[dict[str, Any]]:
    """A level that stands in the same rows of several columns."""
    where: dict[tuple[str, int], list[str]] = defaultdict(list)
    for name, counts in columns.items():
        for level, rows in counts.items():
            if len(level) > 3:
                where[level, rows].append(name)
    for (level, rows), names in where.items():
        if len(names) < 3 or rows < 10:
            continue
        first = (frame[names[0]] == level).fill_null(False)
        same = [n for n in names if (frame[n] == level).fill_null(False).equals(first)]
        if len(same) >= 3:
            yield noted("repeated_level", same, f"say {level!r} in the same rows")
