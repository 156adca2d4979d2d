"""Any object that holds a table as one polars frame with flat, uniquely named columns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from ..errors import SourceError
from .arrays import of_array, of_numpy, of_pandas, of_pandas_series
from .datasets import columns_of_dataset, is_dataset
from .objects import of_objects
from .pictures import holds_pictures, is_encoded, of_pictures

__all__ = ["tidy_names", "to_polars"]

MAX_DEPTH = 20
PATTERN = re.compile(r"\*|\^.*\$", re.DOTALL)
BLANKS = "\ufeff\u200b\u00a0 \t\r\n"


class Foreign(NamedTuple):
    """A table from elsewhere.

    Args:
        frame: flat columns with unique names.
        reading: what was renamed.
        target: the column to predict, where the object itself says which.
    """

    frame: pl.DataFrame
    reading: dict[str, object]
    target: str | None


def to_polars(data: object) -> Foreign:
    """One polars frame with unique text names and flat columns.

    Raises:
        SourceError: the object is no table, or its columns cannot be named.
    """
    names, columns, *told = columns_of_dataset(data) if is_dataset(data) else _columns_of(data)
    target = told[0] if told else None
    lengths = sorted({len(column) for column in columns})
    if len(lengths) > 1:
        raise SourceError(f"columns of different lengths: {lengths[0]} and {lengths[-1]} rows")
    tidy = tidy_names(names)
    renamed = {new: str(old) for old, new in zip(names, tidy, strict=True) if str(old) != new}
    frame = _flat([c.alias(name) for c, name in zip(columns, tidy, strict=True)])
    return Foreign(frame, {"renamed": renamed} if renamed else {}, target)


def tidy_names(names: Sequence[object]) -> list[str]:
    """Column names as unique texts without blanks around them.

    What polars would take for a pattern of names is put into brackets.

    >>> tidy_names([" age ", "age", 7, "", "*"])
    ['age', 'age_2', '7', 'column_4', '[*]']
    """
    plain = [str(name).strip(BLANKS) for name in names]
    plain = [f"[{name}]" if PATTERN.fullmatch(name) else name for name in plain]
    taken: set[str] = set()
    tidy = []
    for position, name in enumerate(plain, start=1):
        stem = name or f"column_{position}"
        fresh, copy = stem, 1
        while fresh in taken or (copy > 1 and fresh in plain):
            copy += 1
            fresh = f"{stem}_{copy}"
        taken.add(fresh)
        tidy.append(fresh)
    return tidy


def _flat(columns: list[pl.Series]) -> pl.DataFrame:
    """Nested records become columns ``a.b``, lists become texts, NaN becomes missing."""
    while any(isinstance(series.dtype, pl.Struct) for series in columns):
        parts: list[pl.Series] = []
        for series in columns:
            if isinstance(series.dtype, pl.Struct):
                fields = series.struct.unnest()
                parts += [field.alias(f"{series.name}.{field.name}") for field in fields]
            else:
                parts.append(series)
        names = tidy_names([part.name for part in parts])
        columns = [part.alias(name) for part, name in zip(parts, names, strict=True)]
    return pl.DataFrame([_flat_series(series) for series in columns])


def _flat_series(series: pl.Series) -> pl.Series:
    dtype = series.dtype
    if dtype.is_float():
        return series.fill_nan(None)
    if dtype.is_decimal():
        return series.cast(pl.Float64)
    if dtype == pl.Binary and all(map(is_encoded, series.drop_nulls())):
        return series
    if dtype == pl.Object or dtype.is_nested() or dtype == pl.Binary:
        return of_objects(series.name, series.to_list())
    return series


def _columns_of(data: object) -> tuple[Sequence[object], list[pl.Series]]:
    """Names as they are, and columns, of any object that holds a table."""
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.Series):
        data = data.to_frame()
    if isinstance(data, Iterator) and not hasattr(data, "__arrow_c_stream__"):
        data = list(data)
    if _home(data) == "pyarrow" and hasattr(data, "to_table"):
        data = data.to_table()  # a data set of files, or a scanner
    if isinstance(data, pl.DataFrame):
        return data.columns, data.get_columns()
    if _home(data) == "pandas":
        return of_pandas(data)
    if isinstance(data, Mapping):
        return list(data), _of_mapping(data)
    if isinstance(data, np.ndarray):
        return of_numpy(data)
    if isinstance(data, list | tuple) and data and all(isinstance(r, Mapping) for r in data):
        return _of_records(data)
    if hasattr(data, "__arrow_c_stream__"):
        frame: pl.DataFrame = pl.DataFrame(data)
        return frame.columns, frame.get_columns()
    if hasattr(data, "__array__"):
        return of_numpy(np.asarray(data))
    if isinstance(data, list | tuple) and holds_pictures(data):
        return ["picture"], [of_pictures("picture", data)]
    raise SourceError(
        f"no table can be made of a {type(data).__name__}",
        hint="pandas, polars, Arrow, NumPy, a dict of columns, records, or a data set of torch",
    )


def _home(value: object) -> str:
    return type(value).__module__.partition(".")[0]


def _of_mapping(data: Mapping[Any, Any]) -> list[pl.Series]:
    """Columns; or, where no value is a sequence, the cells of one row."""
    if data and not any(_is_column(value) for value in data.values()):
        return [of_objects("", [value]) for value in data.values()]
    return [_of_column(key, value) for key, value in data.items()]


def _is_column(value: object) -> bool:
    if hasattr(value, "__array__") and hasattr(value, "ndim"):
        return bool(value.ndim > 0)
    sequence = isinstance(value, Sequence) and not isinstance(value, str | bytes)
    return sequence or isinstance(value, pl.Series) or hasattr(value, "iloc")


def _of_column(name: object, value: object) -> pl.Series:
    if isinstance(value, pl.Series):
        return value
    if _home(value) == "pandas":
        return of_pandas_series(value)
    if isinstance(value, np.ndarray):
        return of_array(value)
    if hasattr(value, "__array__") and hasattr(value, "ndim"):
        return of_array(np.asarray(value))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return of_objects("", list(value))
    problem = f"a column must be a list or an array, not a {type(value).__name__}"
    raise SourceError(problem, where=str(name))


def _of_records(
    records: Sequence[Mapping[Any, Any]], prefix: str = "", depth: int = 0
) -> tuple[list[object], list[pl.Series]]:
    """Columns of records; those of records inside records are named ``outer.inner``."""
    names: list[object] = []
    columns: list[pl.Series] = []
    for key in dict.fromkeys(chain.from_iterable(records)):
        cells = [record.get(key) for record in records]
        if depth < MAX_DEPTH and any(issubclass(kind, Mapping) for kind in set(map(type, cells))):
            inner = [cell if isinstance(cell, Mapping) else {} for cell in cells]
            deeper, parts = _of_records(inner, f"{prefix}{key}.", depth + 1)
            names, columns = names + deeper, columns + parts
            cells = [None if isinstance(cell, Mapping) else cell for cell in cells]
            if all(cell is None for cell in cells):
                continue
        names.append(f"{prefix}{key}" if prefix else key)
        columns.append(of_objects("", cells))
    return names, columns
