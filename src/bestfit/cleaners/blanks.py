"""Blanks around cells go; a cell of blanks is missing."""

from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, examples, texts_where

__all__ = ["Blanks"]

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
TRIMMED = rf"^$|^\s|\s$|[{INVISIBLE}]"


@cleaner("blanks")
@dataclass(frozen=True)
class Blanks(Cleaner):
    """Trims texts, and makes empty ones missing.

    Args:
        columns: where; columns that hold no texts are left as they are.
    """

    columns: tuple[str, ...]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Blanks"]:
        return [cls(tuple(table.columns))]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        faulty = texts_where(table.frame, self.columns, _may_be_trimmed)
        if not faulty:
            return table, []
        old = pl.DataFrame(faulty)
        new = old.select(_trimmed(pl.all()))
        size = pl.all().str.len_bytes().fill_null(0)
        before, after = old.select(size), new.select(size)
        changes = []
        for name in old.columns:
            touched = before[name] != after[name]
            if cells := int(touched.sum()):
                shown = examples(old[name].filter(touched))
                what = "blanks around the text removed"
                changes.append(Change(self.name, name, what, cells, examples=shown))
        return table.with_columns(new.get_columns()), changes


def _may_be_trimmed(cell: pl.Expr) -> pl.Expr:
    return cell.str.contains(TRIMMED)


def _trimmed(cell: pl.Expr) -> pl.Expr:
    seen = cell.str.strip_chars().str.strip_chars(f"{INVISIBLE} \u00a0\t\r\n")
    text = seen.str.strip_chars()
    return pl.when(text != "").then(text)
