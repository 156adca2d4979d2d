"""Categories to numbers: one-hot for few levels, an index for a learned embedding for many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform

__all__ = ["FittedIndex", "FittedOneHot", "Index", "OneHot"]


def levels_of(column: pl.Series, min_count: int) -> tuple[str, ...]:
    """The levels that occur at least ``min_count`` times, the commonest first, ties by name."""
    counts = column.drop_nulls().value_counts(name="n").filter(pl.col("n") >= min_count)
    by = [pl.col("n"), pl.col(column.name)]
    return tuple(counts.sort(by, descending=[True, False])[column.name].to_list())


def codes_of(column: pl.Series, levels: Sequence[str]) -> Array:
    """(N,) int64: the position in ``levels``; −1 for missing, −2 for a level not among them."""
    known = pl.DataFrame(
        {"level": list(levels), "code": range(len(levels))},
        schema_overrides={"level": pl.String, "code": pl.Int64},
    )
    joined = pl.DataFrame({"level": column}).join(
        known, on="level", how="left", maintain_order="left"
    )
    code = joined["code"].fill_null(-2).to_numpy()
    return np.where(column.is_null().to_numpy(), -1, code)


@dataclass(frozen=True, kw_only=True)
class FittedOneHot(Fitted):
    """A switch for each level; all off for a level that training did not know.

    Args:
        categories: the levels of each column.
        missing: whether a column has a switch of its own for missing values.
    """

    kind: ClassVar[str] = "one_hot"
    categories: tuple[tuple[str, ...], ...]
    missing: tuple[bool, ...]

    def apply(self, frame: pl.DataFrame) -> Array:
        out = np.zeros((frame.height, len(self.outputs)), np.float32)
        at = 0
        for column, levels, missing in zip(
            self.columns, self.categories, self.missing, strict=True
        ):
            code = codes_of(frame[column], levels)
            known = np.flatnonzero(code >= 0)
            out[known, at + code[known]] = 1
            at += len(levels)
            if missing:
                out[code == -1, at] = 1
                at += 1
        return out

    @property
    def owners(self) -> tuple[int, ...]:
        widths = [len(c) + m for c, m in zip(self.categories, self.missing, strict=True)]
        return tuple(i for i, width in enumerate(widths) for _ in range(width))


@transform("one_hot")
@dataclass(frozen=True, kw_only=True)
class OneHot(Transform):
    """A 0/1 column for each level, and one for missing values where training had some.

    Args:
        min_count: rarer levels share no switch; ≥ 1.
    """

    min_count: int = 1

    def fit(self, frame: pl.DataFrame, columns: Sequence[str]) -> FittedOneHot:
        categories = tuple(levels_of(frame[c], self.min_count) for c in columns)
        missing = tuple(frame[c].null_count() > 0 for c in columns)
        outputs: list[str] = []
        for column, levels, gap in zip(columns, categories, missing, strict=True):
            outputs += [f"{column} = {level}" for level in levels]
            outputs += [f"{column} is missing"] if gap else []
        return FittedOneHot(
            columns=tuple(columns), outputs=tuple(outputs), categories=categories, missing=missing
        )


@dataclass(frozen=True, kw_only=True)
class FittedIndex(Fitted):
    """An integer for each row: 0 unseen or rare, 1 missing, then the levels.

    Args:
        categories: the levels of each column, the commonest first.
    """

    kind: ClassVar[str] = "index"
    gives = "codes"
    categories: tuple[tuple[str, ...], ...]

    def apply(self, frame: pl.DataFrame) -> Array:
        columns = zip(self.columns, self.categories, strict=True)
        return np.column_stack([codes_of(frame[c], levels) + 2 for c, levels in columns])

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

    def fit(self, frame: pl.DataFrame, columns: Sequence[str]) -> FittedIndex:
        categories = tuple(levels_of(frame[c], self.min_count)[: self.max_levels] for c in columns)
        return FittedIndex(columns=tuple(columns), outputs=tuple(columns), categories=categories)


@dataclass(frozen=True, kw_only=True)
class FittedFrequency(Fitted):
    """Log of how often a level occurred in training, centred and scaled.

    Args:
        categories: the known levels of each column.
        scores: the scaled score of each level.
        unseen: the score of a level or a gap that training did not know, by column.
    """

    kind: ClassVar[str] = "frequency"
    categories: tuple[tuple[str, ...], ...]
    scores: tuple[tuple[float, ...], ...]
    unseen: tuple[float, ...]

    def apply(self, frame: pl.DataFrame) -> Array:
        out = np.empty((frame.height, len(self.columns)), np.float32)
        for i, column in enumerate(self.columns):
            table = np.array([*self.scores[i], self.unseen[i], self.unseen[i]])
            out[:, i] = table[codes_of(frame[column], self.categories[i])]
        return out

    @property
    def continuous(self) -> tuple[bool, ...]:
        return (True,) * len(self.outputs)


@transform("frequency")
@dataclass(frozen=True, kw_only=True)
class Frequency(Transform):
    """The logarithm of a level's training count: tells common from rare where levels are many."""

    def fit(self, frame: pl.DataFrame, columns: Sequence[str]) -> FittedFrequency:
        learnt = [self._column(frame[c]) for c in columns]
        return FittedFrequency(
            columns=tuple(columns),
            outputs=tuple(f"{c} frequency" for c in columns),
            categories=tuple(levels for levels, _, _ in learnt),
            scores=tuple(scores for _, scores, _ in learnt),
            unseen=tuple(unseen for _, _, unseen in learnt),
        )

    def _column(self, column: pl.Series) -> tuple[tuple[str, ...], tuple[float, ...], float]:
        levels = levels_of(column, 1)
        code = codes_of(column, levels)
        code = code[code >= 0]
        logs = np.log1p(np.bincount(code, minlength=len(levels)).astype(float))
        mean, spread = (logs[code].mean(), logs[code].std()) if len(code) else (0.0, 0.0)
        spread = spread if spread > 0 else 1.0
        scores = (logs - mean) / spread
        return levels, tuple(scores.tolist()), float((0.0 - mean) / spread)
