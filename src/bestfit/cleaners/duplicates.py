"""Rows that are equal in every cell."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from ..repeats import by_chance
from ..table import Table
from .base import Change, Cleaner, Settings, cleaner

__all__ = ["Duplicates"]


@cleaner("duplicates")
@dataclass(frozen=True)
class Duplicates(Cleaner):
    """Of equal rows the first stays, so that none stands on both sides of a split.

    Tables of a few coarse columns hold equal rows by chance; theirs stay. Pictures never are.
    """

    training_only = True
    what: ClassVar[str] = "duplicates: rows equal to an earlier one left out"

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Duplicates"]:
        frame = _told(table)
        if not settings.drop_duplicates or frame.height < 2 or not frame.width:
            return []
        if not _repeats(frame).any():
            return []
        return [] if by_chance(frame) else [cls()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        later = _repeats(_told(table))
        rows = int(later.sum())
        if not rows:
            return table, []
        return table.filter(~later), [Change(self.name, None, self.what, rows=rows)]


def _told(table: Table) -> pl.DataFrame:
    """The cells that say something of a row."""
    return table.frame.drop(table.key or "", strict=False)


def _repeats(frame: pl.DataFrame) -> pl.Series:
    """Which rows are equal to an earlier one; rows of the same hash are compared cell by cell."""
    suspects = frame.hash_rows().is_duplicated()
    some = frame.filter(suspects)
    later = ~some.select(pl.struct(pl.all()).is_first_distinct()).to_series()
    return pl.repeat(False, frame.height, eager=True).scatter(suspects.arg_true(), later)
