"""Rows that are equal in every cell."""

from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner
from .counts import counts_of

__all__ = ["Duplicates"]

MAX_EXPECTED_FRACTION = 0.001


@cleaner("duplicates")
@dataclass(frozen=True)
class Duplicates(Cleaner):
    """Of equal rows the first stays, so that none stands on both sides of a split.

    Tables of a few coarse columns hold equal rows by chance; theirs stay. Pictures never are.
    """

    training_only = True

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Duplicates"]:
        frame = _told(table)
        if not settings.drop_duplicates or frame.height < 2 or not frame.width:
            return []
        if not _repeats(frame).any():
            return []
        chance = 0.0 if pl.Binary in frame.dtypes else expected_repeats(frame)
        return [] if chance > MAX_EXPECTED_FRACTION * table.n_rows else [cls()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        later = _repeats(_told(table))
        rows = int(later.sum())
        if not rows:
            return table, []
        what = "rows equal to an earlier one left out"
        return table.filter(~later), [Change(self.name, None, what, rows=rows)]


def _told(table: Table) -> pl.DataFrame:
    """The cells that say something of a row."""
    return table.frame.drop(table.key or "", strict=False)


def _repeats(frame: pl.DataFrame) -> pl.Series:
    """Which rows are equal to an earlier one; rows of the same hash are compared cell by cell."""
    suspects = frame.hash_rows().is_duplicated()
    some = frame.filter(suspects)
    later = ~some.select(pl.struct(pl.all()).is_first_distinct()).to_series()
    return pl.repeat(False, frame.height, eager=True).scatter(suspects.arg_true(), later)


def expected_repeats(frame: pl.DataFrame) -> float:
    """How many pairs of rows would be equal if the columns had nothing to do with each other."""
    pairs = frame.height * (frame.height - 1) / 2
    chance = 1.0
    for series in frame:
        counts = counts_of(series)["rows"].cast(pl.Float64)
        chance *= float((counts * (counts - 1)).sum()) / 2 / pairs
    return chance * pairs
