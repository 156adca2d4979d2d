"""What files of typed columns have in common."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl

from ..errors import SourceError
from ..table import Table
from .file import File

__all__ = ["bytes_of", "read_chunks", "read_columns"]

CHUNK_ROWS = 100_000
TEXT_BYTES, NESTED_BYTES = 24, 64  # of a cell, about
DAMAGE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)

Scan = Callable[[Path], pl.LazyFrame]


def read_columns(file: File, form: str, read: Callable[[Path | io.BytesIO], pl.DataFrame]) -> Table:
    """A table with the types that its file declares.

    Raises:
        SourceError: the file is damaged, or holds no rows.
    """
    try:
        frame = read(file.local or io.BytesIO(b"" if file.ranged else file.data))
    except DAMAGE as error:
        raise _damaged(file, form, error) from None
    if not frame.height:
        raise SourceError("only a header, no rows", where=file.name)
    return _table(frame, file, form)


def read_chunks(file: File, form: str, scan: Scan) -> Iterator[Table] | None:
    """The same rows, some at a time; None where the file cannot be read as it lies there."""
    return None if file.local is None else _chunks(file, form, scan(file.local))


def _chunks(file: File, form: str, rows: pl.LazyFrame) -> Iterator[Table]:
    last: Table | None = None
    try:
        for frame in rows.collect_batches(chunk_size=CHUNK_ROWS):
            if last is not None:
                yield replace(last, reading={})
            last = _table(frame, file, form) if frame.height else last
    except DAMAGE as error:
        raise _damaged(file, form, error) from None
    if last is None:
        raise SourceError("only a header, no rows", where=file.name)
    yield last


def bytes_of(file: File, scan: Scan) -> int:
    """About how much memory the rows take; 0 where that is not known."""
    if file.local is None:
        return 0
    try:
        rows = scan(file.local)
        types, n_rows = rows.collect_schema().dtypes(), rows.select(pl.len()).collect().item()
    except DAMAGE:
        return 0
    wide = {True: NESTED_BYTES, False: 8}
    cells = (TEXT_BYTES if dtype == pl.String else wide[dtype.is_nested()] for dtype in types)
    return max(1, int(n_rows) * sum(cells))


def _table(frame: pl.DataFrame, file: File, form: str) -> Table:
    table = Table.of(frame, file.name)
    return replace(table, reading={**table.reading, **file.reading(form)})


def _damaged(file: File, form: str, error: BaseException) -> SourceError:
    reason = str(error).strip().partition("\n")[0]
    reason = f" ({reason})" if len(reason) < 80 and "{" not in reason else ""
    problem = f"this {form} file is damaged or cut off{reason}"
    return SourceError(problem, where=file.name, hint="write or fetch it again")
