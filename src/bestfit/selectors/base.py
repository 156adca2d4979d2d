"""What a selector is: a score for each column of numbers, and which columns stay."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ..errors import ConfigError, SchemaError
from ..frames import to_polars
from ..registry import Registry

__all__ = ["Array", "Selected", "Selector", "classes_of", "selector"]

Array = npt.NDArray[Any]

selector: Registry["Selector"] = Registry("selector")


@dataclass(frozen=True)
class Selected:
    """Scores, and which columns stay.

    Args:
        columns: names of all columns.
        scores: of each; larger is better, NaN where a column has none.
        kept: whether each stays.
    """

    columns: tuple[str, ...]
    scores: tuple[float, ...]
    kept: tuple[bool, ...]

    def apply(self, rows: Any) -> Array:
        """(N, kept columns) float64."""
        frame = to_polars(rows).frame
        names = [name for name, kept in zip(self.columns, self.kept, strict=True) if kept]
        return np.column_stack([frame[n].to_numpy() for n in names] or [np.zeros((len(frame), 0))])


@dataclass(frozen=True, kw_only=True)
class Selector(ABC):
    """A way to score columns.

    Args:
        k: how many columns stay; None goes by what the selector itself holds for worthless.
    """

    name: ClassVar[str]
    k: int | None = None

    def __post_init__(self) -> None:
        if self.k is not None and self.k < 1:
            raise ConfigError(f"k must be at least 1, not {self.k}")

    @abstractmethod
    def scores(self, x: Array, y: Array) -> Array:
        """(F,) larger is better.

        Args:
            x: (N, F) numbers without gaps.
            y: (N,) amounts as floats, classes as anything else.
        """

    @abstractmethod
    def worthy(self, scores: Array, x: Array, y: Array) -> Array:
        """(F,) bool: which columns stay when nobody says how many."""

    def fit(self, rows: Any, y: Any) -> Selected:
        """Score the columns of training rows.

        Args:
            rows: any table of numbers without gaps.
            y: (N,) the target.
        Raises:
            SchemaError: a column holds no numbers, or has gaps.

        >>> from bestfit.selectors import F
        >>> found = F(k=1).fit({"a": [1.0, 2.0, 3.0, 4.0], "b": [1.0, 0.0, 1.0, 0.0]}, [0, 0, 1, 1])
        >>> found.kept
        (True, False)
        """
        frame = to_polars(rows).frame
        for series in frame:
            if not series.dtype.is_numeric() or series.null_count():
                raise SchemaError("a selector needs numbers without gaps", where=series.name)
        x = frame.to_numpy().astype(float)
        return self.of(x, np.asarray(y), tuple(frame.columns))

    def of(self, x: Array, y: Array, columns: tuple[str, ...]) -> Selected:
        """The same of a matrix. x: (N, F); y: (N,)."""
        with np.errstate(all="ignore"):
            scores = np.asarray(self.scores(x, y), dtype=float)
            if self.k is None:
                kept = self.worthy(scores, x, y)
            else:
                ranked = np.where(np.isnan(scores), -np.inf, scores)
                kept = np.zeros(len(scores), bool)
                kept[np.argsort(ranked, kind="stable")[-self.k :]] = True
        return Selected(columns, tuple(scores.tolist()), tuple(kept.tolist()))


def classes_of(y: Array) -> tuple[Array, int]:
    """(N,) class from 0, and how many there are; 0 for amounts, which come back as they are."""
    if y.dtype.kind == "f":
        return y, 0
    labels, code = np.unique(y, return_inverse=True)
    return code, len(labels)
