"""A file that is opened by its content, never by its name, wherever its bytes lie."""

import os
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property, partial
from importlib import import_module
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import IO, Any, cast

from ..errors import SourceError
from ..frames.pictures import is_encoded

__all__ = [
    "BLOCK_BYTES",
    "HEAD_BYTES",
    "START_BYTES",
    "File",
    "called_picture",
    "is_hidden",
    "near",
]

HEAD_BYTES = 1 << 16
START_BYTES = 64
BLOCK_BYTES = 1 << 23
MAX_RATIO = 500  # real tables are packed to a tenth, rarely to a hundredth; a bomb to less
PICTURES = frozenset(
    ("jpg", "jpeg", "jpe", "png", "gif", "bmp", "tif", "tiff", "webp", "ppm", "pgm", "pbm", "ico",
     "jp2", "j2k", "avif", "heic")
)  # fmt: skip
FREE_BYTES = 1 << 28  # a file may unpack to so much whatever its ratio


@dataclass(frozen=True, eq=False)
class File:
    """The bytes of a file, unpacked where it is compressed.

    Args:
        name: what to call it in messages, without secrets.
        path: where it lies on this machine; None for bytes in memory.
        content: its bytes, as long as no path is given.
        compression: ``gzip``, ``zstd``, ``bzip2``, ``xz`` or None, told by the first bytes.
        start: its first bytes, as they lie there.
        folders: names of the folders between the address and the file.
        partition: cells that these give to all of its rows, as in ``year=2024``.
        ranged: opens bytes far away that can be read in parts; ``content`` then is their head.
        keep: what has to stay alive as long as the path is used, for instance a temporary folder.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    compression: str | None = None
    start: bytes = b""
    folders: tuple[str, ...] = ()
    partition: dict[str, str] = field(default_factory=dict)
    ranged: Callable[[], RawIOBase] | None = None
    keep: object = None

    @classmethod
    def open(cls, path: str | os.PathLike[str], name: str = "", keep: object = None) -> "File":
        """Look at the first bytes of a path.

        Raises:
            SourceError: nothing is there, it is a folder, it is empty, or it may not be read.
        """
        place, name = Path(os.path.expanduser(path)), name or str(path)
        try:
            if place.is_dir():
                raise SourceError("this is a folder, not a file", where=name)
            with place.open("rb") as file:
                start = file.read(START_BYTES)
        except FileNotFoundError:
            raise SourceError("no such file", where=name, hint=near(place)) from None
        except PermissionError:
            raise SourceError("no permission to read this file", where=name) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(f"this file cannot be read ({reason})", where=name) from None
        if not start:
            raise SourceError("the file is empty", where=name)
        return cls(name, place, None, _compression(start), start, keep=keep)

    @classmethod
    def of(cls, content: bytes, name: str) -> "File":
        """Bytes that came from elsewhere: standard input, a member of an archive, a server.

        Raises:
            SourceError: there are none.
        """
        if not content:
            raise SourceError("the file is empty", where=name)
        start = content[:START_BYTES]
        return cls(name, None, content, _compression(start), start)

    @property
    def is_picture(self) -> bool:
        """Whether it begins like a picture; of one that is not there, whether it is called so."""
        return is_encoded(self.start) or (not self.start and called_picture(self.name))

    @property
    def local(self) -> Path | None:
        """The path of bytes that can be read as they lie on the disk, else None."""
        return self.path if self.compression is None else None

    @property
    def size(self) -> int:
        """Bytes as they lie there, packed or not."""
        if self.path is None:
            return len(self.content or b"")
        return self.path.stat().st_size

    @cached_property
    def data(self) -> bytes:
        """All bytes, unpacked.

        Raises:
            SourceError: the compressed data is damaged or cut off.
        """
        if self.compression is None:
            return self._packed()
        if pieces := list(self.blocks()):
            return b"".join(pieces)
        raise SourceError("the file is empty once unpacked", where=self.name)

    def blocks(self, size: int = BLOCK_BYTES) -> Iterator[bytes]:
        """The unpacked bytes, so many at a time.

        Raises:
            SourceError: the compressed data is damaged or cut off, or unpacks to far too much.
        """
        left = max(FREE_BYTES, MAX_RATIO * self.size)
        try:
            with self.opened() as file:
                while block := file.read(size):
                    left -= len(block)
                    if left < 0 and self.compression is not None:
                        problem = f"this {self.compression} file unpacks to far more than any table"
                        raise SourceError(problem, where=self.name)
                    yield block
        except damage() as error:
            if self.compression is None:
                reason = getattr(error, "strerror", None) or str(error)
                problem = f"this file cannot be read ({reason})"
                raise SourceError(problem, where=self.name) from None
            raise SourceError(
                f"the {self.compression} data is damaged or cut off",
                where=self.name,
                hint="fetch or pack the file again",
            ) from None

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB, unpacked."""
        if self.compression is None and self.path is None:
            return (self.content or b"")[:HEAD_BYTES]
        try:
            with self.opened() as file:
                return file.read(HEAD_BYTES)
        except damage():
            return self.data[:HEAD_BYTES]  # which tells what is wrong

    def opened(self) -> IO[bytes]:
        """The unpacked bytes as a stream, which the caller closes."""
        packed = BytesIO(self.content or b"") if self.path is None else self.path
        if self.compression is not None:
            return cast(IO[bytes], UNPACK[self.compression][1]().open(packed))
        return packed.open("rb") if isinstance(packed, Path) else packed

    def member(self, name: str, content: bytes) -> "File":
        """A file inside this one."""
        folders = (*self.folders, *name.split("/")[:-1])
        inner = File.of(content, f"{self.name}:{name}")
        return replace(inner, folders=folders, partition=self.partition)

    def reading(self, form: str) -> dict[str, object]:
        """What a table notes about the file it came from."""
        return {"format": form, "compression": self.compression, "bytes": self.size}

    def _packed(self) -> bytes:
        return self.content or b"" if self.path is None else self.path.read_bytes()


