"""Folders of pictures: a row for each, and the folder it lies in says what it shows."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ..errors import SourceError
from ..frames.pictures import MAX_SIDE
from ..table import Table
from .base import Source, source
from .decoding import decoded
from .file import File

__all__ = ["Pictures", "checked_side", "labels_of"]

CHUNK = 4096
NAMED = 50  # of the files that were passed over
LARGEST_SIDE = 512
SPLITS = frozenset(
    ("train", "training", "valid", "validation", "val", "dev", "test", "testing", "eval")
)
PICTURE, LABEL, FILE = "picture", "label", "file"


@source("pictures")
@dataclass(frozen=True)
class Pictures(Source):
    """Pictures in folders, one for each class: JPEG, PNG, GIF, BMP, TIFF, WebP, AVIF and others.

    The columns are ``picture``, ``label`` (the first folder below those that all of them share;
    the second one where the first says only train, valid or test) and ``file``. What is no picture,
    or is damaged, is passed over, counted and named.

    Args:
        files: where the pictures lie.
        side: most pixels of the longer side; a larger picture is made smaller; 1 to 512.
    """

    files: tuple[File, ...]
    side: int = MAX_SIDE

    def read(self) -> Table:
        tables = list(self.chunks())
        frame = pl.concat([table.frame for table in tables])
        return Table(frame, self._origin, tables[-1].reading, target=tables[0].target, key=FILE)

    def chunks(self) -> Iterator[Table]:
        checked_side(self.side)
        labels, note = labels_of(self.files)
        names = ["/".join((*f.folders, f.name.rpartition("/")[2])) for f in self.files]
        found = decoded([_content(file) for file in self.files], self.side)
        skipped: dict[str, list[str]] = {}
        moving, n_rows = 0, 0
        for start in range(0, len(self.files), CHUNK):
            places = range(start, min(start + CHUNK, len(self.files)))
            rows: list[tuple[bytes, str | None, str]] = []
            for i, picture in zip(places, found, strict=False):
                moving += picture.moving
                if picture.cell is None:
                    skipped.setdefault(picture.cause, []).append(names[i])
                else:
                    rows.append((picture.cell, labels[i], names[i]))
            n_rows += len(rows)
            last = places[-1] + 1 == len(self.files)
            if last and not n_rows:
                raise self._none(skipped)
            reading = self._reading(n_rows, skipped, moving, note) if last else {}
            yield self._table(rows, reading, any(labels))

    def _table(
        self, rows: Sequence[tuple[bytes, str | None, str]], reading: dict[str, object], told: bool
    ) -> Table:
        types = {PICTURE: pl.Binary, LABEL: pl.String, FILE: pl.String}
        frame = pl.DataFrame(rows, schema=types, orient="row")
        frame = frame if told else frame.drop(LABEL)
        return Table(frame, self._origin, reading, target=LABEL if told else None, key=FILE)

    def _reading(
        self, n_rows: int, skipped: dict[str, list[str]], moving: int, note: str
    ) -> dict[str, object]:
        reading: dict[str, object] = {
            "format": self.name,
            "files": len(self.files),
            "rows": n_rows,
            "bytes": sum(file.size for file in self.files if file.start),
            "side": self.side,
        }
        if skipped:
            reading["skipped"] = {cause: len(names) for cause, names in skipped.items()}
            told = [f"{name} ({cause})" for cause, names in skipped.items() for name in names]
            reading["skipped_files"] = told[:NAMED]
        if moving:
            reading["first_frame_of"] = moving
        if note:
            reading["note"] = note
        return reading

    def _none(self, skipped: dict[str, list[str]]) -> SourceError:
        causes = Counter({cause: len(names) for cause, names in skipped.items()})
        cause, count = causes.most_common(1)[0]
        n_files = len(self.files)
        if n_files == 1:
            return SourceError(f"this picture cannot be read: {cause}", where=self._origin)
        problem = f"none of {n_files:,} files is a picture that can be read: {count:,} {cause}"
        return SourceError(problem, where=self._origin)

    @property
    def _origin(self) -> str:
        first = self.files[0]
        depth = len(first.folders) + 1
        if len(self.files) == 1:
            return first.name
        return first.name.rpartition("/")[0] if depth == 1 else first.name.rsplit("/", depth)[0]


def checked_side(side: int) -> int:
    """The side of a picture, if it is one.

    Raises:
        SourceError: it is out of range.
    """
    if 1 <= side <= LARGEST_SIDE:
        return side
    raise SourceError(f"side should be 1 to {LARGEST_SIDE} pixels, not {side}")


def labels_of(files: Sequence[File]) -> tuple[list[str | None], str]:
    """What the folders say that each picture shows, and what a reader should know of that.

    >>> labels_of([File("a", folders=("all", "cat")), File("b", folders=("all", "dog"))])
    (['cat', 'dog'], '')
    """
    folders = [file.folders for file in files]
    told = [path for path, file in zip(folders, files, strict=True) if file.is_picture] or folders
    level, note = 0, ""
    while all(len(path) > level + 1 for path in told) and len({p[level] for p in told}) == 1:
        level += 1
    first = {path[level].lower() for path in told if len(path) > level}
    if first <= SPLITS and all(len(path) > level + 1 for path in told):
        level += 1
        names = ", ".join(sorted(first))
        note = f"the folders {names} are read as one table; to keep them apart, name one as --test"
    return [path[level] if len(path) > level else None for path in folders], note


def _content(file: File) -> Path | Callable[[], bytes]:
    return file.local if file.local is not None else lambda: file.data
