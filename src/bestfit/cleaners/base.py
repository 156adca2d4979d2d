"""What a cleaner is, what may be switched off, and what a change is."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

from ..registry import Registry
from ..table import Table

__all__ = ["Change", "Cleaner", "Settings", "cleaner"]


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

    What it does to a row depends on that row and on its fields only, so that the same fields
    do the same at predict time.
    """

    name: ClassVar[str]
    training_only: ClassVar[bool] = False

    @classmethod
    @abstractmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list[Self]:
        """The steps of this kind that the table needs; none if it is clean."""

    @abstractmethod
    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        """The mended table, and what was changed. Columns that are not there are passed over."""


cleaner: Registry[Cleaner] = Registry("cleaner")
