"""What files of typed columns have in common."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

import polars as pl

from ..errors import SourceError
from ..table import Table
from .file import File

__all__ = ["bytes_of", "read_chunks", "read_columns"]

CHUNK_ROWS = 100_000
STDERR = 2  # the file that the process was given
TEXT_BYTES, NESTED_BYTES = 24, 64  # of a cell, about
DAMAGE = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError)

Scan = Callable[[Path], pl.LazyFrame]


def read_columns(file: File, form: str, read: Callable[[Path | io.BytesIO], pl.DataFrame]) -> Table:
    """A table with the types that its file declares.

    Raises:
        SourceError: the file is damaged, or holds no rows.
    """
    try:
        with _hushed():
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
        batches = iter(rows.collect_batches(chunk_size=CHUNK_ROWS))
        while True:
            with _hushed():
                frame = next(batches, None)
            if frame is None:
                break
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
        with _hushed():
            rows = scan(file.local)
            types, n_rows = rows.collect_schema().dtypes(), rows.select(pl.len()).collect().item()
    except DAMAGE:
        return 0
    wide = {True: NESTED_BYTES, False: 8}
    cells = (TEXT_BYTES if dtype == pl.String else wide[dtype.is_nested()] for dtype in types)
    return max(1, int(n_rows) * sum(cells))


@contextmanager
def _hushed() -> Iterator[None]:
    """Within, what polars prints of its own panics is kept back, and dropped with the error."""
    sys.stderr.flush()
    try:
        stderr = os.dup(STDERR)
    except OSError:  # there is none
        yield
        return
    with TemporaryFile() as aside:
        os.dup2(aside.fileno(), STDERR)
        try:
            yield
        finally:
            os.dup2(stderr, STDERR)
            os.close(stderr)
        aside.seek(0)
        sys.stderr.write(aside.read().decode(errors="replace"))


def _table(frame: pl.DataFrame, file: File, form: str) -> Table:
    table = Table.of(frame, file.name)
    return replace(table, reading={**table.reading, **file.reading(form)})


def _damaged(file: File, form: str, error: BaseException) -> SourceError:
    reason = str(error).strip().partition("\n")[0]
    reason = f" ({reason})" if len(reason) < 80 and "{" not in reason else ""
    problem = f"this {form} file is damaged or cut off{reason}"
    return SourceError(problem, where=file.name, hint="write or fetch it again")
