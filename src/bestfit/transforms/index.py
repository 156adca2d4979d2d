"""An index for each level, for a learned embedding."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import polars as pl

from .base import Array, Fitted, Transform, transform
from .levels import all_codes, by_rows

__all__ = ["FittedIndex", "Index"]


@dataclass(frozen=True, kw_only=True)
class FittedIndex(Fitted):
    """An integer for each row: 0 unseen or rare, 1 missing, then the levels.

    Args:
        categories: the levels of each column, the commonest first.
    """

    kind: ClassVar[str] = "index"
    gives = "codes"
    categories: tuple[tuple[str, ...], ...]

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        for i, code in enumerate(all_codes(frame, self.columns, self.categories)):
            out[:, i] = code + 2

    @property
    def levels(self) -> tuple[int, ...]:
        return tuple(len(levels) + 2 for levels in self.categories)


@transform("index")
@dataclass(frozen=True, kw_only=True)
class Index(Transform):
    """The place of a level in the vocabulary, for a learned embedding.

    Args:
        min_count: rarer levels share the place of unseen ones, which so learns something; ≥ 1.
        max_levels: at most so many levels a column; the commonest are kept.
    """

    min_count: int = 2
    max_levels: int = 5000

    takes = ("category", "text", "number")

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedIndex:
        categories = tuple(by_rows(frame[c], self.min_count)[: self.max_levels] for c in columns)
        return FittedIndex(columns=tuple(columns), outputs=tuple(columns), categories=categories)
