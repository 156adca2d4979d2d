"""Columns with one value, or none at all."""

from dataclasses import dataclass

import polars as pl

from ..frames import plain_text
from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, without

__all__ = ["Constants"]


@cleaner("constants")
@dataclass(frozen=True)
class Constants(Cleaner):
    """Drops columns that tell no row from another.

    Args:
        columns: name → reason.
    """

    columns: dict[str, str]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Constants"]:
        if not settings.drop_constants or table.n_rows < 2:
            return []
        reasons = {
            series.name: reason
            for series in table.frame
            if settings.may_drop(series.name, target) and (reason := _reason(series))
        }
        return [cls(reasons)] if reasons else []

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        return without(table, self.columns, self.name)


def _reason(series: pl.Series) -> str:
    missing = series.null_count()
    if missing == len(series):
        return "dropped: every cell is missing"
    if missing or series.head(100).n_unique() > 1 or series.n_unique() > 1:
        return ""
    if series.dtype == pl.Binary:
        return "dropped: every cell is the same picture"
    return f"dropped: every cell is {(plain_text(series[0]) or '')[:40]!r}"
