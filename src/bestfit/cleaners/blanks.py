"""Blanks around cells go; a cell of blanks is missing."""

from dataclasses import dataclass

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
        columns: where; columns that hold no texts are left as they are.
    """

    columns: tuple[str, ...]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Blanks"]:
        return [cls(tuple(table.columns))]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        named, changes = set(self.columns), list[Change]()
        mended: list[pl.Series] = []
        for old in table.frame:
            if old.name not in named or old.dtype != pl.String:
                continue
            new = _trimmed(old)
            touched = old.str.len_bytes() != new.str.len_bytes().fill_null(0)
            if cells := int(touched.sum()):
                shown = examples(old.filter(touched))
                what = "blanks around the text removed"
                changes.append(Change(self.name, old.name, what, cells, examples=shown))
            mended.append(new)
        return table.with_columns(mended), changes


def _trimmed(texts: pl.Series) -> pl.Series:
    texts = texts.str.strip_chars()
    if texts.str.contains_any(list(INVISIBLE)).any():
        texts = texts.str.strip_chars(f"{INVISIBLE} \u00a0\t\r\n").str.strip_chars()
    empty = texts == ""
    return texts.set(empty, None) if empty.any() else texts
