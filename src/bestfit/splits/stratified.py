"""Every part holds the target in the same proportions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import TargetError
from ..rng import stream
from ..table import Table, Target
from .base import Part, Split, Splitter, split
from .strata import strata

__all__ = ["MIN_CLASS_ROWS", "Stratified"]

MIN_CLASS_ROWS = 3  # a class needs a row to teach, one to tune, one to judge


@split("stratified")
@dataclass(frozen=True, kw_only=True)
class Stratified(Splitter):
    """Classes, or quantile bins of a number, in the same proportions in every part.

    A class with one or two rows only teaches. A larger one always keeps a row that teaches, and
    is the first to get a seat in the other parts while it has none there.

    >>> table = Table.of({"y": ["a"] * 10 + ["b"] * 10 + ["rare"]})
    >>> parts = Stratified().split(table, Target("y", "multiclass", ("a", "b", "rare")), seed=0)
    >>> len(parts.train), len(parts.valid), len(parts.test), 20 in parts.train
    (14, 3, 4, True)
    """

    def split(self, table: Table, target: Target, seed: int) -> Split:
        code = strata(table, target)
        count = np.bincount(code)
        wide = np.where(count >= (MIN_CLASS_ROWS if target.task != "regression" else 1), count, 0)
        if not wide.any():
            raise TargetError(
                f"every class has fewer than {MIN_CLASS_ROWS} rows, so that none can be held back",
                where=target.name,
            )
        n_valid, n_test = self.sizes(int(wide.sum()))
        test = _seats(wide, n_test, room=np.maximum(wide - 1, 0))
        valid = _seats(wide, n_valid, room=np.maximum(wide - 1, 0) - test)
        # A stable sort of shuffled rows groups the strata and leaves each in random order.
        order = stream(seed, "split").permutation(table.n_rows)
        order = order[np.argsort(code[order], kind="stable")]
        code = code[order]
        rank = np.arange(len(code)) - (np.cumsum(count) - count)[code]
        part = np.full(len(code), Part.TRAIN, dtype=np.uint8)
        part[order[rank < (test + valid)[code]]] = Part.VALID
        part[order[rank < test[code]]] = Part.TEST
        return Split.of(part)


def _seats(
    count: npt.NDArray[np.int64], total: int, room: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Divide ``total`` seats in proportion to ``count``, at most ``room`` each: largest remainder.

    Seats left after rounding down go first to those that have none, then by remainder.
    """
    quota = total * count / count.sum()
    seats: npt.NDArray[np.int64] = np.minimum(np.floor(quota + 1e-9).astype(np.int64), room)
    wants = np.flatnonzero(seats < room)
    first = np.lexsort((wants, -(quota - seats)[wants], seats[wants] > 0))
    seats[wants[first[: total - seats.sum()]]] += 1
    return seats
