"""What a source is, and a file that is opened by its content, never by its name."""

import bz2
import gzip
import lzma
import os
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import polars as pl

from ..errors import SourceError
from ..registry import Registry
from ..table import Table

__all__ = ["File", "Source", "source"]

HEAD_BYTES = 1 << 16
DAMAGE = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, pl.exceptions.PolarsError)


@dataclass(frozen=True)
class File:
    """A file on this machine: its bytes, unpacked where it is compressed.

    Args:
        path: where it lies.
        compression: ``gzip``, ``zstd``, ``bzip2``, ``xz`` or None, told by the first bytes.
    """

    path: Path
    compression: str | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> "File":
        """Look at a path and at the first bytes there.

        Raises:
            SourceError: nothing is there, it is a folder, it is empty, or it may not be read.
        """
        if not str(path):
            raise SourceError("the name of the file is empty")
        place = Path(os.path.expanduser(path))
        try:
            if place.is_dir():
                raise SourceError("this is a folder, not a file", where=str(path), hint=_in(place))
            with place.open("rb") as file:
                start = file.read(8)
        except FileNotFoundError:
            raise SourceError("no such file", where=str(path), hint=_near(place)) from None
        except PermissionError:
            raise SourceError("no permission to read this file", where=str(path)) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(f"this file cannot be read ({reason})", where=str(path)) from None
        if not start:
            raise SourceError("the file is empty", where=str(path))
        packed = (name for name, (magic, _) in UNPACK.items() if start.startswith(magic))
        return cls(place, next(packed, None))

    @cached_property
    def data(self) -> bytes:
        """All bytes, unpacked.

        Raises:
            SourceError: the compressed data is damaged or cut off.
        """
        packed = self.path.read_bytes()
        if self.compression is None:
            return packed
        try:
            data = UNPACK[self.compression][1](packed)
        except DAMAGE:
            raise SourceError(
                f"the {self.compression} data is damaged or cut off",
                where=str(self.path),
                hint="fetch or pack the file again",
            ) from None
        if not data:
            raise SourceError("the file is empty once unpacked", where=str(self.path))
        return data

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, unpacked."""
        if self.compression is not None:
            return self.data[:HEAD_BYTES]
        with self.path.open("rb") as file:
            return file.read(HEAD_BYTES)

    def reading(self, form: str) -> dict[str, object]:
        """What a table notes about the file it came from."""
        size = self.path.stat().st_size
        return {"format": form, "compression": self.compression, "bytes": size}


class Source(ABC):
    """One kind of file: a frozen dataclass whose first field is the file, the rest options."""

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def accepts(cls, file: File) -> bool:
        """Whether the first bytes are of this kind."""

    @abstractmethod
    def read(self) -> Table:
        """All rows.

        Raises:
            SourceError: the rows cannot be read: what happened, where, and what to try.
        """


source: Registry[Source] = Registry("source")


def _unzstd(packed: bytes) -> bytes:
    """Text out of zstd, by the reader of lines in polars: Python has no zstd before 3.14."""
    lines = pl.read_lines(packed).to_series()
    return "\n".join(lines.to_list()).encode() + b"\n"


UNPACK: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "gzip": (b"\x1f\x8b", gzip.decompress),
    "zstd": (b"\x28\xb5\x2f\xfd", _unzstd),
    "bzip2": (b"BZh", bz2.decompress),
    "xz": (b"\xfd7zXZ\x00", lzma.decompress),
}


def _in(folder: Path) -> str:
    """What may have been meant by a folder."""
    names = sorted(child.name for child in folder.iterdir() if child.is_file())[:3]
    return f"name one of its files: {', '.join(names)}" if names else ""


def _near(place: Path) -> str:
    """What may have been meant by a path where nothing is."""
    folder = place.parent
    if not folder.is_dir():
        return f"the folder {str(folder)!r} does not exist either"
    names = [child.name for child in folder.iterdir()]
    near = get_close_matches(place.name, names, n=2, cutoff=0.6)
    near = near or [name for name in names if name.startswith(f"{place.stem}.")][:2]
    return f"did you mean {' or '.join(near)}?" if near else "check the path"
