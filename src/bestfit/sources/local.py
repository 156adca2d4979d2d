"""Files on this machine: a path, a pattern of paths, a folder of parts, standard input."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import has_magic, iglob
from pathlib import Path

from ..errors import SourceError
from .base import Place, place
from .file import File

__all__ = ["Local", "partition_of"]

STDIN = "-"
PARTITION = re.compile(r"([^=]+)=(.*)", re.DOTALL)
MAX_PARTS = 100_000


@place("local")
@dataclass(frozen=True)
class Local(Place):
    """A path; a pattern such as ``sales/*.csv``; a folder, whose files are parts; or ``-``.

    Hidden files, files that begin with an underscore and empty files are no parts. Folders
    called ``year=2024`` add a column.

    Args:
        address: the path.
    """

    address: str

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
                return _parts(
                    (p for p in found if p.is_file()), None, f"no file matches: {self.address}"
                )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(f"this cannot be read ({reason})", where=self.address) from None
        return [File.open(self.address)]


def _standard_input() -> File:
    if sys.stdin is None or sys.stdin.isatty():
        raise SourceError("nothing is piped in", where="-", hint="bestfit inspect - < rows.csv")
    return File.of(sys.stdin.buffer.read(), "standard input")


def _under(folder: Path) -> Iterator[Path]:
    """Every file below a folder, without following links to folders."""
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        yield from (Path(here, name) for name in names)


def _parts(paths: Iterator[Path], folder: Path | None, nothing: str) -> list[File]:
    chosen = []
    for path in paths:
        if not path.name.startswith((".", "_")) and path.stat().st_size:
            chosen.append(path)
        if len(chosen) > MAX_PARTS:
            raise SourceError(f"more than {MAX_PARTS:,} files", where=nothing.partition(": ")[2])
    if not chosen:
        what, _, where = nothing.partition(": ")
        raise SourceError(what, where=where, hint="check the path")
    files = []
    for path in sorted(chosen, key=_natural):
        file = File.open(path)
        above = path.relative_to(folder).parts[:-1] if folder else path.parts[:-1]
        file.partition.update(partition_of(above))
        files.append(file)
    return files


def partition_of(folders: Sequence[str]) -> dict[str, str]:
    """The cells that folders such as ``year=2024`` give to the rows below them."""
    matches = (PARTITION.fullmatch(folder) for folder in folders)
    return {m[1]: m[2] for m in matches if m}


def _natural(path: Path) -> list[tuple[int, str]]:
    """Order in which part-2 comes before part-10."""
    return [(int(t), "") if t.isdigit() else (-1, t) for t in re.split(r"(\d+)", str(path))]
