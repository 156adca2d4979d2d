"""What was measured, by step: append-only, in SQLite, readable while it is written."""

import math
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .errors import MachineError

__all__ = ["History", "Measure"]


class Measure(NamedTuple):
    """One number: ``name`` of ``subject`` (a layer, or ``""``) for a member at a step."""

    step: int
    epoch: float
    member: int
    name: str
    subject: str
    value: float


class History:
    """All measures of one attempt.

    Args:
        path: the SQLite file, made if missing; None keeps the history in memory.

    >>> history = History()
    >>> history.record([Measure(10, 1.0, 0, "train_loss", "", 0.5)])
    >>> history.series("train_loss", member=0)
    [(10, 0.5)]
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = str(path or "")
        with self._told():
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS measures (step INTEGER NOT NULL, epoch REAL NOT NULL,"
                " member INTEGER NOT NULL, name TEXT NOT NULL, subject TEXT NOT NULL, value REAL)"
            )
            self._db.execute("CREATE INDEX IF NOT EXISTS by_name ON measures (name, member, step)")

    def record(self, measures: Iterable[Measure]) -> None:
        """Append measures in one transaction; a value that is not a number is kept as NULL."""
        rows = [(*m[:5], m.value if not math.isnan(m.value) else None) for m in measures]
        with self._told():
            self._db.execute("BEGIN")
            self._db.executemany("INSERT INTO measures VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._db.execute("COMMIT")

    def series(self, name: str, *, member: int = 0, subject: str = "") -> list[tuple[int, float]]:
        """``(step, value)`` in order of step; NaN where the value was not a number."""
        rows = self._db.execute(
            "SELECT step, value FROM measures WHERE name = ? AND member = ? AND subject = ?"
            " ORDER BY step, rowid",
            (name, member, subject),
        )
        return [(step, math.nan if value is None else value) for step, value in rows]

    def last(self, name: str, n: int, *, member: int = 0, subject: str = "") -> list[float]:
        """The latest ``n`` values, oldest first."""
        return [value for _, value in self.series(name, member=member, subject=subject)[-n:]]

    def members(self, name: str) -> list[int]:
        """The members that have measures of this name, in order."""
        query = "SELECT DISTINCT member FROM measures WHERE name = ? ORDER BY member"
        return [member for (member,) in self._db.execute(query, (name,))]

    def subjects(self, name: str) -> list[str]:
        """The subjects that have measures of this name, in the order of their first one."""
        query = "SELECT subject FROM measures WHERE name = ? GROUP BY subject ORDER BY MIN(rowid)"
        return [subject for (subject,) in self._db.execute(query, (name,))]

    @property
    def step(self) -> int:
        """The latest step with a measure; 0 before the first."""
        (step,) = self._db.execute("SELECT COALESCE(MAX(step), 0) FROM measures").fetchone()
        return int(step)

    def forget_after(self, step: int) -> None:
        """Drop what lies after a checkpoint, so that a resumed run writes it once."""
        with self._told():
            self._db.execute("DELETE FROM measures WHERE step > ?", (step,))

    def flush(self) -> None:
        """Make what was recorded safe against a power cut."""
        with self._told():
            self._db.execute("PRAGMA wal_checkpoint(FULL)")

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        with self._told():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._db.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one line what the disk, or the file, would not do."""
        try:
            yield
        except sqlite3.Error as error:
            raise MachineError(
                f"the history cannot be written, {error}", where=self._path, hint="free disk space"
            ) from error
