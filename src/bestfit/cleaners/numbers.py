"""Numbers from texts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, examples
from .moments import is_day_number
from .numerals import EXACT, Numerals, numerals_of, to_numbers

__all__ = ["Numbers"]


@cleaner("numbers")
@dataclass(frozen=True)
class Numbers(Cleaner):
    """Makes columns 64-bit floats; what is no finite number is missing.

    Args:
        columns: where.
        decimal: ``"."`` or ``","``; the other sign sets thousands apart.
        unit: a text after every number.
        scaled: numbers end in K, M or B.
    """

    columns: tuple[str, ...]
    decimal: str = "."
    unit: str = ""
    scaled: bool = False

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Numbers"]:
        groups: dict[Numerals, list[str]] = {}
        for series in table.frame:
            if series.name in settings.categories:
                continue
            if series.name == target:
                style = numerals_of_target(series) if settings.task == "regression" else None
            else:
                style = _numerals(series)
            if style is not None:
                groups.setdefault(style, []).append(series.name)
        return [cls(tuple(n), s.decimal, s.unit, s.scaled) for s, n in groups.items()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        frame, changes = table.frame, []
        style = Numerals(self.decimal, self.unit, self.scaled)
        mended = []
        for name in self.columns:
            if name in frame.columns:
                new = to_numbers(frame[name], style)
                changes += self._changes(frame[name], new)
                mended.append(new)
        return replace(table, frame=frame.with_columns(mended)), changes

    def _changes(self, old: pl.Series, new: pl.Series) -> Iterator[Change]:
        lost = new.is_null() & old.is_not_null()
        if old.dtype != pl.String:
            if cells := int(lost.sum()):
                numeric = old.dtype.is_numeric()
                what = (
                    "infinite, so missing" if numeric else f"no number but {old.dtype}, so missing"
                )
                yield Change(self.name, old.name, what, cells, examples=examples(old.filter(lost)))
            return
        read = old.cast(pl.Float64, strict=False)
        endless = lost & read.is_infinite().fill_null(False)
        if cells := int(endless.sum()):
            shown = examples(old.filter(endless))
            yield Change(self.name, old.name, "infinite, so missing", cells, examples=shown)
        strange = lost & ~endless
        if cells := int(strange.sum()):
            shown = examples(old.filter(strange))
            yield Change(self.name, old.name, "no number, so missing", cells, examples=shown)
        dressed = new.is_not_null() & (read.is_null() | (read != new).fill_null(False))
        if cells := int(dressed.sum()):
            shown = examples(old.filter(dressed))
            yield Change(self.name, old.name, "read as numbers", cells, examples=shown)


def numerals_of_target(series: pl.Series) -> Numerals:
    """A target of a regression is read as numbers whatever it looks like."""
    if series.dtype != pl.String:
        return Numerals()
    return numerals_of(series) or Numerals()


def _numerals(series: pl.Series) -> Numerals | None:
    """How a feature's numbers are spelt; None if it holds words, codes or dates."""
    if series.dtype == pl.String:
        style = numerals_of(series)
        return None if style == Numerals() and is_day_number(series) else style
    if series.dtype.is_integer():
        largest = max(abs(series.max() or 0), abs(series.min() or 0))  # type: ignore[operator, arg-type]
        return None if largest > EXACT or is_day_number(series) else Numerals()
    number = series.dtype.is_float() or series.dtype in (pl.Duration, pl.Null)
    return Numerals() if number else None
