"""Dates and times from texts."""

from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import NO_DATE, Change, Cleaner, Settings, cleaner, examples
from .moments import DAY_NUMBER, ISO, forms_of, is_day_number, to_moments

__all__ = ["Dates"]


@cleaner("dates")
@dataclass(frozen=True)
class Dates(Cleaner):
    """Makes columns moments in time, to the microsecond, in UTC where a zone was given.

    Args:
        columns: where.
        forms: how they are spelt, as in ``strptime``; the first form that fits is taken, and
            ISO 8601 is always understood.
    """

    columns: tuple[str, ...]
    forms: tuple[str, ...] = ()

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Dates"]:
        groups: dict[tuple[str, ...], list[str]] = {}
        for series in table.frame:
            if series.name == target or series.name in settings.categories:
                continue
            forms = _forms(series)
            if forms is not None:
                groups.setdefault(forms, []).append(series.name)
        return [cls(tuple(names), forms) for forms, names in groups.items()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        named, changes = set(self.columns), list[Change]()
        mended: list[pl.Series] = []
        for old in table.frame:
            if old.name not in named:
                continue
            new = to_moments(old, (*self.forms, *ISO))
            lost = new.is_null() & old.is_not_null()
            read = new.is_not_null()
            if not old.dtype.is_temporal() and (cells := int(read.sum())):
                what = f"read as dates, spelt {' or '.join(self.forms)}"
                shown = examples(old.filter(read))
                changes.append(Change(self.name, old.name, what, cells, examples=shown))
            if cells := int(lost.sum()):
                shown = examples(old.filter(lost))
                changes.append(Change(self.name, old.name, NO_DATE, cells, examples=shown))
            mended.append(new)
        return table.with_columns(mended), changes


def _forms(series: pl.Series) -> tuple[str, ...] | None:
    if series.dtype in (pl.Date, pl.Datetime, pl.Time):
        return ()
    if (series.dtype.is_integer() or series.dtype == pl.String) and is_day_number(series):
        return (DAY_NUMBER,)
    return (forms_of(series) or None) if series.dtype == pl.String else None
