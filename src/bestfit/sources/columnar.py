"""What files of typed columns have in common."""

import io
from collections.abc import Callable
from dataclasses import replace

import polars as pl

from ..errors import SourceError
from ..table import Table
from .file import File

__all__ = ["read_columns"]


def read_columns(file: File, form: str, read: Callable[[io.BytesIO], pl.DataFrame]) -> Table:
    """A table with the types that its file declares.

    Raises:
        SourceError: the file is damaged, or holds no rows.
    """
    where = file.name
    try:
        frame = read(io.BytesIO(file.data))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        reason = f" ({reason})" if len(reason) < 80 and "{" not in reason else ""
        problem = f"this {form} file is damaged or cut off{reason}"
        raise SourceError(problem, where=where, hint="write or fetch it again") from None
    if not frame.height:
        raise SourceError("only a header, no rows", where=where)
    table = Table.of(frame, where)
    return replace(table, reading={**table.reading, **file.reading(form)})
