"""Scalers that shift and divide: standard, min-max, maximum, robust, and none."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .base import Array, transform
from .scaling import FittedScaler, Scaler, spread_or_one

__all__ = ["FittedAffine", "MaxAbs", "MinMax", "Robust", "Standard", "Unscaled"]


@dataclass(frozen=True, kw_only=True)
class FittedAffine(FittedScaler):
    """``(x − shift) / scale``, then an optional smooth clip ``z / √(1 + (z/clip)²)``.

    Args:
        shift: one number a column.
        scale: one positive number a column.
        clip: bound of the result, or None.
    """

    kind: ClassVar[str] = "affine"
    shift: tuple[float, ...]
    scale: tuple[float, ...]
    clip: float | None = None

    def scaled(self, x: Array, column: int) -> Array:
        z: Array = (x - self.shift[column]) / self.scale[column]
        return z if self.clip is None else z / np.sqrt(1 + (z / self.clip) ** 2)


class Affine(Scaler):
    """A scaler that shifts and divides."""

    fitted = FittedAffine
    learns = ("shift", "scale")


@transform("standard")
@dataclass(frozen=True, kw_only=True)
class Standard(Affine):
    """Subtract the mean, divide by the standard deviation of the training rows."""

    def column(self, x: Array, n_rows: int) -> tuple[float, float]:
        if not len(x):
            return 0.0, 1.0
        return float(x.mean()), spread_or_one(float(x.std()), abs(float(x.mean())))


@transform("min_max")
@dataclass(frozen=True, kw_only=True)
class MinMax(Affine):
    """Map the training range to 0 … 1; later values may lie outside."""

    def column(self, x: Array, n_rows: int) -> tuple[float, float]:
        if not len(x):
            return 0.0, 1.0
        low, high = float(x.min()), float(x.max())
        return low, spread_or_one(high - low, max(abs(low), abs(high)))


@transform("max_abs")
@dataclass(frozen=True, kw_only=True)
class MaxAbs(Affine):
    """Divide by the largest size among the training rows; zero stays zero."""

    def column(self, x: Array, n_rows: int) -> tuple[float, float]:
        return 0.0, spread_or_one(float(np.abs(x).max(initial=0.0)), 0.0)


@transform("robust")
@dataclass(frozen=True, kw_only=True)
class Robust(Affine):
    """Subtract the median, divide by the interquartile range.

    With ``clip`` as in RealMLP (Holzmüller et al., "Better by Default", NeurIPS 2024): outliers
    are clipped smoothly, and where the quartiles are equal, half the range divides.

    Args:
        clip: bound that outliers approach; > 0. None leaves them where they are.
    """

    clip: float | None = None

    def column(self, x: Array, n_rows: int) -> tuple[float, float]:
        if not len(x):
            return 0.0, 1.0
        low, middle, high = np.quantile(x, [0.25, 0.5, 0.75]).tolist()
        largest = max(abs(low), abs(high))
        if self.clip is not None and high <= low:
            low, high = 0.0, float(x.max() - x.min()) / 2
        return middle, spread_or_one(high - low, largest)

    def settings(self) -> dict[str, Any]:
        return {"clip": self.clip}


@transform("none")
@dataclass(frozen=True, kw_only=True)
class Unscaled(Affine):
    """Leave numbers as they are."""

    def column(self, x: Array, n_rows: int) -> tuple[float, float]:
        return 0.0, 1.0
