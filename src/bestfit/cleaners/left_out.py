"""Columns that the user leaves out."""

from dataclasses import dataclass

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, without

__all__ = ["LeftOut"]


@cleaner("left_out")
@dataclass(frozen=True)
class LeftOut(Cleaner):
    """Drops the columns named in the settings.

    Args:
        columns: their names.
    """

    columns: tuple[str, ...]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["LeftOut"]:
        return [cls(settings.drop)] if settings.drop else []

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        return without(table, dict.fromkeys(self.columns, "left out as asked"), self.name)
