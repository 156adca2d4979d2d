"""An answer in the kind of the question."""

import sys
from typing import Any

import numpy as np
import polars as pl

__all__ = ["like"]


def like(data: object, frame: pl.DataFrame) -> object:
    """A frame in the kind of ``data``: pandas, Arrow, NumPy; polars for everything else.

    A pandas index is kept when the lengths agree. One column answers a series with a series,
    and an array with a vector.

    >>> like(np.zeros((2, 3)), pl.DataFrame({"prediction": [1.5, 2.5]}))
    array([1.5, 2.5])
    """
    home = type(data).__module__.partition(".")[0]
    if home == "pandas":
        return _to_pandas(data, frame)
    if home == "pyarrow":
        return frame.to_arrow()
    if isinstance(data, np.ndarray):
        return _to_numpy(frame)
    if isinstance(data, pl.LazyFrame):
        return frame.lazy()
    if isinstance(data, pl.Series) and frame.width == 1:
        return frame.to_series()
    return frame


def _to_numpy(frame: pl.DataFrame) -> np.ndarray:
    columns = [
        np.array(s.to_list(), dtype=object) if s.dtype == pl.String else s.to_numpy() for s in frame
    ]
    if len(columns) == 1:
        return columns[0]
    plain = all(column.dtype != object for column in columns)
    return np.column_stack([c if plain else c.astype(object) for c in columns])


def _to_pandas(data: Any, frame: pl.DataFrame) -> object:
    pandas = sys.modules["pandas"]
    index = data.index if len(data) == frame.height else None
    columns = {}
    for series in frame:
        plain = series.dtype.is_numeric() or series.dtype.is_temporal()
        values = series.to_numpy() if plain else series.to_list()
        columns[series.name] = pandas.Series(values, index=index, name=series.name)
    if data.ndim == 1 and frame.width == 1:
        return columns[frame.columns[0]]
    return pandas.DataFrame(columns, index=index)
