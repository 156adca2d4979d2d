"""What a metric is: how good predictions are, as a number for people."""

from abc import ABC, abstractmethod
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import ShapeError
from ..registry import Registry

__all__ = ["Array", "Metric", "mean", "metric"]

Array: TypeAlias = npt.NDArray[np.float64]

metric: Registry["Metric"] = Registry("metric")


class Metric(ABC):
    """How good predictions are.

    A metric that has no answer (one class only, no rows, a prediction that is not finite) is NaN;
    it never raises for such rows, for a report must come out whatever the rows are.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    meaning: ClassVar[str]
    higher_is_better: ClassVar[bool]
    tasks: ClassVar[tuple[str, ...]]
    per_class: ClassVar[bool] = False  # the cost grows with the number of classes

    @abstractmethod
    def score_each(self, prediction: Array, target: Array, weight: Array) -> Array:
        """One score per column of weights.

        Args:
            prediction: (N, C) probabilities, or (N,) in target units; finite.
            target: (N,) class index (int64), or (N,) in target units; finite.
            weight: (N, D), ≥ 0: how often a row counts. D resamples of the rows at once.
        Returns:
            (D,), NaN where there is no answer.
        """

    def score(
        self,
        prediction: npt.NDArray[np.floating],
        target: npt.NDArray[np.number],
        weight: npt.NDArray[np.number] | None = None,
    ) -> float:
        """The score of all rows.

        Args:
            prediction: (N, C) probabilities, C = 2 for a binary task; (N,) for a regression.
            target: (N,) class index, or a number.
            weight: (N,), ≥ 0; None counts every row once.
        Raises:
            ShapeError: the shapes do not fit together.
        """
        p, y = self.check(prediction, target)
        if not (len(y) and np.isfinite(p).all() and np.isfinite(y).all()):
            return float("nan")
        w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
        if w.shape != y.shape:
            raise ShapeError(f"weight is {w.shape}, but there are {len(y)} rows", where=self.name)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(self.score_each(p, y, w[:, None])[0])

    def check(
        self, prediction: npt.NDArray[np.floating], target: npt.NDArray[np.number]
    ) -> tuple[Array, Array]:
        """Both in double precision (classes: int64), or ShapeError."""
        classes = "regression" not in self.tasks
        p, y = np.asarray(prediction, dtype=np.float64), np.asarray(target)
        if y.ndim != 1 or p.ndim != 1 + classes or len(p) != len(y) or (classes and p.shape[1] < 2):
            want = "(N, C) and (N,)" if classes else "(N,) and (N,)"
            raise ShapeError(
                f"prediction and target must be {want}, not {p.shape} and {y.shape}",
                where=self.name,
            )
        if (
            classes
            and len(y)
            and (y.dtype.kind not in "iu" or y.min() < 0 or y.max() >= p.shape[1])
        ):
            raise ShapeError(
                f"target must hold class indices from 0 to {p.shape[1] - 1}", where=self.name
            )
        return p, y.astype(np.int64 if classes else np.float64)

    def gain(self, new: float, old: float) -> float:
        """How much better ``new`` is than ``old``: positive is better, for every metric."""
        return new - old if self.higher_is_better else old - new


def mean(value: Array, weight: Array) -> Array:
    """The weighted mean of (N,) values, per column of (N, D) weights."""
    total: Array = value @ weight
    total /= weight.sum(axis=0)
    return total
