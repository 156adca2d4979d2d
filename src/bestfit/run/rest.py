"""The rows of a large table that its sample left out: cleaned and encoded as those, they teach too.

What is learnt about the table (how it is cleaned, split, encoded) is learnt from the sample, and
the validation and test rows are rows of the sample. All other rows of the table teach. They lie on
the disk, encoded, and are read a few batches at a time.
"""

import mmap
import shutil
import tempfile
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ..config import RunConfig
from ..rng import stream
from ..sources import cache_home
from ..table import Table
from ..transforms import Features
from .rows import Encoded, Parts, labels

__all__ = ["Teachers", "teachers_of"]

TIME_SHARE = 0.25  # of the run's time, to clean and encode them
PART_ROWS = 50_000  # cleaned and encoded at once
MAX_BYTES = 16 << 30  # on the disk
MAX_DISK_SHARE = 0.5  # of what is free there

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Teachers:
    """Training rows on the disk, those of the sample first.

    Args:
        features: mapped from the disk.
        target: (N,) class index, or the target in training units; mapped.
        y: (N,) class index, or number in target units; mapped.
        left_out: rows of the table that may not teach, by cause.
    """

    features: Features
    target: Array
    y: Array
    left_out: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.y)

    def account(self, parts: Parts) -> dict[str, Any]:
        """Where each row of the table went: the counts add up to ``rows``."""
        assert parts.cleaned.table.stored is not None  # else there are no teachers
        n_rows = parts.cleaned.table.stored.n_rows
        sampled = parts.cleaned.profile["rows"]
        held = len(parts.split.valid) + len(parts.split.test)
        gone = sampled - len(parts.split.train) - held
        out = sum(self.left_out.values())
        return {
            "rows": n_rows,
            "teach": len(self),
            "tune_or_judge": held,
            "left_out_of_the_sample": gone,
            "left_out": dict(self.left_out),
            "not_reached": n_rows - len(self) - held - gone - out,
        }

    @property
    def pages(self) -> tuple[mmap.mmap, ...]:
        """The maps; what has been read of them may be let go."""
        arrays = (*self.features.arrays, self.target)
        maps = (getattr(array, "_mmap", None) for array in arrays)
        return tuple(page for page in maps if page is not None)


def teachers_of(
    parts: Parts, encoded: Encoded, config: RunConfig
) -> tuple[Teachers | None, RunConfig]:
    """All rows that may teach, encoded on the disk; None where the table is in memory anyway.

    Which rows these are follows from the seed and from ``data.rows``, which is written down where
    time or disk decided it.
    """
    if parts.cleaned.table.stored is None:
        return None, config
    home = cache_home()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    place = Path(tempfile.mkdtemp(prefix="rows-", dir=home))
    try:
        teachers = _written(parts, encoded, config, place)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    weakref.finalize(teachers, shutil.rmtree, place, ignore_errors=True)
    return teachers, replace(config, data=replace(config.data, rows=len(teachers)))


def _written(parts: Parts, encoded: Encoded, config: RunConfig, place: Path) -> Teachers:
    """Block by block, until there are as many rows as wanted, or as time or disk allow."""
    ends_s = time.monotonic() + TIME_SHARE * (config.training.time_s or np.inf)
    room = min(MAX_BYTES, int(MAX_DISK_SHARE * shutil.disk_usage(place).free))
    wanted, left_out, n_rows = config.data.rows, Counter[str](), 0
    grid = encoded.encoder.layout.grid is not None
    paths = [place / name for name in (*["pixels"] * grid, "dense", "codes", "target", "y")]
    shapes: list[tuple[np.dtype[Any], tuple[int, ...]]] = []
    for features, y in _blocks(parts, encoded, config.training.seed, left_out):
        if wanted is not None:
            some = np.arange(min(len(y), wanted - n_rows))
            features, y = features.take(some), y[some]
        target = y
        if encoded.scale is not None:
            target = encoded.scale.apply(y).astype(np.float32)
        arrays = (*features.arrays, target, y)
        for path, array in zip(paths, arrays, strict=True):
            with path.open("ab") as file:
                file.write(np.ascontiguousarray(array).data)
        n_rows += len(y)
        shapes = shapes or [(array.dtype, array.shape[1:]) for array in arrays]
        full = time.monotonic() > ends_s or sum(path.stat().st_size for path in paths) > room
        if full if wanted is None else n_rows >= wanted:
            break
    *pixels, dense, codes, target, own = (
        _mapped(path, dtype, (n_rows, *rest))
        for path, (dtype, rest) in zip(paths, shapes, strict=True)
    )
    return Teachers(Features(dense, codes, *pixels), target, own, left_out)


