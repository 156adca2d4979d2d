"""Every part holds the target in the same proportions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..errors import TargetError
from ..table import Table, Target
from .base import Folds, Part, Split, Splitter, split
from .strata import strata
from .units import shuffled

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
        drawn, stratum = shuffled(table, target, seed).within(strata(table, target))
        count = np.bincount(stratum)
        wide = np.where(count >= (MIN_CLASS_ROWS if target.task != "regression" else 1), count, 0)
        if not wide.any():
            raise TargetError(
                f"every class has fewer than {MIN_CLASS_ROWS} rows, so that none can be held back",
                where=target.name,
            )
        n_valid, n_test = self.sizes(int(wide.sum()))
        test = _seats(wide, n_test, room=np.maximum(wide - 1, 0))
        valid = _seats(wide, n_valid, room=np.maximum(wide - 1, 0) - test)
        rank = drawn.start - (np.cumsum(count) - count)[stratum]
        part = np.full(table.n_rows, Part.TRAIN, dtype=np.uint8)
        part[drawn.order[rank < (test + valid)[stratum]]] = Part.VALID
        part[drawn.order[rank < test[stratum]]] = Part.TEST
        return Split.of(part)

    def fold_numbers(self, table: Table, target: Target, seed: int, n_folds: int = 5) -> Folds:
        (order, start), _ = shuffled(table, target, seed).within(strata(table, target))
        fold = np.empty(table.n_rows, np.int64)
        fold[order] = (np.cumsum(start == np.arange(len(start))) - 1) % n_folds
        return fold


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