def called_picture(name: str) -> bool:
    """Whether a file is called like a picture.

    >>> called_picture("_1.JPG"), called_picture("t.csv")
    (True, False)
    """
    return name.lower().rpartition(".")[2] in PICTURES


def is_hidden(name: str) -> bool:
    """Whether a file of a folder is none of its parts, by its name.

    >>> is_hidden("._a.csv"), is_hidden("_SUCCESS"), is_hidden("_1.jpg")
    (True, True, False)
    """
    return name.startswith(".") or (name.startswith("_") and not called_picture(name))


def near(place: Path) -> str:
    """What may have been meant by a path where nothing is."""
    folder = place.parent
    if not folder.is_dir():
        return f"the folder {str(folder)!r} does not exist either"
    names = [child.name for child in folder.iterdir()]
    alike = get_close_matches(place.name, names, n=2, cutoff=0.6)
    alike = alike or [name for name in names if name.startswith(f"{place.stem}.")][:2]
    return f"did you mean {' or '.join(alike)}?" if alike else "check the path"


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


UNPACK: dict[str, tuple[bytes, Callable[[], Any]]] = {
    "gzip": (b"\x1f\x8b", partial(import_module, "gzip")),
    "zstd": (b"\x28\xb5\x2f\xfd", _zstd),
    "bzip2": (b"BZh", partial(import_module, "bz2")),
    "xz": (b"\xfd7zXZ\x00", partial(import_module, "lzma")),
}


def _compression(start: bytes) -> str | None:
    return next((name for name, (magic, _) in UNPACK.items() if start.startswith(magic)), None)


def damage() -> tuple[type[Exception], ...]:
    """What the unpackers raise when their bytes are no longer what was written."""
    import lzma

    return (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, _zstd().ZstdError)
