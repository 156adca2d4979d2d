"""Zip archives: their members are parts of one table."""

import zipfile
import zlib
from io import BytesIO

from ..errors import SourceError
from .file import FREE_BYTES, MAX_RATIO, File, is_hidden

__all__ = ["unzipped"]

MARKS = (b"PK\x03\x04", b"PK\x05\x06")
OFFICE = {"[Content_Types].xml", "mimetype"}


def unzipped(file: File) -> list[File]:
    """The members of a zip archive; any other file, an office document too, as it is.

    Raises:
        SourceError: the archive is damaged, locked or empty, or unpacks to far too much.
    """
    if not (file.start if file.compression is None else file.head).startswith(MARKS):
        return [file]
    try:
        with zipfile.ZipFile(BytesIO(file.data) if file.local is None else file.local) as archive:
            if OFFICE & set(archive.namelist()):
                return [file]
            members = [info for info in archive.infolist() if _is_part(info)]
            unpacked = sum(info.file_size for info in members)
            if unpacked > max(FREE_BYTES, MAX_RATIO * file.size):
                raise SourceError("this archive unpacks to more than any table", where=file.name)
            parts = [file.member(info.filename, archive.read(info)) for info in members]
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError):
        hint = "fetch or pack it again"
        raise SourceError("this zip archive is damaged", where=file.name, hint=hint) from None
    except (RuntimeError, NotImplementedError):
        problem = "this zip archive is locked by a password or packed in a way that is not known"
        raise SourceError(problem, where=file.name, hint="unpack it first") from None
    if not parts:
        raise SourceError("this zip archive holds no files", where=file.name)
    return parts


def _is_part(info: zipfile.ZipInfo) -> bool:
    name = info.filename.rpartition("/")[2]
    return (
        not info.is_dir()
        and bool(info.file_size)
        and not is_hidden(name)
        and "__MACOSX" not in info.filename
    )
