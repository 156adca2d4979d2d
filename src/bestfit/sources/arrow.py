"""Arrow files, also called Feather, and Arrow streams."""

from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Source, source
from .columnar import read_columns
from .file import File

__all__ = ["Arrow"]

FILE_MARK = b"ARROW1"
STREAM_MARK = b"\xff\xff\xff\xff"


@source("arrow")
@dataclass(frozen=True)
class Arrow(Source):
    """Apache Arrow, as a file or as a stream, with the types it declares.

    Args:
        file: where it lies.
    """

    file: File

    @classmethod
    def accepts(cls, file: File) -> bool:
        head = file.head
        stream = head.startswith(STREAM_MARK) and int.from_bytes(head[4:8], "little") < 1 << 24
        return head.startswith(FILE_MARK) or (stream and len(head) > 16)

    def read(self) -> Table:
        is_file = self.file.head.startswith(FILE_MARK)
        return read_columns(self.file, self.name, pl.read_ipc if is_file else pl.read_ipc_stream)
