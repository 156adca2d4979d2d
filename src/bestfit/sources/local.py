"""Files on this machine: a path, a pattern of paths, a folder of parts, standard input."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from glob import has_magic, iglob
from itertools import takewhile
from pathlib import Path

from ..errors import SourceError
from ..frames.pictures import MAX_SIDE
from .base import Place, place
from .file import File, called_picture, is_hidden

__all__ = ["Local", "partition_of"]

STDIN = "-"
PARTITION = re.compile(r"([^=]+)=(.*)", re.DOTALL)
MAX_PARTS = 1_000_000


@place("local")
@dataclass(frozen=True)
class Local(Place):
    """A path; a pattern such as ``sales/*.csv``; a folder, whose files are parts; or ``-``.

    Hidden files, files that begin with an underscore and empty files are no parts, unless they
    are called like pictures. Folders called ``year=2024`` add a column.

    Args:
        address: the path.
        pictures: the folder of the pictures that cells of a table name; None takes the table's.
        side: of these pictures, as in the source ``pictures``.
    """

    address: str
    pictures: str | None = None
    side: int = MAX_SIDE

    def files(self) -> list[File]:
        if not self.address:
            raise SourceError("the name of the file is empty")
        if self.address == STDIN:
            return [_standard_input()]
        path = Path(os.path.expanduser(self.address))
        try:
            if path.is_dir():
                return _parts(_under(path), path, f"no files in this folder: {self.address}")
            if has_magic(self.address) and not path.exists():
                found = (Path(p) for p in iglob(str(path), recursive=True))
                found = (p for p in found if not p.is_dir())
                return _parts(found, _fixed(path), f"no file matches: {self.address}", whole=True)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(f"this cannot be read ({reason})", where=self.address) from None
        return [File.open(self.address)]


def _fixed(pattern: Path) -> Path:
    """The folder that all paths of a pattern lie in."""
    return Path(*takewhile(lambda part: not has_magic(part), pattern.parts[:-1]))


def _standard_input() -> File:
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceError("nothing is piped in", where="-", hint="bestfit inspect - < rows.csv")
    return File.of(sys.stdin.buffer.read(), "standard input")


def _under(folder: Path) -> Iterator[Path]:
    """Every file below a folder; a link that leads back to a folder above it is not followed."""
    for here, folders, names in os.walk(folder, followlinks=True):
        above = {os.path.realpath(str(p)) for p in (here, *Path(here).parents)}
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith((".", "_"))
            and not (
                os.path.islink(path := os.path.join(here, name)) and os.path.realpath(path) in above
            )
        )
        yield from (Path(here, name) for name in names)


def _parts(paths: Iterator[Path], folder: Path, nothing: str, *, whole: bool = False) -> list[File]:
    """The files at these paths, all below a folder; ``whole`` says that what is above it counts."""
    chosen = []
    for path in paths:
        if _is_part(path):
            chosen.append(path)
        if len(chosen) > MAX_PARTS:
            raise SourceError(f"more than {MAX_PARTS:,} files", where=nothing.partition(": ")[2])
    if not chosen:
        what, _, where = nothing.partition(": ")
        raise SourceError(what, where=where, hint="check the path")
    files = []
    for path in sorted(chosen, key=_natural):
        odd = called_picture(path.name) and not _readable(path)
        file = File(str(path), path) if odd else File.open(path)
        below = path.relative_to(folder).parts[:-1]
        partition = partition_of(path.parts[:-1] if whole else below)
        files.append(replace(file, folders=below, partition=partition))
    return files


def _readable(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0 and os.access(path, os.R_OK)


def _is_part(path: Path) -> bool:
    """No hidden file, and one with something in it, unless it is called like a picture."""
    if is_hidden(path.name):
        return False
    if called_picture(path.name):
        return True  # what is wrong with it is told
    return path.is_file() and path.stat().st_size > 0


def partition_of(folders: Sequence[str]) -> dict[str, str]:
    """The cells that folders such as ``year=2024`` give to the rows below them."""
    matches = (PARTITION.fullmatch(folder) for folder in folders)
    return {m[1]: m[2] for m in matches if m}


def _natural(path: Path) -> list[tuple[int, str]]:
    """Order in which part-2 comes before part-10."""
    return [(int(t), "") if t.isdigit() else (-1, t) for t in re.split(r"(\d+)", str(path))]
