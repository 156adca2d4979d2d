"""Binning: numbers to the place of their bin."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from .base import Array, transform
from .scaling import FittedScaler, Scaler

__all__ = ["Bins", "FittedBins"]


@dataclass(frozen=True, kw_only=True)
class FittedBins(FittedScaler):
    """The place of a number among edges, from 0; what lies outside is in the first or last bin.

    Args:
        edges: ascending, of each column, with both ends.
    """

    kind: ClassVar[str] = "bins"
    edges: tuple[tuple[float, ...], ...]

    def scaled(self, x: Array, column: int) -> Array:
        inner = np.array(self.edges[column][1:-1])
        place = np.searchsorted(inner, x, side="right").astype(float)
        return np.asarray(np.where(np.isnan(x), np.nan, place))


@transform("bins")
@dataclass(frozen=True, kw_only=True)
class Bins(Scaler):
    """The number of the bin that a value lies in.

    Args:
        n_bins: ≥ 2; fewer where quantiles are equal.
        by: bins of equally many training rows, or of equal width.
    """

    n_bins: int = 5
    by: Literal["quantile", "uniform"] = "quantile"
    fitted = FittedBins
    learns = ("edges",)

    def column(self, x: Array, n_rows: int) -> tuple[tuple[float, ...]]:
        if not len(x):
            return ((0.0, 0.0),)
        levels = np.linspace(0, 1, self.n_bins + 1)
        if self.by == "uniform":
            edges = np.linspace(x.min(), x.max(), self.n_bins + 1)
        else:
            edges = np.quantile(x, levels, method="averaged_inverted_cdf")
        kept = edges[np.concatenate([[True], np.diff(edges) > 1e-8])]
        return (tuple(kept.tolist() if len(kept) > 1 else [kept[0], kept[0]]),)
