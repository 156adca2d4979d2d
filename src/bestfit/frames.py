"""The door for foreign frames: every kind becomes one polars frame, and answers go back in kind.

No foreign package is imported here: an object is known by its own class, and pandas frames are
read through NumPy, so that neither pandas nor pyarrow needs to be installed.
"""

import math
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from .errors import SourceError

__all__ = ["like", "of_objects", "plain_text", "tidy_names", "to_polars"]


def to_polars(data: object) -> tuple[pl.DataFrame, dict[str, object]]:
    """One polars frame with unique text names and flat columns, and a note of what was renamed.

    Raises:
        SourceError: the object is no table, or its columns cannot be named.
    """
    names, columns = _columns_of(data)
    tidy = tidy_names(names)
    lengths = sorted({len(column) for column in columns})
    if len(lengths) > 1:
        raise SourceError(f"columns of different lengths: {lengths[0]} and {lengths[-1]} rows")
    frame = flat(pl.DataFrame([c.alias(name) for c, name in zip(columns, tidy, strict=True)]))
    renamed = {new: str(old) for old, new in zip(names, tidy, strict=True) if str(old) != new}
    return frame, {"renamed": renamed} if renamed else {}


def tidy_names(names: Sequence[object]) -> list[str]:
    """Column names as unique texts without blanks around them.

    >>> tidy_names([" age ", "age", 7, ""])
    ['age', 'age_2', '7', 'column_4']
    """
    taken: set[str] = set()
    plain = [str(name).strip("\ufeff \t\r\n\u00a0") for name in names]
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


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Nested records become columns ``a.b``, lists become texts, NaN becomes missing."""
    while structs := [n for n, dtype in frame.schema.items() if isinstance(dtype, pl.Struct)]:
        parts: list[pl.Series] = []
        for series in frame:
            if series.name in structs:
                fields = series.struct.unnest()
                parts += [f.alias(f"{series.name}.{f.name}") for f in fields]
            else:
                parts.append(series)
        frame = pl.DataFrame(
            [p.alias(n) for p, n in zip(parts, tidy_names([p.name for p in parts]), strict=True)]
        )
    return pl.DataFrame([_flat_series(series) for series in frame])


def _flat_series(series: pl.Series) -> pl.Series:
    dtype = series.dtype
    if dtype.is_float():
        return series.fill_nan(None)
    if dtype.is_decimal():
        return series.cast(pl.Float64)
    if dtype == pl.Object or dtype.is_nested() or dtype == pl.Binary:
        return of_objects(series.name, series.to_list())
    return series


def _columns_of(data: object) -> tuple[Sequence[object], list[pl.Series]]:
    """Names, as they are, and columns of any object that holds a table."""
    home = type(data).__module__.partition(".")[0]
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.Series):
        data = data.to_frame()
    if isinstance(data, pl.DataFrame):
        return data.columns, data.get_columns()
    if home == "pandas":
        return _of_pandas(data)
    if isinstance(data, Mapping):
        return list(data), _of_mapping(data)
    if isinstance(data, np.ndarray):
        return _of_numpy(data)
    if isinstance(data, list | tuple) and data and all(isinstance(r, Mapping) for r in data):
        return _of_records(data)
    if hasattr(data, "__arrow_c_stream__"):
        frame: pl.DataFrame = pl.DataFrame(data)
        return frame.columns, frame.get_columns()
    if hasattr(data, "__array__"):
        return _of_numpy(np.asarray(data))
    raise SourceError(
        f"no table can be made of a {type(data).__name__}",
        hint="pandas, polars, Arrow, NumPy, a dict of columns, or a list of dicts",
    )


def _of_mapping(data: Mapping[Any, Any]) -> list[pl.Series]:
    scalar = (str, bytes, int, float, bool, type(None), date, time, Decimal, np.generic)
    if data and all(isinstance(value, scalar) for value in data.values()):
        return [of_objects("", [value]) for value in data.values()]
    return [_of_column(key, value) for key, value in data.items()]


def _of_column(name: object, value: object) -> pl.Series:
    if isinstance(value, pl.Series):
        return value
    if type(value).__module__.partition(".")[0] == "pandas":
        return _of_pandas_series(value)
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return _of_array(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return of_objects("", list(value))
    raise SourceError(
        f"a column must be a list or an array, not a {type(value).__name__}", where=str(name)
    )


def _of_records(records: Sequence[Mapping[Any, Any]]) -> tuple[list[object], list[pl.Series]]:
    rows = [_flat_record(record) for record in records]
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return list(names), [of_objects("", [row.get(name) for row in rows]) for name in names]


def _flat_record(record: Mapping[Any, Any], prefix: str = "") -> dict[str, object]:
    flat_row: dict[str, object] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            flat_row.update(_flat_record(value, f"{prefix}{key}."))
        else:
            flat_row[f"{prefix}{key}"] = value
    return flat_row


def _of_numpy(data: np.ndarray) -> tuple[list[object], list[pl.Series]]:
    if data.dtype.names:
        return list(data.dtype.names), [_of_array(data[name]) for name in data.dtype.names]
    if data.ndim == 1:
        data = data[:, None]
    if data.ndim != 2:
        raise SourceError(f"an array of a table has 1 or 2 axes, not {data.ndim}")
    width = data.shape[1]
    return [f"x{i}" for i in range(width)], [_of_array(data[:, i]) for i in range(width)]


def _of_array(array: np.ndarray) -> pl.Series:
    """One column of an array; masked cells and NaN are missing."""
    hidden = np.ma.getmaskarray(array) if isinstance(array, np.ma.MaskedArray) else None
    array = np.asarray(array)
    kind = array.dtype.kind
    if kind in "biuf":
        if array.dtype.itemsize > 8 or array.dtype == np.float16:
            array = array.astype(np.float64)
        series = pl.Series("", np.ascontiguousarray(array), nan_to_null=True)
    elif kind in "mM":
        unit = array.dtype.str[1:].partition("[")[0]
        series = pl.Series("", np.ascontiguousarray(array).astype(f"{unit}[us]"), nan_to_null=True)
    else:
        series = of_objects("", array.tolist())
    return series if hidden is None else series.set(pl.Series(hidden), None)


def _of_pandas(data: Any) -> tuple[list[object], list[pl.Series]]:
    if not hasattr(data, "dtypes"):
        raise SourceError(f"no table can be made of a pandas {type(data).__name__}")
    if data.ndim == 1:
        return ["x0" if data.name is None else data.name], [_of_pandas_series(data)]
    if getattr(data.columns, "nlevels", 1) > 1:
        raise SourceError(
            "the columns have more than one level",
            where=f"{data.columns.nlevels} levels of names",
            hint="join the levels into one name each",
        )
    return list(data.columns), [_of_pandas_series(data.iloc[:, i]) for i in range(data.shape[1])]


def _of_pandas_series(series: Any) -> pl.Series:
    dtype, kind = series.dtype, getattr(series.dtype, "kind", "O")
    empty = np.asarray(series.isna(), dtype=bool)
    if type(dtype).__name__ == "CategoricalDtype":
        labels = of_objects("", [plain_text(label) for label in series.cat.categories.tolist()])
        codes = pl.Series("", np.asarray(series.cat.codes), dtype=pl.Int64)
        codes = codes.set(codes < 0, None)
        return labels.cast(pl.String).gather(codes).cast(pl.Categorical)
    if type(dtype).__name__ == "DatetimeTZDtype":
        return _of_array(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())
    if isinstance(dtype, np.dtype) and kind != "O":
        return _of_array(series.to_numpy())
    if kind in "biuf":  # nullable and sparse numbers
        plain = {"b": np.bool_, "i": np.int64, "u": np.uint64, "f": np.float64}[kind]
        values = np.zeros(len(series), dtype=plain)
        values[~empty] = np.asarray(series[~empty].to_numpy(dtype=plain))
        return _of_array(values).set(pl.Series(empty), None)
    objects = series.astype(object).to_numpy(copy=True)
    objects[empty] = None
    return of_objects("", objects.tolist())


def of_objects(name: str, values: list[Any]) -> pl.Series:
    """A column of Python objects: numbers, truths, times or texts; a mixture becomes texts."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str}:
        return pl.Series(name, values, dtype=pl.String)
    values = [None if _is_missing(value) else _plain(value) for value in values]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds <= {int} and all(abs(value) < 2**63 for value in values if value is not None):
        return pl.Series(name, values, dtype=pl.Int64)
    if kinds <= {int, float, Decimal, bool} and kinds != {int}:
        return pl.Series(name, [None if v is None else float(v) for v in values], dtype=pl.Float64)
    if kinds <= {datetime, date}:
        return pl.Series(name, [_moment(value) for value in values], dtype=pl.Datetime("us"))
    if kinds == {timedelta}:
        return pl.Series(name, values, dtype=pl.Duration("us"))
    return pl.Series(name, [plain_text(value) for value in values], dtype=pl.String)


