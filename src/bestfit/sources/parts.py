"""Several files of one table."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from ..errors import SourceError
from ..table import Table
from .file import File

__all__ = ["joined", "reading_of", "stacked", "with_cells"]

NAMED = 5
ONCE = ("format", "compression", "encoding", "delimiter", "quote", "header")


def joined(tables: Sequence[Table], files: Sequence[File], origin: str) -> Table:
    """The rows of all parts, one after the other, under the union of their columns.

    A column that is missing in a part is missing in its rows, and is noted; a column whose type
    differs between parts becomes text where no other type holds both.
    """
    pairs = zip(tables, files, strict=True)
    tables = [with_cells(table, file.partition) for table, file in pairs]
    try:
        frame = stacked([table.frame for table in tables])
    except pl.exceptions.PolarsError:
        raise SourceError("the parts do not make one table", where=origin) from None
    return Table(frame, origin, reading_of(tables, frame.columns))


def stacked(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rows under the union of their columns; a column that is text somewhere is text."""
    names = list(dict.fromkeys(name for frame in frames for name in frame.columns))
    texts = {name for frame in frames for name, dtype in frame.schema.items() if dtype == pl.String}
    alike = [
        frame.with_columns(
            _spelt(frame[name])
            for name, dtype in frame.schema.items()
            if name in texts and dtype != pl.String
        )
        for frame in frames
    ]
    return pl.concat(alike, how="diagonal_relaxed", rechunk=True).select(names)


def _added(values: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Counts by cause added up, at any depth; of all else what the first part says."""
    together: dict[str, object] = {}
    for name in dict.fromkeys(name for value in values for name in value):
        found = [value[name] for value in values if name in value]
        if all(isinstance(item, Mapping) for item in found):
            together[name] = _added([item for item in found if isinstance(item, Mapping)])
        elif all(isinstance(item, int) for item in found):
            together[name] = sum(item for item in found if isinstance(item, int))
        else:
            together[name] = found[0]
    return together


def _spelt(series: pl.Series) -> pl.Series:
    """Cells as texts; whole numbers without a point, as cells of many kinds are spelt."""
    texts = series.cast(pl.String)
    if not series.dtype.is_float():
        return texts
    whole = ((series == series.floor()) & (series.abs() < 2**53)).fill_null(False)
    return series.cast(pl.Int64, strict=False).cast(pl.String).zip_with(whole, texts)


def with_cells(table: Table, cells: Mapping[str, str]) -> Table:
    """The table with these cells in every row, where it has no such columns itself."""
    added = [pl.lit(cell).alias(name) for name, cell in cells.items() if name not in table.columns]
    return replace(table, frame=table.frame.with_columns(added)) if added else table


def reading_of(tables: Sequence[Table], names: Sequence[str]) -> dict[str, object]:
    """Counts are added up; what all parts share is said once, what differs is listed."""
    merged: dict[str, object] = {"parts": len(tables)}
    for key in dict.fromkeys(key for table in tables for key in table.reading):
        values = [table.reading[key] for table in tables if key in table.reading]
        if key in ONCE or any(value != values[0] for value in values):
            counts = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
            if len(counts) == len(values):
                merged[key] = sum(counts)
            elif len({repr(value) for value in values}) == 1:
                merged[key] = values[0]
            elif isinstance(values[0], Mapping):
                merged[key] = _added([v for v in values if isinstance(v, Mapping)])
            elif all(isinstance(v, list) for v in values):
                merged[key] = [item for v in values if isinstance(v, list) for item in v]
            elif all(isinstance(v, str | None) for v in values):
                merged[key] = ", ".join(dict.fromkeys(str(v) for v in values))
            else:
                merged[key] = values[:NAMED]
        elif isinstance(values[0], int) and not isinstance(values[0], bool):
            merged[key] = sum(v for v in values if isinstance(v, int))
        else:
            merged[key] = values[0]
    missing = {
        name: sum(name not in table.columns for table in tables)
        for name in names
        if any(name not in table.columns for table in tables)
    }
    if missing:
        merged["missing_in_parts"] = missing
    return merged
