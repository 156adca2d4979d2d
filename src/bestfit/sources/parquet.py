"""Parquet files."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..errors import SourceError
from ..table import Table, missing_columns
from .base import Source, source
from .columnar import bytes_of, read_chunks, read_columns
from .extras import needed
from .file import File

__all__ = ["Parquet"]


@source("parquet")
@dataclass(frozen=True)
class Parquet(Source):
    """Apache Parquet, with the types it declares.

    Args:
        file: where it lies.
        columns: those to read; None reads all.
    """

    file: File
    columns: tuple[str, ...] | None = None

    @classmethod
    def accepts(cls, file: File) -> bool:
        return file.head.startswith(b"PAR1")

    def read(self) -> Table:
        return read_columns(self.file, self.name, self._read)

    def _read(self, file: Path | io.BytesIO) -> pl.DataFrame:
        if self.file.ranged is None:
            columns = None if self.columns is None else self._known(pl.read_parquet_schema(file))
            return pl.read_parquet(file, columns=columns)
        parquet = needed("pyarrow.parquet", "cloud")
        opened = parquet.ParquetFile(self.file.ranged())
        frame = pl.from_arrow(opened.read(columns=self._known(opened.schema_arrow.names)))
        assert isinstance(frame, pl.DataFrame)  # a table is no series
        return frame

    def _known(self, names: Iterable[str]) -> list[str]:
        """The columns, all of which are there."""
        there, wanted = list(names), list(self.columns or ())
        if missing := [name for name in wanted if name not in there]:
            raise SourceError(missing_columns(missing), where=self.file.name)
        return wanted

    @property
    def bytes_in_memory(self) -> int:
        return 0 if self.columns else bytes_of(self.file, pl.scan_parquet)

    def chunks(self) -> Iterator[Table]:
        def scan(path: Path) -> pl.LazyFrame:
            rows = pl.scan_parquet(path)
            return rows if self.columns is None else rows.select(self._known(rows.collect_schema()))

        return read_chunks(self.file, self.name, scan) or super().chunks()
