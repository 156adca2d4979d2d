"""Scaling of number columns: what the scalers share; each has its own place.

Gaps stay gaps, unless the encoder has them imputed first.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, floats

if TYPE_CHECKING:
    from .impute import Imputer

__all__ = ["FittedScaler", "Scaler", "spread_or_one"]

EPS = 10 * float(np.finfo(float).eps)


@dataclass(frozen=True, kw_only=True)
class FittedScaler(Fitted):
    """A fitted scaler.

    Args:
        fills: the number that stands for a gap, by column; empty where gaps stay.
        flagged: columns with a 0/1 output of their own that says where gaps were.
    """

    fills: tuple[float, ...] = ()
    flagged: tuple[str, ...] = ()

    @abstractmethod
    def scaled(self, x: Array, column: int) -> Array:
        """(N,) numbers of one column, NaN where missing → (N,) float64."""

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        flag = len(self.columns)
        for i, column in enumerate(self.columns):
            x = floats(frame[column])
            if self.fills:
                missing = np.isnan(x)
                if missing.any():
                    x = np.where(missing, self.fills[i], x)
                if flag < len(self.outputs) and column == self.flagged[flag - len(self.columns)]:
                    out[:, flag] = missing
                    flag += 1
            out[:, i] = self.scaled(x, i)

    @property
    def owners(self) -> tuple[int, ...]:
        flags = (self.columns.index(column) for column in self.flagged)
        return (*range(len(self.columns)), *flags)

    @property
    def continuous(self) -> tuple[bool, ...]:
        return (True,) * len(self.columns) + (False,) * len(self.flagged)


class Scaler(Transform):
    """A transform of number columns."""

    fitted: ClassVar[type[FittedScaler]]
    learns: ClassVar[tuple[str, ...]]  # the fields of ``fitted`` that hold a value a column

    @abstractmethod
    def column(self, x: Array, n_rows: int) -> tuple[Any, ...]:
        """What is learnt of one column, in the order of ``learns``.

        Args:
            x: (M,) its numbers, without gaps; M may be 0.
            n_rows: with gaps.
        """

    def learn(
        self,
        frame: pl.DataFrame,
        columns: Sequence[str],
        y: Any = None,
        imputer: "Imputer | None" = None,
    ) -> FittedScaler:
        """With an imputer, gaps are filled first, and flagged if it flags."""
        learnt, fills, flagged = [], [], []
        for column in columns:
            x = floats(frame[column])
            missing = np.isnan(x)
            if imputer is not None:
                fills.append(imputer.of(x))
            if missing.any():
                x = np.where(missing, fills[-1], x) if fills else x[~missing]
                flagged += [column] * (imputer is not None and imputer.flag)
            learnt.append(self.column(x, frame.height))
        values = zip(*learnt, strict=True) if learnt else ((),) * len(self.learns)
        return self.fitted(
            columns=tuple(columns),
            outputs=(*columns, *(f"{column} is missing" for column in flagged)),
            fills=tuple(fills),
            flagged=tuple(flagged),
            **dict(zip(self.learns, values, strict=True)),
            **self.settings(),
        )

    def settings(self) -> dict[str, Any]:
        """What the fitted scaler needs to know of the scaler itself."""
        return {}


def spread_or_one(spread: float, largest: float) -> float:
    """A divisor: 1 where the spread is nothing but rounding, or not finite."""
    return spread if EPS * largest < spread < np.inf else 1.0
