"""Rows that are alike in the target: its classes, or quantile bins of a number."""

import numpy as np
import numpy.typing as npt
import polars as pl

from ..table import Table, Target

__all__ = ["strata"]

MAX_BINS = 20
MIN_BIN_ROWS = 10
QUANTILE_ROWS = 100_000  # enough to place 20 bins


def strata(table: Table, target: Target) -> npt.NDArray[np.integer]:
    """The stratum of each row, from 0; rows without a target are one more stratum.

    >>> table = Table.of({"y": ["no", "yes", None, "no"]})
    >>> strata(table, Target("y", "binary", ("no", "yes"))).tolist()
    [0, 1, 2, 0]
    """
    column = table.frame[target.name]
    if target.task == "regression":
        return _bins(column.cast(pl.Float64).to_numpy())
    code = column.cast(pl.String).cast(pl.Enum(target.classes), strict=False).to_physical()
    dtype = np.uint16 if len(target.classes) < 2**16 else np.uint32  # 16 bits sort in linear time
    return code.cast(pl.UInt32).fill_null(len(target.classes)).to_numpy().astype(dtype)


def _bins(value: npt.NDArray[np.float64]) -> npt.NDArray[np.integer]:
    known = value[np.isfinite(value)]
    n_bins = min(MAX_BINS, len(known) // MIN_BIN_ROWS)
    if n_bins < 2:
        return np.isnan(value).astype(np.uint16)
    some = known[:: -(-len(known) // QUANTILE_ROWS)]
    edges = np.unique(np.quantile(some, np.linspace(0, 1, n_bins + 1)[1:-1], method="lower"))
    bins = np.searchsorted(edges, value, side="left").astype(np.uint16)
    bins[np.isnan(value)] = len(edges) + 1
    return bins
