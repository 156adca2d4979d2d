"""How a run lies on disk: whole files or none, one writer at a time.

```text
runs/adult-1/
  config.toml environment.json profile.json cleaning.json split.json findings.json metrics.json
  attempts/01/   config.toml history.sqlite findings.json checkpoint/
  model/         the bundle        report.html        predictions.parquet
```
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import FolderError, MachineError

__all__ = ["RunFolder", "digest", "read_json", "replace_folder", "write_bytes", "write_json"]

LOCK = ".lock"


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def write_bytes(path: Path, data: bytes) -> None:
    """Replace a file as a whole: temporary name, flush, rename, flush the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
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

    A reader finds the old folder or the new one; what a crash between the two renames leaves
    under ``NAME.old`` is put back by the next ``recover_folder``.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    try:
        fresh.chmod(0o755)
        for name in sorted(files, key=lambda name: name == last):
            write_bytes(fresh / name, files[name])
        old = _old(folder)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            folder.rename(old)
        fresh.rename(folder)
        _flush_folder(folder.parent)
        shutil.rmtree(old, ignore_errors=True)
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


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"no folder can be made here ({error.strerror})"
        raise MachineError(problem, where=str(folder), hint="another --out") from None


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class RunFolder:
    """The paths of one run, and its lock.

    Args:
        path: the folder, for instance ``runs/adult-1``.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.config = self.path / "config.toml"
        self.environment = self.path / "environment.json"
        self.profile = self.path / "profile.json"
        self.cleaning = self.path / "cleaning.json"
        self.split = self.path / "split.json"
        self.findings = self.path / "findings.json"
        self.metrics = self.path / "metrics.json"
        self.model = self.path / "model"
        self.report = self.path / "report.html"
        self.predictions = self.path / "predictions.parquet"

    def check_vacant(self) -> None:
        """Refuse a place where something lies, for what a run writes replaces files; make nothing.

        Raises:
            FolderError: a run, other files, or a file in place of a folder.
        """
        if any(place.exists() and not place.is_dir() for place in (self.path, *self.path.parents)):
            raise FolderError("a file is in the way", where=str(self.path), hint="another --out")
        if self.config.exists():
            raise FolderError("a run lies here already", where=str(self.path), hint="another --out")
        if self.path.is_dir() and {child.name for child in self.path.iterdir()} - {LOCK}:
            raise FolderError("this folder is not empty", where=str(self.path), hint="a new --out")

    @classmethod
    def fresh(cls, parent: str | Path, stem: str) -> "RunFolder":
        """The first free ``parent/stem-N``, N from 1; the folder is made here."""
        parent = Path(parent)
        _make(parent)
        stem = re.sub(r"[^\w.-]+", "-", stem).strip("-.") or "run"
        number = 1
        while True:
            try:
                (parent / f"{stem}-{number}").mkdir()
                return cls(parent / f"{stem}-{number}")
            except FileExistsError:
                number += 1

    @classmethod
    def existing(cls, path: str | Path) -> "RunFolder":
        """A folder that holds a run.

        Raises:
            FolderError: it is not there, or holds no config.toml.
        """
        folder = cls(path)
        if not folder.config.is_file():
            raise FolderError("no run here", where=str(path), hint="bestfit runs lists the runs")
        return folder

    def attempt(self, number: int) -> Path:
        """The folder of one attempt, counted from 1."""
        return self.path / "attempts" / f"{number:02d}"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for one writer; a second one is refused at once, by process number.

        Raises:
            FolderError: another run is writing here.
        """
        _make(self.path)
        with open(self.path / LOCK, "a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.seek(0)
                owner = file.read().strip() or "unknown"
                raise FolderError(
                    f"another run (process {owner}) is writing here",
                    where=str(self.path),
                    hint="wait for it, or choose another --out",
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)
