"""Columns that name files of pictures, or hold their bytes, as columns of pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from ..errors import SourceError
from ..frames.pictures import HEAD, MAX_SIDE, picture_shape
from ..table import Table
from .decoding import NO_FILE, decoded
from .file import called_picture
from .pictures import NAMED, checked_side

__all__ = ["PictureColumns"]

SOME = 200  # cells that are looked at first
MIN_SHARE = 0.8  # of them are called like pictures
MIN_THERE = 0.1  # of them are there


@dataclass(frozen=True)
class PictureColumns:
    """Turns columns of paths, and of encoded pictures, into pictures.

    Args:
        folder: that the paths start from; None leaves texts alone.
        side: most pixels of the longer side.
        asked: whether the folder was named, so that some column must lead into it.
    """

    folder: Path | None = None
    side: int = MAX_SIDE
    asked: bool = False

    def of(self, table: Table) -> Table:
        """The table with its pictures; what cannot be read is missing, and is counted and named.

        The first column of paths stays, too, and names the rows.

        Raises:
            SourceError: a folder was named, and no column leads into it.
        """
        checked_side(self.side)
        named = [series for series in table.frame if self._names_pictures(series)]
        raw = [series for series in table.frame if _is_raw(series)]
        if self.asked and not named and table.n_rows:
            problem = f"no column names pictures in {self.folder}"
            raise SourceError(problem, where=table.origin, hint="paths that start from there")
        if not named and not raw:
            return table
        causes: dict[str, Counter[str]] = {}
        lost: list[str] = []
        made: list[pl.Series] = []
        for series in (*named, *raw):
            cells = self._decoded(series, causes, lost)
            made.append(pl.Series(series.name, cells, dtype=pl.Binary))
        key = None
        if named:
            key = _free(f"{named[0].name} file", table.columns)
            made.append(named[0].alias(key))
        reading = dict(table.reading)
        if causes:
            reading["unreadable_pictures"] = {name: dict(own) for name, own in causes.items()}
            reading["unreadable_files"] = lost[:NAMED]
        return replace(table.with_columns(made), reading=reading, key=key or table.key)

    def _decoded(
        self, series: pl.Series, causes: dict[str, Counter[str]], lost: list[str]
    ) -> list[bytes | None]:
        filled = series.drop_nulls().to_list()
        contents = [self._path(c) if isinstance(c, str) else c for c in filled]
        found = iter(list(decoded(contents, self.side)))
        cells: list[bytes | None] = []
        for place, cell in enumerate(series):
            picture = None if cell is None else next(found)
            cells.append(None if picture is None else picture.cell)
            if picture is not None and picture.cell is None:
                causes.setdefault(series.name, Counter())[picture.cause] += 1
                name = cell if isinstance(cell, str) else f"row {place + 1}"
                lost.append(f"{name} ({picture.cause})")
        if filled and not any(cells):
            cause = causes[series.name].most_common(1)[0][0]
            problem = f"no picture of column {series.name!r} can be read: {cause}"
            hint = "" if cause != NO_FILE else "name their folder: --pictures FOLDER"
            raise SourceError(problem, where=str(self.folder or ""), hint=hint)
        return cells

    def _names_pictures(self, series: pl.Series) -> bool:
        if self.folder is None or series.dtype != pl.String:
            return False
        some = series.drop_nulls().head(SOME).to_list()
        called = [cell for cell in some if called_picture(cell)]
        if not some or len(called) < MIN_SHARE * len(some):
            return False
        there = sum(self._path(cell).is_file() for cell in called)
        return there >= MIN_THERE * len(called) or self.asked

    def _path(self, cell: str) -> Path:
        assert self.folder is not None  # else no text is taken for a path
        return self.folder / cell.strip().replace("\\", "/")


def _is_raw(series: pl.Series) -> bool:
    """Whether a column holds files of pictures, which are no cells yet."""
    if series.dtype != pl.Binary:
        return False
    return not all(_is_cell(cell) for cell in series.drop_nulls())


def _is_cell(cell: bytes) -> bool:
    if HEAD.match(cell) is None:
        return False
    try:
        picture_shape(cell)
    except SourceError:
        return False
    return True


def _free(name: str, taken: Sequence[str]) -> str:
    fresh, copy = name, 1
    while fresh in taken:
        copy += 1
        fresh = f"{name}_{copy}"
    return fresh
