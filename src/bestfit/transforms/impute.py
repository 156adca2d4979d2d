"""What stands for a missing number: the mean, the median, the commonest number, or one given."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from .affine import Unscaled
from .base import Array, Transform, transform
from .scaling import FittedScaler

__all__ = ["Constant", "Imputer", "Mean", "Median", "MostFrequent"]


@dataclass(frozen=True, kw_only=True)
class Imputer(Transform):
    """Fills the gaps of number columns.

    Args:
        flag: columns that had gaps in training get a 0/1 output that says where.
    """

    flag: bool = False

    @abstractmethod
    def value(self, known: pl.Series) -> float | None:
        """What fills the gaps of a column. known: its numbers, at least one."""

    def of(self, x: Array) -> float:
        """The same for (N,) numbers with gaps; for nothing but gaps as for a zero."""
        missing = np.isnan(x)
        known = x[~missing] if missing.any() else x
        return float(self.value(pl.Series(known if len(known) else [0.0])) or 0.0)

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedScaler:
        return Unscaled().learn(frame, columns, imputer=self)


@transform("mean")
@dataclass(frozen=True, kw_only=True)
class Mean(Imputer):
    """The mean of the training rows."""

    def value(self, known: pl.Series) -> float | None:
        return float(known.to_numpy().mean())


@transform("median")
@dataclass(frozen=True, kw_only=True)
class Median(Imputer):
    """The median of the training rows: outliers do not move it."""

    def value(self, known: pl.Series) -> float | None:
        return known.cast(pl.Float64).median()  # type: ignore[return-value]


@transform("most_frequent")
@dataclass(frozen=True, kw_only=True)
class MostFrequent(Imputer):
    """The commonest number of the training rows; of several the smallest."""

    def value(self, known: pl.Series) -> float | None:
        return known.mode().cast(pl.Float64).min()  # type: ignore[return-value]


@transform("constant")
@dataclass(frozen=True, kw_only=True)
class Constant(Imputer):
    """One number, whatever the rows hold.

    Args:
        number: that stands for what is missing.
    """

    number: float = 0.0

    def value(self, known: pl.Series) -> float | None:
        return self.number
