"""PostgreSQL, through its Arrow driver, which knows the usual variables and client files."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import polars as pl

from ..frames import tidy_names
from ..table import Table
from .base import source
from .database import CONNECT_S, Server
from .extras import needed

__all__ = ["PostgreSQL"]

READ_ONLY = "-c default_transaction_read_only=on"
TABLES = (
    "SELECT table_schema::text, table_name::text FROM information_schema.tables"
    " WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
    " UNION ALL SELECT schemaname::text, matviewname::text FROM pg_matviews"
    " ORDER BY 1, 2"
)
DAYS, DAY_US = (-719_162, 2_932_896), 86_400_000_000  # of the years 1 to 9999
PLAIN = ("int", "float", "double", "bool", "string", "utf8", "large", "date32", "timestamp")


@source("postgresql")
@dataclass(frozen=True)
class PostgreSQL(Server):
    """A PostgreSQL server: ``postgresql://user@host:5432/database``.

    What the address leaves out comes from PGHOST, PGUSER, PGPASSWORD, PGPASSFILE, PGSERVICE and
    the like, and from ``~/.pgpass``. Columns of other types than numbers, truths, texts, dates and
    times come as the text that PostgreSQL writes.

    Args:
        address: of the database; ``$NAME`` in it is taken from the environment.
        table: ``name`` or ``schema.name``.
        query: a SELECT statement.
    """

    schemes = ("postgresql", "postgres")

    address: str
    table: str | None = None
    query: str | None = None

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return (needed("adbc_driver_manager", "sql").Error,)

    def connect(self) -> Any:
        dbapi = needed("adbc_driver_postgresql.dbapi", "sql")
        parts = urlsplit(self.filled)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        options["options"] = f"{options.get('options', '')} {READ_ONLY}".strip()
        options.setdefault("connect_timeout", str(CONNECT_S))
        query = urlencode(options, quote_via=quote)
        return dbapi.connect(urlunsplit(("postgresql", parts.netloc, parts.path, query, "")))

    def tables(self, connection: Any) -> list[tuple[str, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(TABLES)
            found = [tuple(row) for row in cursor.fetchall()]
        return sorted(found, key=lambda path: path[0] != "public")

    def frames(
        self, connection: Any, statement: str, notes: Counter[str]
    ) -> Iterator[pl.DataFrame]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM ({statement}) AS answer LIMIT 0")
            fields = list(cursor.fetch_record_batch().schema)
            names = tidy_names([field.name for field in fields])
            odd = {f.name for f in fields if not str(f.type).startswith(PLAIN)}
            if odd and len({f.name for f in fields}) == len(fields):
                columns = [
                    f"{self._quoted(f.name)}::text" if f.name in odd else self._quoted(f.name)
                    for f in fields
                ]
                pairs = zip(columns, fields, strict=True)
                picked = ", ".join(f"{c} AS {self._quoted(f.name)}" for c, f in pairs)
                statement = f"SELECT {picked} FROM ({statement}) AS answer"
            cursor.execute(statement)
            for batch in cursor.fetch_record_batch():
                if batch.num_rows:
                    frame = Table.of(_zoneless(pl.DataFrame(batch.rename_columns(names)))).frame
                    yield _finite(frame, notes)


def _finite(frame: pl.DataFrame, notes: Counter[str]) -> pl.DataFrame:
    """Without ``infinity`` and years after 9999: those are missing, and counted."""
    for name, dtype in frame.schema.items():
        if dtype == pl.Date or isinstance(dtype, pl.Datetime):
            first, last = (day * (1 if dtype == pl.Date else DAY_US) for day in DAYS)
            kept = frame[name].to_physical().is_between(first, last)
            if lost := int((~kept).sum()):
                notes["infinite_dates"] += lost
                frame = frame.with_columns(pl.when(kept).then(pl.col(name)).alias(name))
    return frame


def _zoneless(frame: pl.DataFrame) -> pl.DataFrame:
    """Moments with a zone as moments in UTC."""
    zoned = [
        name
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Datetime) and dtype.time_zone
    ]
    return frame.with_columns(
        pl.col(zoned).dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    ) if zoned else frame  # fmt: skip
