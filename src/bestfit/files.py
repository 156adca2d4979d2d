"""Files that are whole or not there: temporary name, flush, rename, flush the folder."""

import errno
import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from .errors import FolderError

__all__ = [
    "digest",
    "read_json",
    "recover_folder",
    "replace_folder",
    "write_bytes",
    "write_json",
]


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file as a whole: temporary name, flush, rename, flush the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _write_flushed(temporary, data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file as a whole; NaN and infinities are refused."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    write_bytes(path, text.encode() + b"\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        FolderError: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise FolderError("no such file in the run folder", where=str(path)) from None
    except (ValueError, RecursionError):
        raise FolderError("this file is not the JSON it should be", where=str(path)) from None


def replace_folder(folder: Path, files: dict[str, bytes], last: str) -> None:
    """Write a folder of files under a temporary name, ``last`` as the last one, and swap it in.

    What was written is read again first. A reader finds the old folder or the new one; what a
    crash between the two renames leaves under ``.NAME.old`` is put back by ``recover_folder``.

    Raises:
        OSError: the disk is full or broken; the old folder stands.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    try:
        fresh.chmod(0o755)
        for name in sorted(files, key=lambda name: name == last):
            _write_flushed(fresh / name, files[name])
            if (fresh / name).read_bytes() != files[name]:
                raise OSError(errno.EIO, "what was written reads back otherwise", str(fresh / name))
        _flush_folder(fresh)
        _swap(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def recover_folder(folder: Path) -> None:
    """Put back what a crash in the middle of ``replace_folder`` left aside."""
    old = _old(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
    for leftover in folder.parent.glob(f".{folder.name}.*.tmp"):
        shutil.rmtree(leftover, ignore_errors=True)


def _swap(fresh: Path, folder: Path) -> None:
    old = _old(folder)
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)
        folder.rename(old)
    try:
        fresh.rename(folder)
        _flush_folder(folder.parent)
    except OSError:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write_flushed(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
