"""Numbers from texts."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import NO_NUMBER, Change, Cleaner, Settings, cleaner, examples
from .moments import is_day_number
from .numerals import EXACT, Numerals, numerals_of, to_numbers

__all__ = ["INFINITE", "Numbers"]

INFINITE = "infinite, read as missing"


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
        comma = "," if table.reading.get("delimiter") == ";" else ""
        for series in table.frame:
            if series.name in settings.categories:
                continue
            if series.name == target:
                style = _of_target(series, comma) if settings.task == "regression" else None
            else:
                style = _of_feature(series, comma)
            if style is not None:
                groups.setdefault(style, []).append(series.name)
        return [cls(tuple(n), s.decimal, s.unit, s.scaled) for s, n in groups.items()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        style = Numerals(self.decimal, self.unit, self.scaled)
        changes = list[Change]()
        plain, others = self._plain(table.frame)
        mended = [*plain]
        for old in others:
            mended.append(to_numbers(old, style))
            changes += self._changes(old, mended[-1])
        return table.with_columns(mended), changes

    def _plain(self, frame: pl.DataFrame) -> tuple[list[pl.Series], list[pl.Series]]:
        """Columns whose cells are finite numbers as they stand, as such, and all others."""
        named = [frame[column] for column in self.columns if column in frame.columns]
        if self.decimal != "." or not frame.height:
            return [], named
        able = pl.DataFrame([s for s in named if s.dtype == pl.String or s.dtype.is_numeric()])
        if not able.width:
            return [], named
        cast = able.select(pl.all().cast(pl.Float64, strict=False))
        sound = cast.select(pl.all().is_finite().all()).row(0)
        each = zip(cast, able, sound, strict=True)
        plain = {a.name for a, b, fine in each if fine and a.null_count() == b.null_count()}
        return [cast[name] for name in plain], [s for s in named if s.name not in plain]

    def _changes(self, old: pl.Series, new: pl.Series) -> Iterator[Change]:
        lost = new.is_null() & old.is_not_null()
        plain = old.dtype == pl.String or old.dtype.is_numeric()
        read = old.cast(pl.Float64, strict=False) if plain else new
        if self.decimal == "." and read.null_count() == new.null_count() == old.null_count():
            return
        endless = lost & read.is_infinite().fill_null(False)
        dressed = new.is_not_null() & ~read.eq_missing(new)
        for cells, what in (
            (endless, INFINITE),
            (lost & ~endless, NO_NUMBER),
            (dressed, f"read as numbers{self._spelling()}"),
        ):
            if count := int(cells.sum()):
                shown = examples(old.filter(cells))
                yield Change(self.name, old.name, what, count, examples=shown)

    def _spelling(self) -> str:
        parts = ["a decimal comma"] if self.decimal == "," else []
        parts += [f"the unit {self.unit}"] if self.unit else []
        parts += ["K, M and B for thousands, millions and billions"] if self.scaled else []
        return f" with {', '.join(parts)}" if parts else ""


def _of_target(series: pl.Series, comma: str) -> Numerals:
    """A target of a regression is read as numbers whatever it looks like."""
    style = numerals_of(series, comma=comma) if series.dtype == pl.String else None
    return style or Numerals()


def _of_feature(series: pl.Series, comma: str) -> Numerals | None:
    """How a feature's numbers are spelt; None if it holds words, codes or dates."""
    if series.dtype == pl.String:
        style = numerals_of(series, comma=comma)
        return None if style == Numerals() and is_day_number(series) else style
    if series.dtype.is_integer():
        exact = bool((series.cast(pl.Float64).abs() <= EXACT).all())
        return Numerals() if exact and not is_day_number(series) else None
    number = series.dtype.is_float() or series.dtype in (pl.Duration, pl.Null)
    return Numerals() if number else None
