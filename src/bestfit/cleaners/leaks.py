"""Columns that are the target under another name."""

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, without
from .counts import counts_of

__all__ = ["Leaks"]

MIN_ROWS = 50
MIN_CLASS_ROWS = 5
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
        answer = Answer.of(table.frame[target])
        reasons = {
            series.name: f"dropped: {reason}"
            for series in table.frame
            if settings.may_drop(series.name, target) and (reason := _copy(series, answer))
        }
        features = [name for name in table.columns if name != target]
        return [cls(reasons)] if reasons and len(reasons) < len(features) else []

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        return without(table, self.columns, self.name)


class Answer(NamedTuple):
    """The target, and how many classes it has (0 for a number) and rows the rarest of them."""

    cells: pl.Series
    classes: int
    fewest: int

    @classmethod
    def of(cls, cells: pl.Series) -> "Answer":
        """Count the classes once."""
        rows = [] if cells.dtype == pl.Float64 else counts_of(cells)["rows"].to_list()
        return cls(cells, len(rows), min(rows, default=0))


def _copy(series: pl.Series, answer: Answer) -> str:
    """Why a column is a copy of the target; ``""`` if it is none."""
    if not answer.classes:
        return _monotone_copy(series, answer.cells)
    if answer.fewest < MIN_CLASS_ROWS or answer.classes < 2:
        return ""
    if series.null_count():
        told = answer.classes == 2 and _pairs(series.is_null(), answer.cells) == 2
        return "it is filled in for one class only, which gives the target away" if told else ""
    if series.head(SOME_ROWS).n_unique() > answer.classes or series.n_unique() != answer.classes:
        return ""
    if _pairs(series, answer.cells) != answer.classes:
        return ""
    return "it is the target under another name: each value stands for one class"


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
