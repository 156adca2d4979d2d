"""Rows of one group stay together, so that the model is judged on groups it has never seen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import ConfigError
from ..rng import stream
from ..table import Table, Target
from .base import Part, Split, Splitter, column_of, split
from .strata import strata

__all__ = ["Group"]

MAX_TRIES = 64
MAX_CELLS = 4_000_000  # tries × groups × strata


@split("group")
@dataclass(frozen=True, kw_only=True)
class Group(Splitter):
    """No group lies in two parts.

    Groups are dealt out whole in random order, up to 64 times; the deal is kept whose parts come
    closest to the sizes asked for and to the target's proportions, with every class teaching if
    that can be. A group with more than half of the rows teaches. A row without a group is a group
    of its own.

    Args:
        group: the column whose equal values make a group.

    >>> table = Table.of({"patient": ["a", "a", "b", "b", "c", "d"], "y": [1.0, 2, 3, 4, 5, 6]})
    >>> parts = Group(group="patient").split(table, Target("y", "regression"), seed=0)
    >>> [sorted(set(table.take(rows).frame["patient"])) for rows in (parts.train, parts.test)]
    [['a', 'c'], ['b']]
    """

    group: str

    def split(self, table: Table, target: Target, seed: int) -> Split:
        code = group_codes(column_of(table, self.group, "group"))
        size = np.bincount(code)
        if len(size) < self.n_parts:
            raise ConfigError(
                f"column {self.group!r} holds {len(size)} groups, {self.n_parts} are needed",
                where="--group",
                hint="a column with more distinct values",
            )
        content = _content(code, len(size), strata(table, target))
        tries = min(MAX_TRIES, max(1, MAX_CELLS // content.size))
        want = self._wanted(size)
        deals = [_deal(size, want, stream(seed, "split", i)) for i in range(tries)]
        if tries == 1:
            return Split.of(deals[0][code])
        return Split.of(min(deals, key=lambda deal: _distance(deal, content, want))[code])

    def _wanted(self, size: npt.NDArray[np.int64]) -> tuple[int, int]:
        n_valid, n_test = self.sizes(int(size.sum()))
        if size.max() * 2 <= size.sum():
            return n_valid, n_test
        # The giant teaches; the others must still serve three ends.
        others = int(size.sum() - size.max())
        return min(n_valid, -(-others * 3 // 10)), min(n_test, -(-others * 4 // 10))


def _deal(
    size: npt.NDArray[np.int64], want: tuple[int, int], random: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """The part of each group: one deal in random order, a giant last."""
    n_valid, n_test = want
    n_groups = len(size)
    order = random.permutation(n_groups)
    order = order[np.argsort(size[order] * 2 > size.sum(), kind="stable")]
    # A group belongs to the part in which its middle row lies; no part goes without.
    middle = np.cumsum(size[order]) - size[order] / 2
    test = int(np.clip(np.searchsorted(middle, n_test, "right"), 1, n_groups - 2)) if n_test else 0
    valid = int(np.searchsorted(middle, n_test + n_valid, "right")) - test
    valid = int(np.clip(valid, 1, n_groups - test - 1))
    part = np.full(n_groups, Part.TRAIN, dtype=np.uint8)
    part[order[:test]] = Part.TEST
    part[order[test : test + valid]] = Part.VALID
    return part


def group_codes(column: pl.Series) -> npt.NDArray[np.int64]:
    """A number for each group, from 0 in order of appearance; every empty cell is its own.

    >>> group_codes(pl.Series(["b", "a", None, "b", None])).tolist()
    [0, 1, 2, 0, 3]
    """
    frame = column.alias("group").to_frame().with_row_index("row")
    first = frame.select(pl.col("row").first().over("group"))["row"].to_numpy().astype(np.int64)
    row = np.arange(len(first))
    first = np.where(column.is_null().to_numpy(), row, first)
    return (np.cumsum(first == row) - 1)[first]


def _content(
    code: npt.NDArray[np.int64], n_groups: int, stratum: npt.NDArray[np.integer]
) -> npt.NDArray[np.int64]:
    """(groups, strata) rows; one column only when there are too many to compare deals."""
    n_strata = int(stratum.max()) + 1
    if n_groups * n_strata > MAX_CELLS:
        return np.bincount(code)[:, None]
    cells = np.bincount(code * n_strata + stratum, minlength=n_groups * n_strata)
    return cells.reshape(n_groups, n_strata)


def _distance(
    deal: npt.NDArray[np.uint8], content: npt.NDArray[np.int64], want: tuple[int, int]
) -> float:
    """How far a deal is from what is wanted: classes that nobody teaches weigh most."""
    held = np.stack([content[deal == part].sum(axis=0) for part in range(3)])
    share = content.sum(axis=0) / content.sum()
    untaught = int(((held[Part.TRAIN] == 0) & (share > 0)).sum())
    distance = 10.0 * untaught
    for part, wanted in ((Part.VALID, want[0]), (Part.TEST, want[1])):
        if wanted:
            distance += float(np.abs(held[part] - wanted * share).sum()) / wanted
    return distance
