"""What a split is: which rows teach, which tune, which judge."""

import hashlib
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import ConfigError, SchemaError, TargetError
from ..registry import Registry
from ..table import Table, Target

__all__ = ["Folds", "Indices", "Part", "Split", "Splitter", "column_of", "split"]

Indices: TypeAlias = npt.NDArray[np.int64]
Folds: TypeAlias = npt.NDArray[np.int64]

split: Registry["Splitter"] = Registry("split")

VALID_FRACTION, MAX_VALID_ROWS = 0.15, 20_000
TEST_FRACTION, MAX_TEST_ROWS = 0.2, 50_000


class Part:
    """The number of a part in an array that says where each row goes."""

    TRAIN, VALID, TEST = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of rows, ascending; every row is in exactly one part."""

    train: Indices
    valid: Indices
    test: Indices

    @classmethod
    def of(cls, part: npt.NDArray[np.integer]) -> "Split":
        """From the part of each row.

        >>> Split.of(np.array([0, 2, 0, 1])).train
        array([0, 2])
        """
        train, valid, test = (np.flatnonzero(part == number) for number in range(3))
        return cls(train, valid, test)

    def summary(self) -> dict[str, dict[str, int | str]]:
        """Rows and SHA-256 of each part, for ``split.json``."""
        parts = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            name: {"rows": len(rows), "digest": hashlib.sha256(rows.astype("<i8")).hexdigest()}
            for name, rows in parts.items()
        }


@dataclass(frozen=True, kw_only=True)
class Splitter(ABC):
    """Divides rows into those that teach, tune and judge.

    Args:
        valid_fraction: share of the rows that tune, in (0, 1); None takes 15 %, at most 20,000.
        test_fraction: share of the rows that judge, in [0, 1); None takes 20 %, at most 50,000;
            0 holds none back, for when a test table is given separately.
    """

    name: ClassVar[str]

    valid_fraction: float | None = None
    test_fraction: float | None = None

    def __post_init__(self) -> None:
        valid, test = self.valid_fraction, self.test_fraction
        if valid is not None and not 0 < valid < 1:
            raise ConfigError(f"valid_fraction must lie in (0, 1), not {valid}")
        if test is not None and not 0 <= test < 1:
            raise ConfigError(f"test_fraction must lie in [0, 1), not {test}")
        taken = (VALID_FRACTION if valid is None else valid) + (
            TEST_FRACTION if test is None else test
        )
        if taken >= 1:
            raise ConfigError(
                f"valid_fraction and test_fraction leave no rows to learn from: {taken:g} in all",
                hint="keep their sum below 1",
            )

    @abstractmethod
    def split(self, table: Table, target: Target, seed: int) -> Split:
        """Divide the rows; the same table and seed give the same parts, in any order of columns.

        Raises:
            InputError: too few rows, classes, groups or moments to hold any back.
        """

    @abstractmethod
    def fold_numbers(self, table: Table, target: Target, seed: int, n_folds: int = 5) -> Folds:
        """(N,) the fold of each row, from 0: what learns from the target is fitted outside of it.

        There are fewer folds where there are fewer groups or moments.

        Raises:
            InputError: as for ``split``.
        """

    def folds(self, table: Table, target: Target, seed: int, n_folds: int = 5) -> list[Split]:
        """Cross-validation: each row tunes once, while all others teach; none judges.

        Args:
            table: the rows.
            target: what is predicted.
            seed: of the folds.
            n_folds: ≥ 2.
        Raises:
            InputError: as for ``split``, or there are fewer rows, groups or moments than folds.
        """
        fold = self.checked_folds(table, target, seed, n_folds)
        none = np.zeros(0, np.int64)
        return [
            Split(np.flatnonzero(fold != k), np.flatnonzero(fold == k), none)
            for k in range(n_folds)
        ]

    def checked_folds(self, table: Table, target: Target, seed: int, n_folds: int) -> Folds:
        """``fold_numbers`` that are as many as asked for, and two at least.

        Raises:
            ConfigError: they are not.
        """
        if 2 <= n_folds <= table.n_rows:
            fold = self.fold_numbers(table, target, seed, n_folds)
            if len(np.unique(fold)) == n_folds:
                return fold
        problem = f"{table.n_rows} rows hold less than the {n_folds} units that folds need"
        raise ConfigError(problem, hint="fewer folds")

    def sizes(self, n_rows: int) -> tuple[int, int]:
        """How many of so many rows tune and how many judge, before anything is rounded to whole
        classes, groups or moments.

        Raises:
            TargetError: too few rows.
        """
        if n_rows < self.n_parts:
            raise TargetError(
                f"{n_rows} rows are too few to hold some back", hint=f"{self.n_parts} is the least"
            )
        valid = _size(n_rows, self.valid_fraction, VALID_FRACTION, MAX_VALID_ROWS)
        test = _size(n_rows, self.test_fraction, TEST_FRACTION, MAX_TEST_ROWS)
        test = min(test, n_rows - 2)
        return min(valid, n_rows - test - 1), test

    @property
    def n_parts(self) -> int:
        """Parts that hold rows: 3, or 2 without test rows."""
        return 2 if self.test_fraction == 0 else 3


def column_of(table: Table, name: str, role: str) -> pl.Series:
    """A column that the split goes by.

    Raises:
        SchemaError: there is no such column, or it is empty.
    """
    if name not in table.columns:
        near = get_close_matches(name, table.columns, n=1)
        raise SchemaError(
            f"no column is called {name!r}",
            where=f"--{role}",
            hint=f"{near[0]!r}" if near else "bestfit inspect lists the columns",
        )
    series = table.frame[name]
    if series.dtype.is_float():
        series = series.fill_nan(None)
    if series.null_count() == len(series):
        raise SchemaError(f"column {name!r} is empty", where=f"--{role}")
    return series


def _size(n_rows: int, fraction: float | None, usual: float, most: int) -> int:
    # Rounded up, so that a part that is asked for is never empty.
    if fraction is None:
        return min(math.ceil(n_rows * usual - 1e-9), most)
    return math.ceil(n_rows * fraction - 1e-9)
