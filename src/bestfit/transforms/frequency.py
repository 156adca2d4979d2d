"""How common a level is, as a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform
from .levels import all_codes, by_rows, codes_of

__all__ = ["FittedFrequency", "Frequency"]


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

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        for i, code in enumerate(all_codes(frame, self.columns, self.categories)):
            table = np.array([*self.scores[i], self.unseen[i], self.unseen[i]])
            out[:, i] = table[code]

    @property
    def continuous(self) -> tuple[bool, ...]:
        return (True,) * len(self.outputs)


@transform("frequency")
@dataclass(frozen=True, kw_only=True)
class Frequency(Transform):
    """The logarithm of a level's training count: tells common from rare where levels are many."""

    takes = ("category", "text", "number")

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedFrequency:
        learnt = [_column(frame[c]) for c in columns]
        return FittedFrequency(
            columns=tuple(columns),
            outputs=tuple(f"{c} frequency" for c in columns),
            categories=tuple(levels for levels, _, _ in learnt),
            scores=tuple(scores for _, scores, _ in learnt),
            unseen=tuple(unseen for _, _, unseen in learnt),
        )


def _column(column: pl.Series) -> tuple[tuple[str, ...], tuple[float, ...], float]:
    levels = by_rows(column, 1)
    code = codes_of(column, levels)
    code = code[code >= 0]
    logs = np.log1p(np.bincount(code, minlength=len(levels)).astype(float))
    mean, spread = (logs[code].mean(), logs[code].std()) if len(code) else (0.0, 0.0)
    spread = spread if spread > 0 else 1.0
    scores = (logs - mean) / spread
    return levels, tuple(scores.tolist()), float((0.0 - mean) / spread)
