"""Parquet files."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Source, source
from .columnar import bytes_of, read_chunks, read_columns
from .file import File

__all__ = ["Parquet"]


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
        return read_columns(self.file, self.name, pl.read_parquet)

    @property
    def bytes_in_memory(self) -> int:
        return bytes_of(self.file, pl.scan_parquet)

    def chunks(self) -> Iterator[Table]:
        return read_chunks(self.file, self.name, pl.scan_parquet) or super().chunks()
