"""Python objects as cells of a column."""

import json
import math
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from .pictures import holds_pictures, is_encoded, of_pictures

__all__ = ["of_objects", "plain_text"]


def of_objects(name: str, values: list[Any]) -> pl.Series:
    """A column of Python objects: numbers, truths, moments or texts; a mixture becomes texts.

    >>> of_objects("a", [1, None, 2.5]).to_list(), of_objects("b", [1, "x"]).to_list()
    ([1.0, None, 2.5], ['1', 'x'])
    """
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        return pl.Series(name, values, dtype=pl.String)
    if kinds == {float}:
        return pl.Series(name, values, dtype=pl.Float64).fill_nan(None)
    if kinds == {bytes} and all(is_encoded(value) for value in values if value is not None):
        return pl.Series(name, values, dtype=pl.Binary)
    if not kinds <= {int, float, bool, str}:
        if holds_pictures(values):
            return of_pictures(name, values)
        values = [None if _is_missing(value) else _plain(value) for value in values]
        kinds = set(map(type, values)) - {type(None)}
    if not kinds:
        return pl.Series(name, values, dtype=pl.Null)
    if kinds == {bool}:
        return pl.Series(name, values, dtype=pl.Boolean)
    if kinds == {int}:
        with suppress(OverflowError, TypeError):  # beyond 64 bits
            return pl.Series(name, values, dtype=pl.Int64)
    if kinds <= {int, float, Decimal, bool} and kinds != {int}:
        numbers = [None if value is None else float(value) for value in values]
        return pl.Series(name, numbers, dtype=pl.Float64).fill_nan(None)
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
    value = _plain(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, list | tuple | set | np.ndarray):
        return ", ".join(plain_text(item) or "" for item in value)
    return str(value)


def _is_missing(value: object) -> bool:
    if isinstance(value, float | np.floating):
        return math.isnan(value)
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return type(value).__name__ in ("NAType", "NaTType")


def _plain(value: Any) -> Any:
    """A NumPy scalar or a pandas timestamp as the Python value it stands for."""
    if isinstance(value, np.datetime64 | np.timedelta64):
        return value.astype(f"{value.dtype.str[1:].partition('[')[0]}[us]").item()
    if isinstance(value, np.generic):
        return value.item()
    if hasattr(value, "to_pydatetime"):
        return value.to_pydatetime(warn=False)
    return value.to_pytimedelta() if hasattr(value, "to_pytimedelta") else value


def _moment(value: "datetime | date | None") -> datetime | None:
    """A moment without a zone; one with a zone is told in UTC."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    offset = value.utcoffset()
    return value if offset is None else value.replace(tzinfo=None) - offset
