"""Blanks around cells go; a cell of blanks is missing."""

from dataclasses import dataclass, replace

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, examples

__all__ = ["Blanks"]

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


@cleaner("blanks")
@dataclass(frozen=True)
class Blanks(Cleaner):
    """Trims texts, and makes empty ones missing.

    Args:
        columns: where; all columns of texts.
    """

    columns: tuple[str, ...]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Blanks"]:
        names = tuple(table.columns)
        return [cls(names)] if names else []

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        frame, changes = table.frame, []
        mended: list[pl.Series] = []
        for name in self.columns:
            if frame.schema.get(name) != pl.String:
                continue
            old = frame[name]
            new = old.str.strip_chars()
            if new.str.contains_any(list(INVISIBLE)).any():
                new = new.str.strip_chars(INVISIBLE).str.strip_chars()
            if (empty := new == "").any():
                new = new.set(empty, None)
            touched = old.str.len_bytes() != new.str.len_bytes().fill_null(0)
            if cells := int(touched.sum()):
                what = "blanks around cells removed"
                changes.append(
                    Change(self.name, name, what, cells, examples=examples(old.filter(touched)))
                )
            mended.append(new)
        return replace(table, frame=frame.with_columns(mended)), changes
