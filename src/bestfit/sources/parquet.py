"""Parquet files."""

from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Source, source
from .columnar import read_columns
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
