"""Columns out of NumPy arrays and pandas series."""

from typing import Any

import numpy as np
import polars as pl

from ..errors import SourceError
from .objects import of_objects, plain_text
from .pictures import of_pictures

__all__ = ["of_array", "of_numpy", "of_pandas", "of_pandas_series"]

NULLABLE: dict[str, type[np.generic]] = {
    "b": np.bool_,
    "i": np.int64,
    "u": np.uint64,
    "f": np.float64,
}


def of_numpy(data: np.ndarray) -> tuple[list[object], list[pl.Series]]:
    """Names and columns of an array: structured, of one or two axes, or pictures of more."""
    if data.dtype.names:
        return list(data.dtype.names), [of_array(data[name]) for name in data.dtype.names]
    if data.ndim == 1:
        data = data[:, None]
    if data.ndim in (3, 4):
        return ["picture"], [of_pictures("picture", list(data))]
    if data.ndim != 2:
        raise SourceError(f"an array that is a table has 1 to 4 axes, not {data.ndim}")
    width = data.shape[1]
    return [f"x{i}" for i in range(width)], [of_array(data[:, i]) for i in range(width)]


def of_array(array: np.ndarray) -> pl.Series:
    """One column; masked cells, NaN and NaT are missing."""
    if array.ndim in (3, 4):
        return of_pictures("", list(array))
    if array.ndim != 1:
        raise SourceError(f"a column has 1 axis, not {array.ndim}")
    hidden = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    array = np.asarray(array)
    kind = array.dtype.kind
    if kind in "biuf":
        exotic = array.dtype.itemsize > 8 or array.dtype == np.float16
        plain = np.dtype(np.float64) if exotic else array.dtype.newbyteorder("=")
        series = pl.Series("", np.ascontiguousarray(array, dtype=plain), nan_to_null=True)
    elif kind in "mM":
        unit = "datetime64[us]" if kind == "M" else "timedelta64[us]"
        series = pl.Series("", np.ascontiguousarray(array.astype(unit)), nan_to_null=True)
    else:
        series = of_objects("", array.tolist())
    return series if hidden is None else series.set(pl.Series(hidden), None)


def of_pandas(data: Any) -> tuple[list[object], list[pl.Series]]:
    """Names and columns of a pandas frame or series, without pyarrow."""
    if not hasattr(data, "iloc") or data.ndim > 2:
        raise SourceError(f"no table can be made of a pandas {type(data).__name__}")
    if data.ndim == 1:
        return ["x0" if data.name is None else data.name], [of_pandas_series(data)]
    if data.columns.nlevels > 1:
        raise SourceError(
            f"the columns of this frame have {data.columns.nlevels} levels of names",
            hint="join the levels into one name each",
        )
    return list(data.columns), [of_pandas_series(data.iloc[:, i]) for i in range(data.shape[1])]


def of_pandas_series(series: Any) -> pl.Series:
    """One column of pandas, whatever its type."""
    dtype, kind = series.dtype, getattr(series.dtype, "kind", "O")
    if type(dtype).__name__ == "CategoricalDtype":
        labels = [plain_text(label) for label in series.cat.categories.tolist()]
        codes = pl.Series("", np.asarray(series.cat.codes), dtype=pl.Int64)
        texts = pl.Series("", labels, dtype=pl.String).gather(codes.set(codes < 0, None))
        return texts.cast(pl.Categorical)
    if type(dtype).__name__ == "DatetimeTZDtype":
        return of_array(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())
    if isinstance(dtype, np.dtype) and kind != "O":
        return of_array(series.to_numpy())
    empty = np.asarray(series.isna(), dtype=bool)
    if kind in NULLABLE:
        values = np.zeros(len(series), dtype=NULLABLE[kind])
        values[~empty] = np.asarray(series[~empty].to_numpy(dtype=NULLABLE[kind]))
        return of_array(values).set(pl.Series(empty), None)
    objects = series.astype(object).to_numpy(copy=True)
    objects[empty] = None
    return of_objects("", objects.tolist())
