"""The table itself says which rows teach, tune and judge."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import ConfigError
from ..table import Table, Target
from .base import Folds, Part, Split, Splitter, column_of, split
from .stratified import Stratified

__all__ = ["Given"]

WORDS = {
    Part.TRAIN: ("train", "training", "trn", "teach", "fit", "learn"),
    Part.VALID: ("valid", "validation", "val", "dev", "tune"),
    Part.TEST: ("test", "testing", "tst", "holdout", "hold-out", "judge"),
}
PART_OF = {word: part for part, words in WORDS.items() for word in words}


@split("given")
@dataclass(frozen=True, kw_only=True)
class Given(Splitter):
    """A column holds ``train``, ``valid`` or ``test`` for each row; parts that it never names are
    drawn from the rows that train, with the target in the same proportions.

    Args:
        part: that column.

    >>> table = Table.of({"fold": ["train", "valid", "train", "test"], "y": [1.0, 2, 3, 4]})
    >>> parts = Given(part="fold").split(table, Target("y", "regression"), seed=0)
    >>> parts.train, parts.valid, parts.test
    (array([0, 2]), array([1]), array([3]))
    """

    part: str

    def split(self, table: Table, target: Target, seed: int) -> Split:
        part = self._parts(table)
        rows = {number: np.flatnonzero(part == number) for number in WORDS}
        if not len(rows[Part.TRAIN]):
            raise ConfigError(f"no row of column {self.part!r} says train", where="--part")
        judged = self.test_fraction == 0 or len(rows[Part.TEST]) > 0
        if self.test_fraction == 0:
            part[rows[Part.TEST]] = Part.TRAIN
        if judged and len(rows[Part.VALID]):
            return Split.of(part)
        drawn = Stratified(
            valid_fraction=self.valid_fraction, test_fraction=0 if judged else self.test_fraction
        )
        taught = np.flatnonzero(part == Part.TRAIN)
        inner = drawn.split(table.take(taught), target, seed)
        if not judged:
            part[taught[inner.test]] = Part.TEST
        if not len(rows[Part.VALID]):
            part[taught[inner.valid]] = Part.VALID
        return Split.of(part)

    def fold_numbers(self, table: Table, target: Target, seed: int, n_folds: int = 5) -> Folds:
        return Stratified().fold_numbers(table, target, seed, n_folds)

    def _parts(self, table: Table) -> npt.NDArray[np.uint8]:
        cells = column_of(table, self.part, "part").cast(pl.String).str.to_lowercase()
        part = cells.str.strip_chars().replace_strict(PART_OF, default=None, return_dtype=pl.UInt8)
        if part.null_count():
            strange = table.frame[self.part].filter(part.is_null())
            raise ConfigError(
                f"{len(strange):,} rows of column {self.part!r} name no part: {strange[0]!r}",
                where="--part",
                hint="train, valid or test",
            )
        return part.to_numpy(writable=True)
