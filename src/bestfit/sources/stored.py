"""Tables larger than memory: kept once in columns on the disk, and known by a sample of rows."""

import hashlib
import json
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ..rng import stream
from ..table import Table
from .parts import reading_of, stacked
from .reading import Opened, opened, read

__all__ = ["LARGE_BYTES", "Stored", "cache_home", "open_table"]

LARGE_BYTES = 256 << 20  # in memory: a larger table is kept on the disk
SAMPLE_BYTES = 20 << 20  # of the rows that stand for it
PICTURED = 4  # times as much of either, where rows hold pictures
PIECE_BYTES = 24 << 20
KEPT_S = 7 * 24 * 3600.0  # that a table is kept without being asked for
TYPES, READING, SAMPLE = "types.arrow", "reading.json", "sample.parquet"
PLACE = "\0place"  # of a row of the sample among all rows


@dataclass(frozen=True, eq=False)
class Stored:
    """A table on the disk, in pieces.

    Args:
        folder: where its Arrow files lie.
        counts: rows of each piece.
        types: of the columns, by name.
        origin: where the rows came from.
        reading: how they were read.
    """

    folder: Path
    counts: tuple[int, ...]
    types: pl.Schema
    origin: str
    reading: Mapping[str, object]
    target: str | None = None
    key: str | None = None

    @classmethod
    def open(cls, folder: Path) -> "Stored":
        """What was written there."""
        told = json.loads((folder / READING).read_bytes())
        types = pl.Schema(pl.read_ipc_schema(folder / TYPES))
        counts = tuple(told.pop("counts"))
        return cls(folder, counts, types, **told)

    @property
    def n_rows(self) -> int:
        """Of all pieces."""
        return sum(self.counts)

    def pieces(self, random: np.random.Generator | None = None) -> Iterator[Table]:
        """The rows in order, or the pieces in one drawn by chance; each row knows its place."""
        starts = np.cumsum((0, *self.counts))
        order = range(len(self.counts)) if random is None else random.permutation(len(self.counts))
        for number in order:
            start, count = int(starts[number]), self.counts[number]
            frame = self._typed(pl.read_ipc(_piece(self.folder, number)))
            rows = np.arange(start, start + count)
            yield Table(frame, self.origin, self.reading, rows, target=self.target, key=self.key)

    def sample(self) -> Table:
        """Rows drawn at random, the same each time, in order; they know of all rows."""
        frame = pl.read_parquet(self.folder / SAMPLE)
        rows = frame[PLACE].to_numpy()
        reading = {**self.reading, "rows": self.n_rows, "sample_rows": len(rows)}
        return Table(self._typed(frame), self.origin, reading, rows, self, self.target, self.key)

    def _typed(self, frame: pl.DataFrame) -> pl.DataFrame:
        """All columns of the table, in the types that hold what stands in any piece."""
        columns = [
            (frame[name] if name in frame.columns else pl.repeat(None, frame.height, eager=True))
            .cast(dtype)
            .alias(name)
            for name, dtype in self.types.items()
        ]
        return pl.DataFrame(columns)


