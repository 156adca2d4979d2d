"""Earlier rows teach, later rows judge: as it will be when the model is used."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import ConfigError
from ..table import Table, Target
from .base import Folds, Part, Split, Splitter, column_of, split

__all__ = ["Time"]


@split("time")
@dataclass(frozen=True, kw_only=True)
class Time(Splitter):
    """The latest rows judge, those before them tune, the rest teaches; the seed changes nothing.

    Rows of the same moment stay together, so that sizes are as near to the fractions as moments
    allow. A row without a moment teaches: nothing says that it is late.

    Args:
        order: a column of numbers or dates that grows with time.

    >>> table = Table.of({"year": [2003, 2001, 2002, 2001, 2004], "y": [1.0, 2, 3, 4, 5]})
    >>> parts = Time(order="year").split(table, Target("y", "regression"), seed=0)
    >>> parts.train, parts.valid, parts.test
    (array([1, 2, 3]), array([0]), array([4]))
    """

    order: str

    def split(self, table: Table, target: Target, seed: int) -> Split:
        moment = self._moments(table)
        n_valid, n_test = self.sizes(table.n_rows)
        known = moment.drop_nulls().sort()
        changes = np.flatnonzero((known != known.shift(1)).fill_null(False).to_numpy())
        if len(changes) + 1 < self.n_parts:
            raise ConfigError(
                f"column {self.order!r} holds {len(changes) + 1} different moments,"
                f" {self.n_parts} are needed",
                where="--order",
            )
        part = np.full(table.n_rows, Part.TRAIN, dtype=np.uint8)
        end = len(known)
        if n_test:
            end = _nearest(changes[1:], end - n_test)
        start = _nearest(changes[changes < end], end - n_valid)
        part[_since(moment, known[start])] = Part.VALID
        if n_test:
            part[_since(moment, known[end])] = Part.TEST
        return Split.of(part)

    def fold_numbers(self, table: Table, target: Target, seed: int, n_folds: int = 5) -> Folds:
        """Stretches of time, the earliest first; a row without a moment is in the first."""
        moment = self._moments(table)
        known = moment.drop_nulls().sort()
        changes = np.flatnonzero((known != known.shift(1)).fill_null(True).to_numpy())
        n_folds = min(n_folds, len(changes))
        fold = np.zeros(table.n_rows, np.int64)
        begin = 0
        for k in range(1, n_folds):
            later = changes[(changes > begin) & (changes <= changes[len(changes) - n_folds + k])]
            begin = _nearest(later, round(k * len(known) / n_folds))
            fold[_since(moment, known[begin])] = k
        return fold

    def folds(self, table: Table, target: Target, seed: int, n_folds: int = 5) -> list[Split]:
        """Each stretch of time but the first tunes once, while all before it teaches."""
        fold = self.checked_folds(table, target, seed, n_folds + 1)
        none = np.zeros(0, np.int64)
        return [
            Split(np.flatnonzero(fold < k), np.flatnonzero(fold == k), none)
            for k in range(1, n_folds + 1)
        ]

    def _moments(self, table: Table) -> pl.Series:
        moment = column_of(table, self.order, "order")
        if not (moment.dtype.is_numeric() or moment.dtype.is_temporal()):
            raise ConfigError(
                f"column {self.order!r} holds text, which has no order in time",
                where="--order",
                hint="a column of dates or numbers",
            )
        return moment


def _nearest(positions: npt.NDArray[np.int64], wanted: int) -> int:
    return int(positions[np.abs(positions - wanted).argmin()])


def _since(moment: pl.Series, first: object) -> npt.NDArray[np.bool_]:
    return (moment >= first).fill_null(False).to_numpy()
