"""How a run lies on disk, and that it has one writer at a time.

```text
runs/adult-1/
  config.toml environment.json profile.json cleaning.json split.json findings.json metrics.json
  repairs.json   where settings were checked, and what that brought
  attempts/01/   config.toml history.sqlite findings.json checkpoint/
  model/         the bundle        report.html        predictions.parquet
```
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from .errors import FolderError, InputError, MachineError, Stopped
from .files import recover_folder

__all__ = ["RunFolder", "claimed", "stem"]

LOCK = ".lock"
UNBORN = ".config.toml.*.tmp"  # what is left of a run that was killed before it had a config
RUNS = Path("runs")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"no folder can be made here ({error.strerror})"
        raise MachineError(problem, where=str(folder), hint="another --out") from None


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
        self.repairs = self.path / "repairs.json"
        self.findings = self.path / "findings.json"
        self.metrics = self.path / "metrics.json"
        self.model = self.path / "model"
        self.report = self.path / "report.html"
        self.predictions = self.path / "predictions.parquet"

    @property
    def finished(self) -> bool:
        """Whether the run is done: its model, and its metrics, which are written last."""
        return self.metrics.is_file() and (self.model / "manifest.json").is_file()

    def check_vacant(self) -> None:
        """Refuse a place where something lies, for what a run writes replaces files; make nothing.

        Raises:
            FolderError: a run, other files, or a file in place of a folder.
        """
        if any(place.exists() and not place.is_dir() for place in (self.path, *self.path.parents)):
            raise FolderError("a file is in the way", where=str(self.path), hint="another --out")
        if self.config.exists():
            hint = f"another --out, or bestfit resume {self.path}"
            raise FolderError("a run lies here already", where=str(self.path), hint=hint)
        ours = {LOCK, *(left.name for left in self.path.glob(UNBORN))}
        if self.path.is_dir() and {child.name for child in self.path.iterdir()} - ours:
            raise FolderError("this folder is not empty", where=str(self.path), hint="a new --out")

    def resuming(self) -> str:
        """The command that goes on with the run."""
        return f"bestfit resume {self.path}"

    def check_free(self) -> None:
        """Refuse a folder that another run is writing into; make nothing.

        Raises:
            FolderError: it is locked.
        """
        if (self.path / LOCK).is_file():
            with self.lock():
                pass

    def tidy(self) -> None:
        """Put away what a kill left half done."""
        for folder in (self.path, *self.path.glob("attempts/*"), *self.path.glob("attempts/*/*")):
            for old in folder.glob(".*.old"):
                recover_folder(folder / old.name[1:].removesuffix(".old"))
            for leftover in folder.glob(".*.tmp"):
                if leftover.is_dir():
                    shutil.rmtree(leftover, ignore_errors=True)
                else:
                    leftover.unlink(missing_ok=True)

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
                raise FolderError(
                    f"another run (process {_owner(file)}) is writing here",
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


@contextmanager
def claimed(out: str | Path | None, name: str) -> Iterator[RunFolder]:
    """A place for a new run, locked; where the run is refused, nothing is left of it.

    Args:
        out: the folder; None takes the next free one in ``runs/``.
        name: of that one, without its number.
    Raises:
        FolderError: another run is writing there, or something lies there.
    """
    wanted = None if out is None else RunFolder(out)
    path = RUNS if wanted is None else wanted.path
    made = [place for place in (path, *path.parents) if not place.exists()]
    if wanted is not None:
        wanted.check_free()
        wanted.check_vacant()
    folder = wanted or RunFolder.fresh(RUNS, name)
    if wanted is None:
        made.insert(0, folder.path)
    with folder.lock():
        folder.check_vacant()  # another run may have come and gone
        folder.tidy()
        try:
            yield folder
        except (InputError, Stopped) as error:
            if folder.attempt(1).exists() or (
                isinstance(error, Stopped) and folder.config.exists()
            ):
                raise  # what is trained, or can be resumed, stays
            _empty(folder.path)
            for place in made:
                with suppress(OSError):
                    place.rmdir()
            raise


def _empty(folder: Path) -> None:
    for child in folder.iterdir():
        if child.is_dir():
            shutil.rmtree(child, ignore_errors=True)
        else:
            child.unlink(missing_ok=True)


def _owner(lock: IO[str]) -> str:
    """Who holds a lock: it may just be about to write its number."""
    for _ in range(20):
        lock.seek(0)
        if owner := lock.read().strip():
            return owner
        time.sleep(0.01)
    return "unknown"


def stem(source: object) -> str:
    """A name for a run, from its source.

    >>> stem("data/adult.csv.gz"), stem("s3://bucket/year=*/part.csv?v=2"), stem("parts/*.csv")
    ('adult', 'part', 'parts')
    """
    if isinstance(source, str | Path):
        path = re.split(r"[?#]", str(source))[0]
        stems = (name.split(".")[0] for name in reversed(re.split(r"[/\\:]", path)))
        return next((name for name in stems if re.fullmatch(r"[\w-]*\w[\w-]*", name)), "run")
    return "memory"
