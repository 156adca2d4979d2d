"""What databases have in common: one table or one query, read-only, some rows at a time."""

import re
import shutil
import tempfile
import weakref
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import polars as pl

from ..errors import ConfigError, MachineError, SourceError
from ..frames import of_objects, tidy_names
from ..table import Table
from .base import Source
from .file import File
from .parts import stacked
from .secrets import filled, redacted

__all__ = ["CONNECT_S", "Database", "rows_of", "spooled"]

CHUNK_ROWS = 50_000
CONNECT_S = 10  # to wait for a server, or for a lock
NAMED = 10
REFUSED = re.compile(
    r"password|authent|denied|does not exist|unknown database|role|pg_hba", re.IGNORECASE
)


class Database(Source):
    """A table of a database, or the answer to a query; nothing there is changed.

    Without a table and a query, the database must hold one table only.
    """

    table: str | None
    query: str | None
    quote: ClassVar[str] = '"'

    @property
    @abstractmethod
    def shown(self) -> str:
        """What to call the database in messages, without secrets."""

    @abstractmethod
    def connect(self) -> Any:
        """A connection that can read and nothing else."""

    @abstractmethod
    def tables(self, connection: Any) -> list[tuple[str, ...]]:
        """Every table and view, as (name,) or (schema, name); those of the usual schema first."""

    @abstractmethod
    def frames(
        self, connection: Any, statement: str, notes: Counter[str]
    ) -> Iterator[pl.DataFrame]:
        """The rows that a statement gives, some at a time; what could not be kept is counted."""

    @property
    @abstractmethod
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""

    def read(self) -> Table:
        parts = list(self.chunks())
        frame = stacked([part.frame for part in parts])
        return replace(parts[-1], frame=frame)

    def chunks(self) -> Iterator[Table]:
        if self.table is not None and self.query is not None:
            raise ConfigError("a table or a query, not both", where="--table, --query")
        try:
            connection = self.connect()
        except self.errors as error:
            raise self._no_connection(error) from None
        n_rows, last, notes = 0, None, Counter[str]()
        try:
            statement, what = self._statement(connection)
            for frame in self.frames(connection, statement, notes):
                if last is not None:
                    yield Table(last, self.shown)
                last = frame
                n_rows += frame.height
        except self.errors as error:
            hint = "one SELECT statement" if self.query is not None else ""
            problem = f"the database says: {self._told(error)}"
            raise SourceError(problem, where=self.shown, hint=hint) from None
        finally:
            connection.close()
        if last is None or not n_rows:
            raise SourceError(f"no rows in {what}", where=self.shown)
        reading = {"format": self.name, "read_from": what, "rows_in_file": n_rows, **notes}
        yield Table(last, self.shown, reading)

    def _statement(self, connection: Any) -> tuple[str, str]:
        """The query, or all of the table that is meant; and what to call it."""
        if self.query is not None:
            return self.query.strip().rstrip(";"), "the answer to the query"
        tables = self.tables(connection)
        found = self._find(tables)
        path = ".".join(self._quoted(part) for part in found)
        return f"SELECT * FROM {path}", f"table {'.'.join(found)}"

    def _find(self, tables: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        names = [".".join(path) for path in tables]
        short = [path[-1] for path in tables]
        listed = ", ".join(dict.fromkeys(short[:NAMED])) or "no tables are there"
        if self.table is None:
            if len(tables) == 1:
                return tables[0]
            problem = f"this database holds {len(tables)} tables" if tables else "no table is here"
            raise SourceError(problem, where=self.shown, hint=f"--table, one of {listed}")
        for known in (names, short):
            if self.table in known:
                return tables[known.index(self.table)]
        near = get_close_matches(self.table, [*short, *names], n=1, cutoff=0.6)
        hint = f"{near[0]!r}" if near else listed
        raise SourceError(f"no table is called {self.table!r}", where=self.shown, hint=hint)

    def _quoted(self, name: str) -> str:
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def _told(self, error: Exception) -> str:
        """The first line of what the driver says, without the password and what comes before."""
        text = next((str(part) for part in error.args[::-1] if isinstance(part, str)), str(error))
        line = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
        line = re.split(r"FATAL: |\" failed: ", line)[-1]
        for secret in self.secrets:
            line = line.replace(secret, "***")
        return line.strip()[:160]

    @property
    def secrets(self) -> list[str]:
        """What must not be shown."""
        return []

    def _no_connection(self, error: Exception) -> Exception:
        told = self._told(error)
        return SourceError(f"this database cannot be opened: {told}", where=self.shown)


class Server(Database):
    """A database that is reached by an address."""

    address: str

    @property
    def shown(self) -> str:
        return redacted(self.address)

    def _no_connection(self, error: Exception) -> Exception:
        told = self._told(error)
        if REFUSED.search(told):
            return SourceError(f"the database refuses: {told}", where=self.shown)
        hint = "is the server running?"
        return MachineError(f"no connection: {told}", where=self.shown, hint=hint)

    @property
    def filled(self) -> str:
        """The address with what it takes from the environment."""
        return filled(self.address, where=self.shown, in_address=True)

    @property
    def secrets(self) -> list[str]:
        password = urlsplit(self.filled).password
        return [self.filled, password, unquote(password)] if password else []


def rows_of(cursor: Any) -> Iterator[pl.DataFrame]:
    """The rows of a cursor of Python objects, some at a time; there may be none."""
    names = tidy_names([column[0] for column in cursor.description])
    while rows := cursor.fetchmany(CHUNK_ROWS):
        columns = zip(*rows, strict=True)
        yield pl.DataFrame(
            [of_objects(name, list(cells)) for name, cells in zip(names, columns, strict=True)]
        )


def spooled(file: File, owner: object) -> Path:
    """Where a database file lies on the disk, unpacked, as long as its owner lives."""
    if file.local is not None:
        return file.local
    folder = Path(tempfile.mkdtemp(prefix="bestfit-"))
    weakref.finalize(owner, shutil.rmtree, folder, ignore_errors=True)
    path = folder / "database"
    path.write_bytes(file.data)
    return path
