"""Columns that may be worth making of others, by the kinds of a table's columns."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import polars as pl

from ..table import Schema
from .made import Formula

__all__ = ["proposals"]

MAX_NUMBERS = 8
MAX_GROUPED = 4
MAX_DATES = 3
LEVELS = (5, 200)


def proposals(frame: pl.DataFrame, schema: Schema, ranked: Sequence[str]) -> list[Formula]:
    """Formulas that the kinds of columns suggest.

    Numbers may matter by their ratio, product, difference or sum, by their size whatever the sign,
    beside the mean of their group; dates by the days between them. Bins are not proposed: a network
    has those of every number already (``transform.bins``).

    Args:
        frame: rows that teach.
        schema: of the features.
        ranked: names of number columns, those that tell most of the target first.

    >>> from bestfit.table import Column
    >>> pair = Schema((Column("a", "number"), Column("b", "number")))
    >>> [how for how, *_ in proposals(pl.DataFrame({"a": [1.0], "b": [2.0]}), pair, ["a", "b"])]
    ['ratio', 'ratio', 'product', 'difference', 'sum']
    """
    groups = [
        column.name for column in schema.columns
        if column.kind == "category"
        and LEVELS[0] <= frame[column.name].n_unique() <= min(LEVELS[1], frame.height / 10)
    ]  # fmt: skip
    dates = [column.name for column in schema.columns if column.kind == "date"]
    two_sided = [name for name in ranked[:MAX_NUMBERS] if _has_both_signs(frame[name])]
    return [
        *_of(ranked[:MAX_NUMBERS], groups[:MAX_GROUPED], dates[:MAX_DATES]),
        *(("square", name) for name in two_sided),
    ]


def _has_both_signs(column: pl.Series) -> bool:
    """Else its square tells rows apart no better than the number itself."""
    return bool((column < 0).any() and (column > 0).any())


def _of(numbers: Sequence[str], groups: list[str], dates: list[str]) -> Iterator[Formula]:
    for a, b in combinations(numbers, 2):
        yield from (("ratio", a, b), ("ratio", b, a))
        yield from (("product", a, b), ("difference", a, b), ("sum", a, b))
    for number in numbers[:MAX_GROUPED]:
        for group in groups:
            yield from (("over_mean", number, group), ("mean_by", number, group))
    for a, b in combinations(dates, 2):
        yield ("days_between", b, a)
