"""MariaDB and MySQL."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import polars as pl

from ..errors import SourceError
from .base import source
from .database import CONNECT_S, Server, rows_of
from .extras import needed

__all__ = ["MySQL"]

BIT = 16  # the number of this type in the protocol
TABLES = (
    "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema NOT IN"
    " ('information_schema', 'performance_schema', 'mysql', 'sys') ORDER BY 1, 2"
)


@source("mysql")
@dataclass(frozen=True)
class MySQL(Server):
    """A MariaDB or MySQL server: ``mysql://user@host:3306/database``.

    What the address leaves out comes from MYSQL_HOST, MYSQL_TCP_PORT and MYSQL_PWD, and from the
    section [client] of ``~/.my.cnf``.

    Args:
        address: of the database; ``$NAME`` in it is taken from the environment.
        table: ``name`` or ``database.name``.
        query: a SELECT statement.
    """

    schemes = ("mysql", "mariadb")
    quote = "`"

    address: str
    table: str | None = None
    query: str | None = None

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return (needed("pymysql", "sql").MySQLError,)

    @property
    def secrets(self) -> list[str]:
        return [*super().secrets, *filter(None, [os.environ.get("MYSQL_PWD")])]

    def connect(self) -> Any:
        driver = needed("pymysql", "sql")
        parts = urlsplit(self.filled)
        told: dict[str, Any] = {
            "host": parts.hostname or os.environ.get("MYSQL_HOST"),
            "port": parts.port or int(os.environ.get("MYSQL_TCP_PORT") or 0),
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or "") or os.environ.get("MYSQL_PWD"),
            "database": unquote(parts.path.lstrip("/")),
        }
        file = Path("~/.my.cnf").expanduser()
        if file.is_file():
            told["read_default_file"] = str(file)
        connection = driver.connect(
            **{name: value for name, value in told.items() if value},
            charset="utf8mb4",
            connect_timeout=CONNECT_S,
            cursorclass=driver.cursors.SSCursor,
            local_infile=False,
            conv={**driver.converters.conversions, BIT: lambda bits: int.from_bytes(bits, "big")},
        )
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION READ ONLY")
            cursor.execute("START TRANSACTION READ ONLY")
        return connection

    def tables(self, connection: Any) -> list[tuple[str, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            found = [tuple(str(part) for part in row) for row in cursor.fetchall()]
        own = unquote(urlsplit(self.filled).path.lstrip("/"))
        return [path for path in found if path[0] == own] if own and self._plain() else found

    def _plain(self) -> bool:
        """Whether no other database is named."""
        return self.table is None or "." not in self.table

    def frames(
        self, connection: Any, statement: str, notes: Counter[str]
    ) -> Iterator[pl.DataFrame]:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            if cursor.description is None:
                raise SourceError("this statement gives no rows", where=self.shown)
            yield from rows_of(cursor)
