"""Power scaling: the exponent that makes a column most like a normal distribution.

Yeo and Johnson, "A New Family of Power Transformations", Biometrika 87, 2000.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .base import Array, transform
from .scaling import FittedScaler, Scaler, spread_or_one

__all__ = ["FittedPower", "Power"]


@dataclass(frozen=True, kw_only=True)
class FittedPower(FittedScaler):
    """The Yeo–Johnson transform, standardised.

    Args:
        exponents: λ of each column.
        shift: mean of the transformed training rows.
        scale: their standard deviation.
    """

    kind: ClassVar[str] = "power"
    exponents: tuple[float, ...]
    shift: tuple[float, ...]
    scale: tuple[float, ...]

    def scaled(self, x: Array, column: int) -> Array:
        z = yeo_johnson(x, self.exponents[column])
        return np.asarray((z - self.shift[column]) / self.scale[column])


@transform("power")
@dataclass(frozen=True, kw_only=True)
class Power(Scaler):
    """The exponent of greatest likelihood (Yeo–Johnson), then mean 0 and standard deviation 1.

    Args:
        max_rows: the exponent is that of at most so many rows, evenly drawn; None takes all.
    """

    max_rows: int | None = None
    fitted = FittedPower
    learns = ("exponents", "shift", "scale")

    def column(self, x: Array, n_rows: int) -> tuple[float, float, float]:
        if not len(x):
            return 1.0, 0.0, 1.0
        exponent = self._exponent(x)
        z = yeo_johnson(x, exponent)
        if not np.isfinite(z).all():  # the exponent overflows at the ends of the column
            exponent, z = 1.0, x
        return exponent, float(z.mean()), spread_or_one(float(z.std()), abs(float(z.mean())))

    def _exponent(self, x: Array) -> float:
        from scipy.stats import yeojohnson_normmax

        spread, mean = float(x.std()), float(x.mean())
        if spread_or_one(spread, abs(mean)) != spread:
            return 1.0
        if self.max_rows is not None:
            x = x[:: -(-len(x) // self.max_rows)]
        with np.errstate(all="ignore"):
            exponent = float(yeojohnson_normmax(x))
        return exponent if np.isfinite(exponent) else 1.0


def yeo_johnson(x: Array, exponent: float) -> Array:
    """(N,) → (N,), monotone; an exponent of 1 changes nothing.

    >>> yeo_johnson(np.array([-1.0, 0.0, 3.0]), 1.0)
    array([-1.,  0.,  3.])
    """
    from scipy.special import boxcox1p

    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(
            np.where(
                x >= 0,
                boxcox1p(np.maximum(x, 0), exponent),
                -boxcox1p(-np.minimum(x, 0), 2 - exponent),
            )
        )
