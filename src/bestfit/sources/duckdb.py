"""DuckDB databases."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from .base import source
from .database import Database, rows_of, spooled
from .extras import needed
from .file import File

__all__ = ["DuckDB", "DuckDBFile"]

CLOSED = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "lock_configuration": "true",
}
TABLES = (
    "SELECT table_schema, table_name FROM information_schema.tables"
    " WHERE table_catalog = current_database() AND table_schema <> 'information_schema'"
    " ORDER BY table_schema <> 'main', table_type, table_name"
)


class _DuckDB(Database):
    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return (needed("duckdb", "duckdb").Error,)

    @property
    def place(self) -> Path:
        """Where the database lies."""
        raise NotImplementedError

    def connect(self) -> Any:
        return needed("duckdb", "duckdb").connect(str(self.place), read_only=True, config=CLOSED)

    def tables(self, connection: Any) -> list[tuple[str, ...]]:
        return [tuple(row) for row in connection.execute(TABLES).fetchall()]

    def frames(
        self, connection: Any, statement: str, notes: Counter[str]
    ) -> Iterator[pl.DataFrame]:
        yield from rows_of(connection.execute(statement))


@source("duckdb")
@dataclass(frozen=True)
class DuckDB(_DuckDB):
    """A database by its address, ``duckdb:///relative.db`` or ``duckdb:////absolute.db``.

    Args:
        address: of the file.
        table: its name.
        query: a SELECT statement.
    """

    schemes = ("duckdb",)

    address: str
    table: str | None = None
    query: str | None = None

    @property
    def shown(self) -> str:
        return self.address

    @property
    def place(self) -> Path:
        file = File.open(self.address.partition("://")[2].removeprefix("/"), self.address)
        assert file.path is not None  # it was opened by its path
        return file.path


@source("duckdb_file")
@dataclass(frozen=True)
class DuckDBFile(_DuckDB):
    """A database by its file.

    Args:
        file: where it lies.
        table: its name.
        query: a SELECT statement.
    """

    file: File
    table: str | None = None
    query: str | None = None

    @classmethod
    def accepts(cls, file: File) -> bool:
        return file.head[8:12] == b"DUCK"

    @property
    def shown(self) -> str:
        return self.file.name

    @cached_property
    def place(self) -> Path:
        return spooled(self.file, self)
