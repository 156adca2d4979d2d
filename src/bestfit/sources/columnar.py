"""Files of typed columns: Parquet and Arrow."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

from ..errors import SourceError
from ..table import Table
from .base import File, Source, source

__all__ = ["Arrow", "ArrowStream", "Parquet"]


@source("parquet")
@dataclass(frozen=True)
class Parquet(Source):
    """Apache Parquet, with the types it declares.

    Args:
        file: where it lies.
    """

    file: File

    @classmethod
    def accepts(cls, file: File) -> bool:
        return file.head.startswith(b"PAR1")

    def read(self) -> Table:
        return _typed(self.file, self.name, pl.read_parquet)


@source("arrow")
@dataclass(frozen=True)
class Arrow(Source):
    """An Arrow file, also called Feather, with the types it declares.

    Args:
        file: where it lies.
    """

    file: File

    @classmethod
    def accepts(cls, file: File) -> bool:
        return file.head.startswith(b"ARROW1")

    def read(self) -> Table:
        return _typed(self.file, self.name, pl.read_ipc)


@source("arrow_stream")
@dataclass(frozen=True)
class ArrowStream(Source):
    """A stream of Arrow batches, with the types it declares.

    Args:
        file: where it lies.
    """

    file: File

    @classmethod
    def accepts(cls, file: File) -> bool:
        return file.head.startswith(b"\xff\xff\xff\xff") and b"\0\0" in file.head[:16]

    def read(self) -> Table:
        return _typed(self.file, self.name, pl.read_ipc_stream)


def _typed(file: File, form: str, read: Callable[[io.BytesIO], pl.DataFrame]) -> Table:
    where = str(file.path)
    try:
        frame = read(io.BytesIO(file.data))
    except (pl.exceptions.PolarsError, OSError, ValueError, pl.exceptions.PanicException) as error:
        reason = str(error).strip().partition("\n")[0][:80]
        problem = f"this {form.replace('_', ' ')} data is damaged or cut off ({reason})"
        raise SourceError(problem, where=where, hint="write or fetch the file again") from None
    if not frame.height:
        raise SourceError("only a header, no rows", where=where)
    table = Table.of(frame, where)
    return replace(table, reading={**table.reading, **file.reading(form)})
