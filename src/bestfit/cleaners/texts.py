"""Everything else as text, spelt as in training whatever type it comes in."""

from dataclasses import dataclass, replace

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner

__all__ = ["Texts", "to_texts"]

TRUTHS = ("True", "False")


@cleaner("texts")
@dataclass(frozen=True)
class Texts(Cleaner):
    """Makes columns texts: categories, labels, prose.

    Args:
        columns: where.
        truths: how true and false are spelt.
        digits: whole numbers are filled up with zeros to so many digits; 0 leaves them.
        point: whole numbers are spelt ``1.0``.
    """

    columns: tuple[str, ...]
    truths: tuple[str, ...] = TRUTHS
    digits: int = 0
    point: bool = False

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Texts"]:
        groups: dict[tuple[tuple[str, ...], int, bool], list[str]] = {}
        for series in table.frame:
            if series.dtype == pl.String:
                groups.setdefault(_spelling(series), []).append(series.name)
            elif series.dtype != pl.Float64 and series.dtype != pl.Datetime("us"):
                groups.setdefault((TRUTHS, 0, False), []).append(series.name)
            elif series.name == target and settings.task != "regression":
                groups.setdefault((TRUTHS, 0, False), []).append(series.name)
            elif series.name in settings.categories:
                groups.setdefault((TRUTHS, 0, False), []).append(series.name)
        return [cls(tuple(names), *how) for how, names in groups.items()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        frame = table.frame
        mended = [self.spell(frame[name]) for name in self.columns if name in frame.columns]
        return replace(table, frame=frame.with_columns(mended)), []

    def spell(self, series: pl.Series) -> pl.Series:
        """One column as texts."""
        texts = to_texts(series, self.truths)
        if self.digits and series.dtype.is_numeric():
            return texts.str.zfill(self.digits)
        if self.point and series.dtype.is_numeric():
            whole = texts.str.contains(r"^-?\d+$").fill_null(False)
            return texts.zip_with(~whole, texts + ".0")
        return texts


def to_texts(series: pl.Series, truths: tuple[str, ...] = TRUTHS) -> pl.Series:
    """The text that stands for each value in a file.

    >>> to_texts(pl.Series([1.0, 2.5])).to_list(), to_texts(pl.Series([True])).to_list()
    (['1', '2.5'], ['True'])
    """
    dtype = series.dtype
    if dtype == pl.Boolean:
        names = pl.Series(list(truths), dtype=pl.String)
        return names.gather((~series).cast(pl.UInt32)).alias(series.name)
    if dtype.is_float():
        whole = (series == series.floor()) & (series.abs() < 2**53)
        texts = series.cast(pl.String)
        return texts.zip_with(
            ~whole.fill_null(False), series.cast(pl.Int64, strict=False).cast(pl.String)
        )
    if isinstance(dtype, pl.Datetime):
        midnight = (series.dt.truncate("1d") == series).all()
        return series.dt.to_string("%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M:%S")
    if dtype == pl.Duration:
        return series.dt.total_seconds(fractional=True).cast(pl.String)
    return series.cast(pl.String)


def _spelling(series: pl.Series) -> tuple[tuple[str, ...], int, bool]:
    """How this column spells truths, codes with zeros in front, and whole numbers."""
    some = series.drop_nulls()
    if not len(some):
        return TRUTHS, 0, False
    few = some.head(1000).unique().to_list()
    folded = {text.casefold(): text for text in few}
    if folded.keys() <= {"true", "false"}:
        return (folded.get("true", "True"), folded.get("false", "False")), 0, False
    if all(text.isdecimal() for text in few) and some.str.starts_with("0").any():
        lengths = some.str.len_chars()
        if lengths.min() == lengths.max():
            return TRUTHS, int(lengths[0]), False
    point = all(text.endswith(".0") for text in few) and some.str.ends_with(".0").all()
    return TRUTHS, 0, bool(point)
