"""Rows drawn by chance alone."""

from dataclasses import dataclass

import numpy as np

from ..table import Table, Target
from .base import Folds, Part, Split, Splitter, split
from .units import shuffled

__all__ = ["Random"]


@split("random")
@dataclass(frozen=True, kw_only=True)
class Random(Splitter):
    """Every row has the same chance to be held back, whatever its target is.

    >>> table = Table.of({"x": list(range(20)), "y": list(range(20))})
    >>> parts = Random().split(table, Target("y", "regression"), seed=0)
    >>> len(parts.train), len(parts.valid), len(parts.test)
    (13, 3, 4)
    """

    def split(self, table: Table, target: Target, seed: int) -> Split:
        n_valid, n_test = self.sizes(table.n_rows)
        order, start = shuffled(table, target, seed)
        part = np.full(table.n_rows, Part.TRAIN, dtype=np.uint8)
        part[order[start < n_test + n_valid]] = Part.VALID
        part[order[start < n_test]] = Part.TEST
        return Split.of(part)

    def fold_numbers(self, table: Table, target: Target, seed: int, n_folds: int = 5) -> Folds:
        order, start = shuffled(table, target, seed)
        fold = np.empty(table.n_rows, np.int64)
        fold[order] = start * n_folds // max(len(start), 1)
        return fold
