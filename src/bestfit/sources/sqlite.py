"""SQLite databases."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote as percent

import polars as pl

from ..errors import SourceError
from .base import source
from .database import CONNECT_S, Database, rows_of, spooled
from .file import File
from .sqlite_columns import NotByColumns, frames_by_columns

__all__ = ["Sqlite", "SqliteFile"]

ALLOWED = {
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
}  # fmt: skip
TABLES = (
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
    " AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY type, name"
)


class _Sqlite(Database):
    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return (sqlite3.Error, sqlite3.Warning, UnicodeDecodeError)  # in what sqlite says, too

    @property
    def place(self) -> Path:
        """Where the database lies."""
        raise NotImplementedError

    def connect(self) -> sqlite3.Connection:
        address = f"file:{percent(str(self.place.absolute()))}?mode=ro"
        try:
            connection = self._opened(address)
        except sqlite3.OperationalError:  # a log beside it that cannot be written
            connection = self._opened(f"{address}&immutable=1")
        connection.set_authorizer(
            lambda what, *_: sqlite3.SQLITE_OK if what in ALLOWED else sqlite3.SQLITE_DENY
        )
        return connection

    def _opened(self, address: str) -> sqlite3.Connection:
        connection = sqlite3.connect(address, uri=True, timeout=CONNECT_S)
        try:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def tables(self, connection: sqlite3.Connection) -> list[tuple[str, ...]]:
        return [tuple(row) for row in connection.execute(TABLES)]

    def frames(
        self, connection: sqlite3.Connection, statement: str, notes: Counter[str]
    ) -> Iterator[pl.DataFrame]:
        done = 0
        try:
            if self.query is None:
                for frame in frames_by_columns(self.place, statement, connection):
                    yield frame
                    done += frame.height
                return
        except NotByColumns:
            pass  # then cell by cell, from here on
        try:
            for frame in self._from(done, connection, statement):
                yield frame
                done += frame.height
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
            # Some text is damaged: the rows that are left come with its bad bytes replaced.
            notes["damaged_texts_after_row"] = done
            connection.text_factory = lambda text: text.decode(errors="replace")
            yield from self._from(done, connection, statement)

    def _from(
        self, start: int, connection: sqlite3.Connection, statement: str
    ) -> Iterator[pl.DataFrame]:
        """The rows from one on."""
        for frame in self._frames(connection, statement):
            if frame.height > start:
                yield frame.slice(start)
            start = max(0, start - frame.height)

    def _frames(self, connection: sqlite3.Connection, statement: str) -> Iterator[pl.DataFrame]:
        cursor = connection.execute(statement)
        if cursor.description is None:
            raise SourceError("this statement gives no rows", where=self.shown)
        return rows_of(cursor)


@source("sqlite")
@dataclass(frozen=True)
class Sqlite(_Sqlite):
    """A database by its address, ``sqlite:///relative.db`` or ``sqlite:////absolute.db``.

    A column that holds numbers and texts is text, each cell as it stands there.

    Args:
        address: of the file.
        table: its name.
        query: a SELECT statement.
    """

    schemes = ("sqlite", "sqlite3")

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


@source("sqlite_file")
@dataclass(frozen=True)
class SqliteFile(_Sqlite):
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
        return file.head.startswith(b"SQLite format 3\0")

    @property
    def shown(self) -> str:
        return self.file.name

    @cached_property
    def place(self) -> Path:
        return spooled(self.file, self)
