"""Rows in an order by chance that hangs on what they hold, not on where they stand."""

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from ..repeats import by_chance
from ..rng import stream
from ..table import Table, Target

__all__ = ["Shuffled", "hashes", "shuffled"]

Indices: TypeAlias = npt.NDArray[np.int64]


class Shuffled(NamedTuple):
    """Rows in a drawn order, those that are alike one after the other.

    Args:
        order: (N,) positions of the rows.
        start: (N,) for each place in that order, where the rows begin that are like its row.
    """

    order: Indices
    start: Indices

    def within(
        self, stratum: npt.NDArray[np.integer]
    ) -> tuple["Shuffled", npt.NDArray[np.integer]]:
        """The same with the rows of each stratum together, and (N,) the stratum at each place.

        Args:
            stratum: (N,) of each row; rows that are alike take the smallest of theirs.
        """
        firsts = np.flatnonzero(self.start == np.arange(len(self.start)))
        found = stratum[self.order]
        if len(firsts) < len(found):
            least = np.minimum.reduceat(found, firsts)
            found = np.repeat(least, np.diff(np.append(firsts, len(found))))
        place = np.argsort(found, kind="stable")
        order, start = self.order[place], self.start[place]
        return Shuffled(order, _starts(np.diff(start, prepend=-1) != 0)), found[place]


def shuffled(table: Table, target: Target, seed: int) -> Shuffled:
    """Rows in an order by chance: the same rows and seed give the same, wherever rows and columns
    stand in the table.

    Rows with equal features are alike, unless features are so coarse that chance alone makes them
    equal.
    """
    features = table.frame.drop(target.name, strict=False)
    key = hashes(features, seed) if features.width else np.zeros(table.n_rows, np.uint64)
    order = np.argsort(key)
    ordered = key[order]
    fresh = np.append(True, ordered[1:] != ordered[:-1])[: len(key)]
    if fresh.all():
        return Shuffled(order, np.arange(len(order)))
    if not features.width or by_chance(features):
        order = np.argsort(_spread(hashes(table.frame, seed)))
        return Shuffled(order, np.arange(len(order)))
    return Shuffled(order, _starts(fresh))


def _spread(key: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Another key for each of the rows that have the same: they need not stay together."""
    order = np.argsort(key)
    ordered = key[order]
    start = _starts(np.append(True, ordered[1:] != ordered[:-1]))
    mixed = pl.DataFrame({"key": ordered, "which": np.arange(len(key)) - start}).hash_rows(seed=0)
    out = np.empty_like(key)
    out[order] = mixed.to_numpy()
    return out


def _starts(fresh: npt.NDArray[np.bool_]) -> Indices:
    """(N,) for each place the last one at which something fresh began."""
    begins = np.flatnonzero(fresh)
    return np.repeat(begins, np.diff(np.append(begins, len(fresh))))


def hashes(frame: pl.DataFrame, seed: int) -> npt.NDArray[np.uint64]:
    """(N,) of each row, whatever the order of the columns."""
    drawn = int(stream(seed, "split").integers(2**62))
    return frame.select(sorted(frame.columns)).hash_rows(seed=drawn).to_numpy()