def _mapped(path: Path, dtype: Any, shape: tuple[int, ...]) -> Array:
    """The rows of a file; an empty file cannot be mapped."""
    return np.memmap(path, dtype, "r+", shape=shape) if np.prod(shape) else np.zeros(shape, dtype)


def _blocks(
    parts: Parts, encoded: Encoded, seed: int, left_out: Counter[str]
) -> Iterator[tuple[Features, Array]]:
    """The training rows of the sample, then those that only the disk has, in an order by chance."""
    yield encoded.features["train"], encoded.y["train"]
    table, held = parts.cleaned.table, _Held(parts)
    assert table.stored is not None
    known = np.zeros(table.stored.n_rows, dtype=bool)
    known[parts.sampled] = True
    pieces = table.stored.pieces(stream(seed, "rest"))
    for part in chain.from_iterable(map(_parts_of, pieces)):
        fresh = part.filter(pl.Series(~known[part.row_numbers]))
        cleaned = parts.cleaned.plan.replay(fresh, keep=held.columns)
        frame = held.teaching(cleaned.frame, left_out)
        yield encoded.encoder.apply(frame), labels(frame[parts.target.name], parts.target)


def _parts_of(piece: Table) -> Iterator[Table]:
    """A piece in parts whose cleaning and encoding takes little memory."""
    places = np.arange(piece.n_rows)
    return (piece.take(places[i : i + PART_ROWS]) for i in range(0, piece.n_rows, PART_ROWS))


class _Held:
    """What the rows that tune and judge keep from teaching.

    Args:
        parts: of the sample.
    """

    def __init__(self, parts: Parts) -> None:
        self.target, self.group, self.order = parts.target, parts.group, parts.order
        self.columns = tuple(name for name in (parts.group, parts.order) if name is not None)
        features = [column.name for column in parts.cleaned.plan.schema.columns]
        self.alike = [*features, parts.target.name]
        places = np.concatenate([parts.split.valid, parts.split.test])
        self.rows = parts.cleaned.table.take(places).frame
        self.unique = any(step.name == "duplicates" for step in parts.cleaned.plan.steps)

    def teaching(self, frame: pl.DataFrame, left_out: Counter[str]) -> pl.DataFrame:
        """The rows that may teach; the others are counted by cause."""
        for cause, check in self._checks():
            kept = frame.filter(check(frame))
            if kept.height < frame.height:
                left_out[cause] += frame.height - kept.height
            frame = kept
        return frame

    def _checks(self) -> Iterator[tuple[str, Callable[[pl.DataFrame], pl.Series]]]:
        goal = self.target.name
        yield "no target", lambda rows: rows[goal].is_not_null()
        if self.target.classes:
            known = pl.Series(self.target.classes).implode()
            yield "a label that the sample lacks", lambda rows: rows[goal].is_in(known)
        if self.unique:
            hashes = self._hashes(self.rows).implode()
            yield "equal to a held-back row", lambda rows: ~self._hashes(rows).is_in(hashes)
        if (group := self.group) is not None:
            groups = self.rows[group].drop_nulls().unique().implode()
            yield "of a held-back group", lambda rows: ~rows[group].is_in(groups).fill_null(False)
        if (order := self.order) is not None:
            since = self.rows[order].min()
            yield "as late as held-back rows", lambda rows: ~(rows[order] >= since).fill_null(False)

    def _hashes(self, rows: pl.DataFrame) -> pl.Series:
        return rows.select(self.alike).hash_rows()
