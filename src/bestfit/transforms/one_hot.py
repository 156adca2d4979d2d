"""One-hot encoding: a switch for each level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform
from .levels import MISSING, UNSEEN, all_codes, by_name, counted, with_gaps

__all__ = ["FittedOneHot", "OneHot"]


@dataclass(frozen=True, kw_only=True)
class FittedOneHot(Fitted):
    """A switch for each level; without one for rare levels, all are off for unseen ones.

    Args:
        categories: the levels of each column.
        rare: whether a column has a switch for levels that are rare or unseen.
        missing: whether a column has a switch of its own for missing values.
    """

    kind: ClassVar[str] = "one_hot"
    categories: tuple[tuple[str, ...], ...]
    rare: tuple[bool, ...]
    missing: tuple[bool, ...]

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        out[:] = 0
        at = 0
        codes = all_codes(frame, self.columns, self.categories)
        for code, levels, rare, missing in zip(
            codes, self.categories, self.rare, self.missing, strict=True
        ):
            code[code == MISSING] = len(levels) + rare if missing else -3
            code[code == UNSEEN] = len(levels) if rare else -3
            on = np.flatnonzero(code >= 0)
            out[on, at + code[on]] = 1
            at += len(levels) + rare + missing

    @property
    def owners(self) -> tuple[int, ...]:
        parts = zip(self.categories, self.rare, self.missing, strict=True)
        widths = [len(levels) + rare + missing for levels, rare, missing in parts]
        return tuple(i for i, width in enumerate(widths) for _ in range(width))


@transform("one_hot")
@dataclass(frozen=True, kw_only=True)
class OneHot(Transform):
    """A 0/1 column for each level, and one for missing values where training had some.

    Args:
        min_count: rarer levels share one switch, with those that training did not know; ≥ 1.
    """

    min_count: int = 1

    takes = ("category", "text", "number")

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedOneHot:
        categories = tuple(by_name(frame[c], self.min_count) for c in columns)
        rare = tuple(self._any_rare(frame[c]) for c in columns)
        missing = tuple(with_gaps(frame[c]).null_count() > 0 for c in columns)
        outputs: list[str] = []
        for column, levels, few, gap in zip(columns, categories, rare, missing, strict=True):
            outputs += [f"{column} = {level}" for level in levels]
            outputs += [f"{column} is rare"] if few else []
            outputs += [f"{column} is missing"] if gap else []
        return FittedOneHot(
            columns=tuple(columns),
            outputs=tuple(outputs),
            categories=categories,
            rare=rare,
            missing=missing,
        )

    def _any_rare(self, column: pl.Series) -> bool:
        return self.min_count > 1 and bool((counted(column, 1)["n"] < self.min_count).any())