class _Sampling:
    """Rows drawn at random from a stream of unknown length: those with the smallest keys."""

    def __init__(self) -> None:
        self.random, self.most, self.seen = stream(0, "sample"), 0, 0
        self.limit, self.held = 1.0, 0
        self.pool: list[tuple[pl.DataFrame, np.ndarray]] = []

    def add(self, frame: pl.DataFrame) -> None:
        """The next rows."""
        if not self.most:
            size = max(1, int(frame.estimated_size()))
            self.most = max(1, _limit(SAMPLE_BYTES, frame) * frame.height // size)
        keys = self.random.random(frame.height)
        places = np.arange(self.seen, self.seen + frame.height)
        self.seen += frame.height
        frame = frame.with_columns(pl.Series(PLACE, places))
        self.pool.append(_below(frame, keys, self.limit))
        self.held += len(self.pool[-1][1])
        if self.held > 2 * self.most:
            self._shrink()

    def frame(self) -> pl.DataFrame:
        """As many rows as a sample has, in order, with the place of each."""
        self._shrink()
        return stacked([frame for frame, _ in self.pool])

    def _shrink(self) -> None:
        keys = np.concatenate([keys for _, keys in self.pool])
        if len(keys) > self.most:
            self.limit = float(np.partition(keys, self.most)[self.most])
            self.pool = [_below(frame, own, self.limit) for frame, own in self.pool]
            self.held = sum(len(own) for _, own in self.pool)


def _below(frame: pl.DataFrame, keys: np.ndarray, limit: float) -> tuple[pl.DataFrame, np.ndarray]:
    kept = keys < limit
    if kept.all():
        return frame, keys
    # Texts that are chosen from a frame keep all of its texts in memory, unless they are copied.
    return frame.filter(pl.Series(kept)).with_columns(pl.col(pl.String) + ""), keys[kept]


def open_table(origin: object, **options: Any) -> Table:
    """A table as ``read`` gives it; of a large one a sample, whose ``stored`` has all rows.

    A file is converted once: what was stored is found again as long as the file stays as it was.

    Args:
        origin: as in ``read``.
        options: as in ``read``.
    Raises:
        SourceError: the rows cannot be read.
    """
    if not isinstance(origin, str | os.PathLike):
        return read(origin, **options)
    found = opened(origin, **options)
    known = [source.bytes_in_memory for source in found.sources]
    if all(known) and sum(known) <= LARGE_BYTES:
        return found.read()
    folder = _folder_of(found)
    if folder is not None and (folder / READING).is_file():
        os.utime(folder)
        return Stored.open(folder).sample()
    held: list[Table] = []
    size, chunks = 0, found.chunks()
    if all(known):  # and too large
        return _write(chunks, found.address, folder).sample()
    for chunk in chunks:
        held.append(chunk)
        size += int(chunk.frame.estimated_size())
        if size > _limit(LARGE_BYTES, chunk.frame):
            return _write(_all(held, chunks), found.address, folder).sample()
    if len(held) == 1:
        return held[0]
    frame = stacked([table.frame for table in held])
    return Table(frame, found.address, _reading(held), target=held[0].target, key=held[0].key)


def _limit(size: int, frame: pl.DataFrame) -> int:
    return size * PICTURED if pl.Binary in frame.dtypes else size


def _all(held: list[Table], chunks: Iterator[Table]) -> Iterator[Table]:
    """What is held, which is let go on the way, and then the rest."""
    while held:
        yield held.pop(0)
    yield from chunks


def _write(chunks: Iterator[Table], origin: str, folder: Path | None) -> Stored:
    """All rows on the disk, whole or not at all; without a folder only as long as asked for."""
    home = cache_home()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    _prune(home)
    place = Path(tempfile.mkdtemp(prefix="new-", dir=home))
    counts: list[int] = []
    types: dict[str, pl.DataType] = {}
    told: list[Table] = []
    sampling = _Sampling()
    try:
        for frame in _pieces(chunks, told):
            frame.write_ipc(_piece(place, len(counts)))
            sampling.add(frame)
            counts.append(frame.height)
            for name, dtype in frame.schema.items():
                types[name] = _common(types.get(name, dtype), dtype)
        pl.DataFrame(schema=types).write_ipc(place / TYPES)
        sampling.frame().write_parquet(place / SAMPLE)
        known = {name: getattr(told[-1], name) if told else None for name in ("target", "key")}
        index = {"counts": counts, "origin": origin, "reading": _reading(told), **known}
        (place / READING).write_text(json.dumps(index))
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
            place = place.rename(folder)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    stored = Stored.open(place)
    if folder is None:
        weakref.finalize(stored, shutil.rmtree, place, ignore_errors=True)
    return stored


def _pieces(chunks: Iterator[Table], told: list[Table]) -> Iterator[pl.DataFrame]:
    """The rows in frames of a handy size; what the chunks tell of their reading is put down."""
    frames: list[pl.DataFrame] = []
    size = 0
    for chunk in chunks:
        if chunk.reading:
            told.append(replace(chunk, frame=chunk.frame.clear()))
        if chunk.n_rows:
            frames.append(chunk.frame)
            size += int(chunk.frame.estimated_size())
        if size >= PIECE_BYTES:
            yield stacked(frames)
            frames, size = [], 0
    if frames:
        yield stacked(frames)


def _reading(tables: list[Table]) -> dict[str, object]:
    """What the parts of one table tell together."""
    told = [table for table in tables if table.reading]
    if len(told) == 1:
        return dict(told[0].reading)
    return reading_of(told, list(dict.fromkeys(name for table in told for name in table.columns)))


def _common(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    """A type that holds the cells of both; in the end text."""
    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    return pl.Float64() if one.is_numeric() and other.is_numeric() else pl.String()


def cache_home() -> Path:
    """Where stored tables lie."""
    caches = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(os.environ.get("BESTFIT_CACHE") or Path(caches, "bestfit")) / "tables"


def _folder_of(found: Opened) -> Path | None:
    """Where the table of these files is stored; None where nothing tells whether it is the same."""
    if found.files is None or any(file.path is None or file.keep for file in found.files):
        return None
    parts = []
    for source, file in zip(found.sources, found.files, strict=True):
        assert file.path is not None
        facts = file.path.stat()
        options = {f.name: getattr(source, f.name) for f in fields(source)[1:]}  # type: ignore[arg-type]
        place = str(file.path.resolve())
        parts.append([place, facts.st_size, facts.st_mtime_ns, source.name, str(options)])
    text = json.dumps([version("bestfit"), parts])
    return cache_home() / hashlib.sha256(text.encode()).hexdigest()[:32]


def _prune(home: Path) -> None:
    """Delete what nobody has asked for in a week."""
    for folder in home.iterdir():
        if time.time() - folder.stat().st_mtime > KEPT_S:
            shutil.rmtree(folder, ignore_errors=True)


def _piece(folder: Path, number: int) -> Path:
    return folder / f"{number:06}.arrow"
