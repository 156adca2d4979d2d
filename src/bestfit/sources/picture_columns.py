"""Columns that name files of pictures, or hold their bytes, as columns of pictures."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from ..errors import SourceError
from ..frames.pictures import HEAD, MAX_SIDE, picture_shape
from ..table import Table
from .decoding import NO_FILE, decoded
from .file import called_picture
from .pictures import NAMED, checked_side

__all__ = ["PictureColumns", "Tally"]

SOME = 200  # cells that are looked at first
MIN_SHARE = 0.8  # of them are called like pictures
MIN_THERE = 0.1  # of them are there


@dataclass
class Tally:
    """What was found in the parts of a table so far.

    Args:
        columns: those of paths, and those of bytes; None before the first part.
        causes: by column, how many pictures could not be read, and why.
        lost: these by name.
        read: columns with a picture that could be read.
    """

    columns: tuple[list[str], list[str]] | None = None
    causes: dict[str, Counter[str]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)

    def next_source(self) -> "Tally":
        """For the next source of the same table: nothing is counted yet."""
        return Tally(self.columns, read=self.read)


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

    def of(self, table: Table, tally: "Tally | None" = None) -> Table:
        """The table with its pictures; what cannot be read is missing, and is counted and named.

        The first column of paths stays, too, and names the rows.

        Args:
            table: whole, or a part.
            tally: of the parts before; what they lost is told with the last part of a source.
        Raises:
            SourceError: a folder was named, and no column leads into it.
        """
        tally = tally or Tally()
        if tally.columns is None:
            tally.columns = self._columns(table)
        named, raw = tally.columns
        if not named and not raw:
            return table
        made = [self._decoded(table.frame[name], tally) for name in (*named, *raw)]
        key = table.key
        if named:
            key = _free(f"{named[0]} file", table.columns)
            made.append(table.frame[named[0]].alias(key))
        reading = dict(table.reading)
        if tally.causes and reading:
            reading["unreadable_pictures"] = {name: dict(n) for name, n in tally.causes.items()}
            reading["unreadable_files"] = tally.lost[:NAMED]
        return replace(table.with_columns(made), reading=reading, key=key)

    def _columns(self, table: Table) -> tuple[list[str], list[str]]:
        """Columns of paths, and those of bytes."""
        checked_side(self.side)
        named = [series.name for series in table.frame if self._names_pictures(series)]
        if self.asked and not named and table.n_rows:
            problem = f"no column names pictures in {self.folder}"
            raise SourceError(problem, where=table.origin, hint="paths that start from there")
        return named, [series.name for series in table.frame if _is_raw(series)]

    def _decoded(self, series: pl.Series, tally: "Tally") -> pl.Series:
        filled = series.drop_nulls().to_list()
        contents = [self._path(c) if isinstance(c, str) else c for c in filled]
        found = decoded(contents, self.side)
        cells: list[bytes | None] = []
        for place, cell in enumerate(series):
            picture = None if cell is None else next(found)
            cells.append(None if picture is None else picture.cell)
            if picture is not None and picture.cell is None:
                tally.causes.setdefault(series.name, Counter())[picture.cause] += 1
                name = cell if isinstance(cell, str) else f"row {place + 1}"
                tally.lost.append(f"{name} ({picture.cause})")
        if any(cells):
            tally.read.add(series.name)
        elif filled and series.name not in tally.read:
            cause = tally.causes[series.name].most_common(1)[0][0]
            problem = f"no picture of column {series.name!r} can be read: {cause}"
            hint = "" if cause != NO_FILE else "name their folder: --read pictures=FOLDER"
            raise SourceError(problem, where=str(self.folder or ""), hint=hint)
        return pl.Series(series.name, cells, dtype=pl.Binary)

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
