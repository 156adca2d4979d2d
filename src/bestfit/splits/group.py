"""Rows of one group stay together, so that the model is judged on groups it has never seen."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import ConfigError
from ..repeats import by_chance
from ..rng import stream
from ..table import Table, Target
from .base import Folds, Part, Split, Splitter, column_of, split
from .strata import strata
from .units import hashes

__all__ = ["Group"]

MAX_TRIES = 64
MAX_CELLS = 4_000_000  # tries × groups × strata
MAX_DEALT = 20_000  # groups that are dealt to folds one by one


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
        code = self._codes(table, target)
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

    def fold_numbers(self, table: Table, target: Target, seed: int, n_folds: int = 5) -> Folds:
        code = self._codes(table, target)
        content = _content(code, int(code.max()) + 1, strata(table, target))
        return _fold_of(content, min(n_folds, len(content)), stream(seed, "split"))[code]

    def _codes(self, table: Table, target: Target) -> npt.NDArray[np.int64]:
        """A number for each group; groups that hold the same rows are one."""
        code = group_codes(table, column_of(table, self.group, "group"))
        rest = table.frame.drop(target.name, self.group, strict=False)
        if not rest.width:
            return code
        twin = hashes(rest, 0)
        ordered = np.sort(twin)
        if not (ordered[1:] == ordered[:-1]).any() or by_chance(rest):
            return code
        return _joined(code, _numbered(twin))

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


def group_codes(table: Table, column: pl.Series) -> npt.NDArray[np.int64]:
    """A number for each group, in an order by chance; every empty cell is its own.

    >>> table = Table.of({"g": ["b", "a", None, "b", None], "x": [1, 2, 3, 4, 5]})
    >>> code = group_codes(table, table.frame["g"])
    >>> code[0] == code[3], len(set(code))
    (np.True_, 4)
    """
    key = hashes(column.to_frame(), 0)
    empty = column.is_null().to_numpy()
    if empty.any():
        key = np.where(empty, hashes(table.frame, 1) + np.cumsum(empty).astype(np.uint64), key)
    return _numbered(key)


def _numbered(key: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """(N,) the place of each value among the distinct ones, from 0."""
    order = np.argsort(key)
    ordered = key[order]
    code = np.empty(len(key), np.int64)
    code[order] = np.cumsum(np.append(True, ordered[1:] != ordered[:-1])[: len(key)]) - 1
    return code


def _joined(code: npt.NDArray[np.int64], twin: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Groups that share a row with equal features, put together."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n_groups = int(code.max()) + 1
    links = coo_array(
        (np.ones(len(code), bool), (code, n_groups + twin)), shape=(n_groups + twin.max() + 1,) * 2
    )
    label = connected_components(links, directed=False)[1][:n_groups]
    return np.unique(label, return_inverse=True)[1][code]


def _fold_of(
    content: npt.NDArray[np.int64], n_folds: int, random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """(groups,) the fold of each group: the largest first, each to where its rows are scarcest."""
    order = random.permutation(len(content))
    order = order[np.argsort(-content[order].sum(axis=1), kind="stable")]
    fold = np.empty(len(content), np.int64)
    if len(content) > MAX_DEALT:
        fold[order] = np.arange(len(content)) % n_folds
        return fold
    share = np.maximum(content.sum(axis=0), 1)
    held = np.zeros((n_folds, content.shape[1]))
    for group in order:
        rows = content[group] / share
        fold[group] = place = int(((held + rows) ** 2 - held**2).sum(axis=1).argmin())
        held[place] += rows
    return fold


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
