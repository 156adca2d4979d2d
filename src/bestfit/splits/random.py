"""Rows drawn by chance alone."""

from dataclasses import dataclass

import numpy as np

from ..rng import stream
from ..table import Table, Target
from .base import Part, Split, Splitter, split

__all__ = ["Random"]


@split("random")
@dataclass(frozen=True, kw_only=True)
class Random(Splitter):
    """Every row has the same chance to be held back, whatever it holds.

    >>> table = Table.of({"x": list(range(20)), "y": list(range(20))})
    >>> parts = Random().split(table, Target("y", "regression"), seed=0)
    >>> len(parts.train), len(parts.valid), len(parts.test)
    (13, 3, 4)
    """

    def split(self, table: Table, target: Target, seed: int) -> Split:
        n_valid, n_test = self.sizes(table.n_rows)
        order = stream(seed, "split").permutation(table.n_rows)
        part = np.full(table.n_rows, Part.TRAIN, dtype=np.uint8)
        part[order[:n_test]] = Part.TEST
        part[order[n_test : n_test + n_valid]] = Part.VALID
        return Split.of(part)
