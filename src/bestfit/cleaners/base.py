"""What a cleaner is, what may be switched off, and what a change is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import polars as pl

from ..registry import Registry
from ..table import Table

__all__ = [
    "NO_DATE",
    "NO_NUMBER",
    "Change",
    "Cleaner",
    "Settings",
    "cleaner",
    "examples",
    "noted",
    "texts_where",
    "warned",
    "without",
]


NO_NUMBER = "no number, read as missing"
NO_DATE = "no date, read as missing"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What cleaning may do; every default is on.

    Args:
        merge_labels: spellings of one label or category become one.
        drop_duplicates: of rows that are equal in every cell, the first stays.
        drop_ids: columns that only number or name the rows go.
        drop_constants: columns with one value, or none at all, go.
        drop_leaks: columns that are the target under another name go.
        missing_markers: cells with these texts are missing; None finds the usual ones.
        drop: columns to leave out.
        keep: columns that are never left out.
        reserve: columns that are typed and kept beside the features (a group, an order).
        categories: columns whose numbers are codes, not amounts.
        task: ``binary``, ``multiclass`` or ``regression``; None goes by the target.
    """

    merge_labels: bool = True
    drop_duplicates: bool = True
    drop_ids: bool = True
    drop_constants: bool = True
    drop_leaks: bool = True
    missing_markers: tuple[str, ...] | None = None
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    reserve: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    task: str | None = None

    def may_drop(self, column: str, target: str | None) -> bool:
        """Whether a cleaner may leave this column out on its own account."""
        return column != target and column not in self.keep and column not in self.reserve


@dataclass(frozen=True)
class Change:
    """One thing that cleaning did, with how much it touched.

    Args:
        cleaner: the component that did it.
        column: where; None for the whole table.
        what: a plain sentence.
        cells: how many cells are not as they were read.
        rows: how many rows were left out.
        examples: up to three of the cells, as they were read.
    """

    cleaner: str
    column: str | None
    what: str
    cells: int = 0
    rows: int = 0
    examples: tuple[str, ...] = ()


class Cleaner(ABC):
    """Mends rows and learns nothing: a frozen dataclass whose fields are plain JSON values.

    What it does to a row at predict time depends on that row and on its fields only.
    ``training_only`` marks what leaves rows out, which a prediction never does.
    """

    name: ClassVar[str]
    training_only: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list[Self]:
        """The steps of this kind that the table needs; none if it is clean.

        ``settings.task`` is decided by now where there is a target.
        """

    @abstractmethod
    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        """The mended table, and what was changed. Columns that are not there are passed over."""


cleaner: Registry[Cleaner] = Registry("cleaner")


def warned(name: str, column: str | None, what: str, **evidence: object) -> dict[str, Any]:
    """A warning as plain JSON values: a public name of a finding, where, a sentence, numbers."""
    return {"name": name, "column": column, "what": what, "evidence": evidence}


def noted(name: str, columns: Sequence[str], what: str) -> dict[str, Any]:
    """A note as plain JSON values."""
    return {"name": name, "columns": list(columns), "what": what}


def examples(cells: pl.Series) -> tuple[str, ...]:
    """Up to three different cells, as they were read, none longer than 40 characters."""
    filled = (str(cell) for cell in cells.head(500).to_list() if cell is not None)
    distinct = list(dict.fromkeys(filled))[:3]
    return tuple(text if len(text) <= 40 else f"{text[:39]}…" for text in distinct)


def texts_where(
    frame: pl.DataFrame, columns: Sequence[str], fault: Callable[[pl.Expr], pl.Expr]
) -> list[pl.Series]:
    """The columns of texts that have a cell at fault: asked of all columns in one go.

    >>> frame = pl.DataFrame({"a": ["x", "?"], "b": ["x", None], "n": [1, 2]})
    >>> [series.name for series in texts_where(frame, ["a", "b", "n"], lambda cell: cell == "?")]
    ['a']
    """
    named = set(columns)
    texts = [s for s in frame if s.dtype == pl.String and s.name in named]
    if not texts or not frame.height:
        return []
    found = pl.DataFrame(texts).select(fault(pl.all()).any()).row(0)
    return [series for series, some in zip(texts, found, strict=True) if some]


def without(table: Table, reasons: Mapping[str, str], name: str) -> tuple[Table, list[Change]]:
    """The table without the columns that have a reason to go, and the changes that say so."""
    gone = [column for column in reasons if column in table.columns]
    changes = [Change(name, column, reasons[column]) for column in gone]
    return table.select([name for name in table.columns if name not in set(gone)]), changes
