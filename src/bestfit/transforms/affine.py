"""Scalers that shift and divide: standard, min-max, robust, and none."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .base import Array, transform
from .scaling import FittedScaler, Scaler, spread_or_one

__all__ = ["FittedAffine", "MinMax", "Robust", "Standard", "Unscaled"]


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

    def scaled(self, x: Array) -> Array:
        z: Array = (x - np.array(self.shift)) / np.array(self.scale)
        return z if self.clip is None else z / np.sqrt(1 + (z / self.clip) ** 2)


@transform("standard")
@dataclass(frozen=True, kw_only=True)
class Standard(Scaler):
    """Subtract the mean, divide by the standard deviation of the imputed training column."""

    fitted = FittedAffine

    def learn(self, x: Array, fill: Array) -> dict[str, Any]:
        x = np.where(np.isnan(x), fill, x)
        return _affine(x.mean(axis=0), x.std(axis=0))


@transform("min_max")
@dataclass(frozen=True, kw_only=True)
class MinMax(Scaler):
    """Map the training range to 0 … 1; later values may lie outside."""

    fitted = FittedAffine

    def learn(self, x: Array, fill: Array) -> dict[str, Any]:
        x = np.where(np.isnan(x), fill, x)
        return _affine(x.min(axis=0), x.max(axis=0) - x.min(axis=0))


@transform("robust")
@dataclass(frozen=True, kw_only=True)
class Robust(Scaler):
    """Subtract the median, divide by the interquartile range, clip smoothly.

    As in RealMLP (Holzmüller et al., "Better by Default", NeurIPS 2024): where the quartiles
    are equal, half the range divides.

    Args:
        clip: bound that outliers approach; > 0.
    """

    clip: float = 3.0
    fitted = FittedAffine

    def learn(self, x: Array, fill: Array) -> dict[str, Any]:
        x = np.where(np.isnan(x), fill, x)
        low, high = np.quantile(x, [0.25, 0.75], axis=0)
        half_range = (x.max(axis=0) - x.min(axis=0)) / 2
        spread = np.where(high > low, high - low, half_range)
        return {**_affine(fill, spread), "clip": self.clip}


@transform("none")
@dataclass(frozen=True, kw_only=True)
class Unscaled(Scaler):
    """Leave numbers as they are (missing ones are still imputed and flagged)."""

    fitted = FittedAffine

    def learn(self, x: Array, fill: Array) -> dict[str, Any]:
        return _affine(np.zeros(x.shape[1]), np.ones(x.shape[1]))


def _affine(shift: Array, scale: Array) -> dict[str, Any]:
    return {"shift": tuple(shift.tolist()), "scale": tuple(spread_or_one(scale).tolist())}
