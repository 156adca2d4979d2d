"""The mean of the target among the rows of a level, pulled towards the mean of all rows.

Micci-Barreca, "A preprocessing scheme for high-cardinality categorical attributes", SIGKDD
Explorations 3, 2001.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform
from .levels import all_codes, by_name, codes_of, texts

__all__ = ["FittedTargetMean", "TargetMean"]


@dataclass(frozen=True, kw_only=True)
class FittedTargetMean(Fitted):
    """A table of smoothed means.

    Args:
        categories: the levels of each column.
        means: for each column, for each class (or for the one amount): a number for each level,
            then one for a gap and one for an unseen level.
    """

    kind: ClassVar[str] = "target_mean"
    categories: tuple[tuple[str, ...], ...]
    means: tuple[tuple[tuple[float, ...], ...], ...]

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        at = 0
        codes = all_codes(frame, self.columns, self.categories)
        for code, levels, means in zip(codes, self.categories, self.means, strict=True):
            place = np.where(code >= 0, code, len(levels) - 1 - code)
            for of_class in means:
                out[:, at] = np.array(of_class)[place]
                at += 1

    @property
    def owners(self) -> tuple[int, ...]:
        return tuple(i for i, means in enumerate(self.means) for _ in means)

    @property
    def continuous(self) -> tuple[bool, ...]:
        return (True,) * len(self.outputs)


@transform("target_mean")
@dataclass(frozen=True, kw_only=True)
class TargetMean(Transform):
    """Means of the target by level. Training rows are to be given those of other rows: ``cross``.

    Args:
        smooth: how many rows the mean of all counts for; ≥ 0. None weighs a level's rows by how
            alike they are (empirical Bayes).
    """

    smooth: float | None = None
    needs_target = True

    takes = ("category", "text", "number")

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedTargetMean:
        goals, names = _goals(np.asarray(y))
        categories = tuple(by_name(frame[c]) for c in columns)
        means = []
        for column, levels in zip(columns, categories, strict=True):
            place = _places(frame[column], len(levels), codes_of(frame[column], levels))
            each = (self._means(place, goal, len(levels) + 1) for goal in goals)
            means.append(tuple(tuple(values.tolist()) for values in each))
        return FittedTargetMean(
            columns=tuple(columns),
            outputs=tuple(f"{c} mean{name}" for c in columns for name in names),
            categories=categories,
            means=tuple(means),
        )

    def cross(self, frame: pl.DataFrame, fitted: Fitted, y: Array, fold: Array) -> Array:
        """(N, outputs): each fold gets the means of the rows outside of it."""
        columns = fitted.columns
        goals, _ = _goals(np.asarray(y))
        out = np.empty((frame.height, len(columns) * len(goals)))
        n_folds = int(fold.max(initial=0)) + 1
        for i, column in enumerate(columns):
            levels = by_name(frame[column])
            place = _places(frame[column], len(levels), codes_of(frame[column], levels))
            for j, goal in enumerate(goals):
                for k in range(n_folds):
                    away = fold != k
                    means = self._means(place[away], goal[away], len(levels) + 1)
                    out[~away, i * len(goals) + j] = means[place[~away]]
        return out

    def _means(self, place: Array, goal: Array, n_levels: int) -> Array:
        """(n_levels + 1,): smoothed; the last is the mean of all rows, for an unseen level."""
        count = np.bincount(place, minlength=n_levels).astype(float)
        total = np.bincount(place, goal, minlength=n_levels)
        everywhere = float(goal.mean()) if len(goal) else 0.0
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = total / count
            if self.smooth is None:
                squares = np.bincount(place, (goal - mean[place]) ** 2, minlength=n_levels)
                spread = float(goal.var()) if len(goal) else 0.0
                share = spread * count / (spread * count + squares / count)
            else:
                share = count / (count + self.smooth)
            smooth = share * mean + (1 - share) * everywhere
        return np.append(np.where(np.isnan(smooth), everywhere, smooth), everywhere)


def _places(column: pl.Series, n_levels: int, code: Array) -> Array:
    """(N,) the level of each row; gaps are a level of their own, the last."""
    return np.where(texts(column).is_null().to_numpy(), n_levels, code)


def _goals(y: Array) -> tuple[list[Array], list[str]]:
    """What is averaged, and how it is called: the amounts, or for each class a 1 where it is."""
    if y.dtype.kind == "f":
        return [y.astype(float)], [""]
    classes = np.unique(y)
    if len(classes) <= 2:
        return [(y == classes[-1]).astype(float)], [""]
    return [(y == label).astype(float) for label in classes], [f" of {c}" for c in classes]
