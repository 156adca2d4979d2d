"""Scaling of number columns: impute by the median, flag what was missing, then scale.

What the scalers share is here; each scaler has its own file.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, float_matrix

__all__ = ["FittedScaler", "Scaler", "medians"]

Rows = tuple[tuple[float, ...], ...]


def medians(x: Array) -> Array:
    """The median of each column without its NaN; 0 for a column of NaN. x: (N, F)."""
    return np.array([np.median(c[~np.isnan(c)]) if (~np.isnan(c)).any() else 0.0 for c in x.T])


@dataclass(frozen=True, kw_only=True)
class FittedScaler(Fitted):
    """A fitted scaler: medians for what is missing, and which columns get a flag.

    Args:
        fill: the training median of each column.
        flagged: columns with missing training values, each with a 0/1 output of its own.
    """

    fill: tuple[float, ...]
    flagged: tuple[str, ...]

    @abstractmethod
    def scaled(self, x: Array) -> Array:
        """(N, F) without NaN → (N, F), float64."""

    def apply(self, frame: pl.DataFrame) -> Array:
        x = float_matrix(frame, self.columns)
        missing = np.isnan(x)
        x = np.where(missing, np.array(self.fill), x)
        flags = missing[:, [self.columns.index(c) for c in self.flagged]]
        return np.column_stack([self.scaled(x), flags]).astype(np.float32)

    @property
    def owners(self) -> tuple[int, ...]:
        flags = (self.columns.index(column) for column in self.flagged)
        return (*range(len(self.columns)), *flags)

    @property
    def continuous(self) -> tuple[bool, ...]:
        return (True,) * len(self.columns) + (False,) * len(self.flagged)


class Scaler(Transform):
    """A transform of number columns."""

    @abstractmethod
    def learn(self, x: Array, fill: Array) -> dict[str, Any]:
        """The scaler's own state. x: (N, F), NaN where missing; fill: (F,) medians."""

    fitted: ClassVar[type[FittedScaler]]

    def fit(self, frame: pl.DataFrame, columns: Sequence[str]) -> FittedScaler:
        x = float_matrix(frame, columns)
        fill = medians(x)
        flagged = tuple(c for c, v in zip(columns, x.T, strict=True) if np.isnan(v).any())
        return self.fitted(
            columns=tuple(columns),
            outputs=tuple(columns) + tuple(f"{c} is missing" for c in flagged),
            fill=tuple(fill.tolist()),
            flagged=flagged,
            **self.learn(x, fill),
        )


def spread_or_one(spread: Array) -> Array:
    """A divisor: 1 where the spread is 0 or not finite."""
    return np.where((spread > 0) & np.isfinite(spread), spread, 1.0)
