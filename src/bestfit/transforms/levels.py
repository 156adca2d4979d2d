"""The levels of a category, and the place of each row's level among them."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from .base import Array

__all__ = ["MISSING", "UNSEEN", "all_codes", "by_name", "by_rows", "codes_of", "counted", "texts",
           "with_gaps"]  # fmt: skip

MISSING, UNSEEN = -1, -2
ENUM_LEVELS = 2048  # more are looked up in a table that is made anew for each call


def with_gaps(column: pl.Series) -> pl.Series:
    """NaN is missing."""
    return column.fill_nan(None) if column.dtype.is_float() else column


def texts(column: pl.Series) -> pl.Series:
    """Any column as the texts of its values; NaN is missing."""
    column = with_gaps(column)
    return column if column.dtype == pl.String else column.cast(pl.String)


def counted(column: pl.Series, min_count: int) -> pl.DataFrame:
    """``level`` and ``n``, the levels that occur at least ``min_count`` times, in no order."""
    counts = with_gaps(column).alias("level").drop_nulls().value_counts(name="n")
    return counts.filter(pl.col("n") >= min_count)


def by_rows(column: pl.Series, min_count: int) -> tuple[str, ...]:
    """Levels, the commonest first, ties by name."""
    counts = counted(texts(column), min_count)
    return tuple(counts.sort(["n", "level"], descending=[True, False])["level"].to_list())


def by_name(column: pl.Series, min_count: int = 1) -> tuple[str, ...]:
    """Levels in the order of their values."""
    column = with_gaps(column) if min_count <= 1 else counted(column, min_count)["level"]
    return tuple(texts(column.unique().drop_nulls().sort()).to_list())


def codes_of(column: pl.Series, levels: Sequence[str]) -> Array:
    """(N,) int64: the position in ``levels``; −1 for missing, −2 for a level not among them.

    >>> codes_of(pl.Series(["b", None, "new"]), ("a", "b")).tolist()
    [1, -1, -2]
    """
    return next(all_codes(column.alias("level").to_frame(), ["level"], [levels]))


def all_codes(
    frame: pl.DataFrame, columns: Sequence[str], levels: Sequence[Sequence[str]]
) -> Iterator[Array]:
    """The same for several columns: one query, as each costs as much as a thousand rows."""
    cells = [texts(frame[column]).alias(str(i)) for i, column in enumerate(columns)]
    places = pl.DataFrame(cells).select(
        _place(str(i), tuple(known)) for i, known in enumerate(levels)
    )
    for column, place in zip(cells, places, strict=True):
        if not place.null_count():
            yield place.to_numpy().astype(np.int64)
            continue
        found = place.cast(pl.Float64).to_numpy()  # NaN where nothing was found
        code = np.where(np.isnan(found), UNSEEN, found).astype(np.int64)
        if column.null_count():
            code[column.is_null().to_numpy()] = MISSING
        yield code


@lru_cache(maxsize=4096)
def _place(name: str, levels: tuple[str, ...]) -> pl.Expr:
    if len(levels) <= ENUM_LEVELS:
        return pl.col(name).cast(pl.Enum(levels), strict=False).to_physical().cast(pl.UInt32)
    places = range(len(levels))
    return pl.col(name).replace_strict(list(levels), places, default=None, return_dtype=pl.UInt32)
