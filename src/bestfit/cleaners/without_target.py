"""Rows whose target is missing teach nothing."""

from dataclasses import dataclass

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner

__all__ = ["WithoutTarget"]


@cleaner("without_target")
@dataclass(frozen=True)
class WithoutTarget(Cleaner):
    """Leaves out rows without a value in the column to predict.

    Args:
        target: that column.
    """

    training_only = True
    target: str

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["WithoutTarget"]:
        return [cls(target)] if target and table.frame[target].null_count() else []

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        if self.target not in table.columns:
            return table, []
        known = table.frame[self.target].is_not_null()
        rows = table.n_rows - int(known.sum())
        change = Change(self.name, self.target, "rows without a target left out", rows=rows)
        return table.filter(known), [change] if rows else []
