"""Everything else as text, spelt as in training whatever type it comes in."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner
from .counts import ranked

__all__ = ["Texts", "to_texts"]


@cleaner("texts")
@dataclass(frozen=True)
class Texts(Cleaner):
    """Makes columns texts: categories, labels, prose.

    Args:
        columns: where.
        truths: how true and false are spelt, in columns of truths.
        digits: whole numbers are filled up with zeros to so many digits; 0 leaves them.
        point: whole numbers are spelt ``1.0``.
    """

    columns: tuple[str, ...]
    truths: tuple[str, ...] = ()
    digits: int = 0
    point: bool = False

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Texts"]:
        groups: dict[tuple[tuple[str, ...], int, bool], list[str]] = {}
        for series in table.frame:
            label = series.name == target and settings.task != "regression"
            typed = series.dtype in (pl.Float64, pl.Datetime("us"), pl.Binary)
            if not typed or label or series.name in settings.categories:
                groups.setdefault(_spelling(series), []).append(series.name)
        return [cls(tuple(names), *how) for how, names in groups.items()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        named = set(self.columns)
        mended = [self._spell(series) for series in table.frame if series.name in named]
        return table.with_columns(mended), []

    def _spell(self, series: pl.Series) -> pl.Series:
        texts = to_texts(series)
        if self.truths:
            yes, no = self.truths
            known = {"true": yes, "false": no}
            if series.dtype.is_numeric():
                known |= {"1": yes, "0": no}
            return _replaced(texts, known)
        if self.digits and series.dtype.is_numeric():
            return texts.str.zfill(self.digits)
        if self.point and series.dtype.is_numeric():
            return _where(texts.str.contains(r"^-?\d+$"), texts + ".0", texts)
        return texts


def to_texts(series: pl.Series) -> pl.Series:
    """The text that stands for each value in a file.

    >>> to_texts(pl.Series([1.0, 2.5])).to_list(), to_texts(pl.Series([True])).to_list()
    (['1', '2.5'], ['True'])
    """
    dtype = series.dtype
    if dtype == pl.Boolean:
        return series.cast(pl.String).str.to_titlecase()
    if dtype.is_float():
        whole = (series == series.floor()) & (series.abs() < 2**53)
        short = series.cast(pl.Int64, strict=False).cast(pl.String)
        return _where(whole, short, series.cast(pl.String))
    if isinstance(dtype, pl.Datetime):
        day, moment = series.dt.to_string("%Y-%m-%d"), series.dt.to_string("%Y-%m-%d %H:%M:%S")
        return _where(series.dt.truncate("1d") == series, day, moment)
    if dtype == pl.Duration:
        return series.dt.total_seconds(fractional=True).cast(pl.String)
    return series.cast(pl.String)


def _where(condition: pl.Series, one: pl.Series, other: pl.Series) -> pl.Series:
    return one.zip_with(condition.fill_null(False), other)


def _replaced(texts: pl.Series, known: Mapping[str, str]) -> pl.Series:
    """Texts that are known in lower case become what is known of them."""
    return texts.str.to_lowercase().replace_strict(known, default=texts)


def _spelling(series: pl.Series) -> tuple[tuple[str, ...], int, bool]:
    """How this column spells truths, codes with zeros in front, and whole numbers."""
    if series.dtype == pl.Boolean:
        return ("True", "False"), 0, False
    some = series.drop_nulls()
    if some.dtype != pl.String or not len(some):
        return (), 0, False
    few = ranked(some.head(1000))["value"].to_list()
    folded = {text.casefold(): text for text in reversed(few)}
    if folded.keys() <= {"true", "false"}:
        yes = folded.get("true") or _like_case("true", folded["false"])
        return (yes, folded.get("false") or _like_case("false", yes)), 0, False
    if all(text.isdecimal() for text in few) and some.str.starts_with("0").any():
        longest, shortest = some.str.len_chars().max(), some.str.len_chars().min()
        if longest == shortest and isinstance(longest, int):
            return (), longest, False
    return (), 0, all(t.endswith(".0") for t in few) and bool(some.str.ends_with(".0").all())


def _like_case(word: str, other: str) -> str:
    if other.isupper():
        return word.upper()
    return word if other.islower() else word.capitalize()
