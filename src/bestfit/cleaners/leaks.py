"""Columns that are the target under another name."""

from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, without
from .counts import counts_of

__all__ = ["Leaks", "hint_of_leak"]

MIN_ROWS = 50
MIN_CLASS_ROWS = 5
MIN_ROWS_PER_VALUE = 20
MIN_CORRELATION = 0.9999
SOME_ROWS = 2000


@cleaner("leaks")
@dataclass(frozen=True)
class Leaks(Cleaner):
    """Drops columns from which the target can be written down, and that can be written from it.

    Args:
        columns: name → reason.
    """

    columns: dict[str, str]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Leaks"]:
        if not settings.drop_leaks or target is None or table.n_rows < MIN_ROWS:
            return []
        answer = table.frame[target]
        reasons = {
            series.name: f"dropped: {reason}"
            for series in table.frame
            if settings.may_drop(series.name, target) and (reason := _copy(series, answer))
        }
        features = [name for name in table.columns if name != target]
        return [cls(reasons)] if reasons and len(reasons) < len(features) else []

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        return without(table, self.columns, self.name)


def _copy(series: pl.Series, answer: pl.Series) -> str:
    """Why a column is a copy of the target; ``""`` if it is none."""
    if answer.dtype == pl.Float64:
        return _monotone_copy(series, answer)
    classes = answer.n_unique()
    fewest = counts_of(answer)["rows"].min()
    if not isinstance(fewest, int) or fewest < MIN_CLASS_ROWS or classes < 2:
        return ""
    if series.null_count() and classes == 2 and _pairs(series.is_null(), answer) == 2:
        return "it is filled in for one class only, so whether it is missing gives the target away"
    if series.null_count() or series.head(1000).n_unique() > classes:
        return ""
    if series.n_unique() == classes and _pairs(series, answer) == classes:
        return "it is the target under another name: each value stands for one class"
    return ""


def _monotone_copy(series: pl.Series, answer: pl.Series) -> str:
    """A number that grows, or falls, with the target without one exception."""
    if series.dtype != pl.Float64 or series.null_count():
        return ""
    some = pl.DataFrame({"x": series.head(2000), "y": answer.head(2000)})
    if not _follows(some) or not _follows(pl.DataFrame({"x": series, "y": answer})):
        return ""
    values = answer.n_unique()
    if values < MIN_ROWS or series.n_unique() != values or _pairs(series, answer) != values:
        return ""
    return "it is the target on another scale: each value stands for one value of the target"


def _follows(pairs: pl.DataFrame) -> bool:
    ordered = pairs.sort("y", "x")["x"]
    return ordered.is_sorted() or pairs.sort(pl.col("y"), -pl.col("x"))["x"].is_sorted(
        descending=True
    )


def _pairs(series: pl.Series, answer: pl.Series) -> int:
    return pl.DataFrame([series.alias("x"), answer.alias("y")]).n_unique()


def hint_of_leak(series: pl.Series, answer: pl.Series) -> dict[str, object] | None:
    """Evidence that a column gives the answer away, though it is no copy of it; None for none.

    Every value of a category belongs to one class only, a number parts two classes cleanly, or
    it lies on a straight line with a target that is a number.
    """
    known = pl.DataFrame([series.alias("x"), answer.alias("y")]).drop_nulls()
    if known.height < max(MIN_ROWS, 0.5 * len(answer)):
        return None
    if answer.dtype == pl.Float64:
        return _line(known) if series.dtype == pl.Float64 else None
    classes = counts_of(answer)
    fewest = classes["rows"].min()
    if not isinstance(fewest, int) or fewest < 2 * MIN_CLASS_ROWS:
        return None
    if known["y"].n_unique() != classes.height:
        return None
    if series.dtype == pl.String:
        return _pure(known.head(SOME_ROWS), 1) and _pure(known, MIN_ROWS_PER_VALUE)
    return _parted(known) if series.dtype == pl.Float64 and classes.height == 2 else None


def _pure(known: pl.DataFrame, rows_per_value: int) -> dict[str, object] | None:
    values = known["x"].n_unique()
    if values * rows_per_value > known.height or known.n_unique() != values:
        return None
    return {"values": values, "rows": known.height, "values_in_two_classes": 0}


def _parted(known: pl.DataFrame) -> dict[str, object] | None:
    ranges = known.group_by("y").agg(low=pl.col("x").min(), high=pl.col("x").max()).sort("low")
    below, above = ranges["high"][0], ranges["low"][1]
    return {"below": below, "above": above, "rows": known.height} if below < above else None


def _line(known: pl.DataFrame) -> dict[str, object] | None:
    r = known.select(pl.corr("x", "y")).item()
    if not isinstance(r, float) or not abs(r) > MIN_CORRELATION:
        return None
    return {"correlation": r, "rows": known.height}
