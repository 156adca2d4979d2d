"""Columns that the user leaves out."""

from dataclasses import dataclass

from ..errors import SchemaError
from ..table import Table, missing_columns
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
        named = (*settings.drop, *settings.keep, *settings.reserve, *settings.categories)
        missing = [name for name in dict.fromkeys(named) if name not in table.columns]
        if missing:
            raise SchemaError(missing_columns(missing), where=table.origin)
        return [cls(settings.drop)] if settings.drop else []

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        return without(table, dict.fromkeys(self.columns, "left out as asked"), self.name)