def plain_text(value: object) -> str | None:
    """A value as the text it has in a file: whole numbers without a point, ISO times.

    >>> plain_text(1.0), plain_text(0.5), plain_text(True), plain_text(["a", 1])
    ('1', '0.5', 'True', 'a, 1')
    """
    if value is None or _is_missing(value):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, list | tuple | set | np.ndarray):
        return ", ".join(plain_text(item) or "" for item in value)
    return str(value)


def _is_missing(value: object) -> bool:
    if isinstance(value, float | np.floating):
        return math.isnan(value)
    return type(value).__name__ in ("NAType", "NaTType") or (
        isinstance(value, Decimal | np.datetime64 | np.timedelta64) and bool(value != value)
    )


def _plain(value: Any) -> Any:
    """A NumPy scalar or a pandas timestamp as the Python value it stands for."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, datetime) and type(value) is not datetime:
        return value.to_pydatetime(warn=False) if hasattr(value, "to_pydatetime") else value
    return value


def _moment(value: "datetime | date | None") -> datetime | None:
    """A time without a zone; one with a zone is told in UTC."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    offset = value.utcoffset()
    return value if offset is None else value.replace(tzinfo=None) - offset


def like(data: object, frame: pl.DataFrame) -> object:
    """A frame in the kind of ``data``: pandas, Arrow, NumPy; polars for everything else.

    A pandas index is kept when the lengths agree; one column answers a Series or a vector.
    """
    home = type(data).__module__.partition(".")[0]
    if home == "pandas":
        return _to_pandas(data, frame)
    if home == "pyarrow":
        return frame.to_arrow()
    if isinstance(data, np.ndarray):
        return frame.to_series().to_numpy() if frame.width == 1 else frame.to_numpy()
    if isinstance(data, pl.LazyFrame):
        return frame.lazy()
    if isinstance(data, pl.Series) and frame.width == 1:
        return frame.to_series()
    return frame


def _to_pandas(data: Any, frame: pl.DataFrame) -> object:
    pandas = sys.modules["pandas"]
    index = data.index if len(data) == frame.height else None
    columns = {}
    for series in frame:
        plain = series.dtype.is_numeric() and not series.null_count()
        values = series.to_numpy() if plain or series.dtype.is_temporal() else series.to_list()
        columns[series.name] = pandas.Series(values, index=index, name=series.name)
    if data.ndim == 1 and frame.width == 1:
        return columns[frame.columns[0]]
    return pandas.DataFrame(columns, index=index)
