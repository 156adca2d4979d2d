"""From probabilities to decided classes, and the counts that the deciding metrics stand on."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from .base import Array

__all__ = ["Counts", "confusion_counts", "decide", "mean_ratio", "ratio"]

Counts: TypeAlias = tuple[Array, Array, Array]
Numbers: TypeAlias = npt.NDArray[np.number]


def decide(prediction: npt.NDArray[np.floating], threshold: float = 0.5) -> npt.NDArray[np.int64]:
    """The class of each row.

    Args:
        prediction: (N, C) probabilities.
        threshold: with two classes, class 1 is decided above this probability; in (0, 1).
            With more, the most probable class is.
    Returns:
        (N,) class index; the first of two equally probable classes.
    """
    if prediction.shape[1] == 2:
        return np.asarray(prediction[:, 1] > threshold, dtype=np.int64)
    return np.asarray(prediction.argmax(axis=1), dtype=np.int64)


def confusion_counts(decided: Numbers, target: Numbers, weight: Array, n_classes: int) -> Counts:
    """Per class and column of weights: rows hit, rows decided for it, rows of it; each (C, D)."""
    hit = _sums(np.where(decided == target, target, n_classes), weight, n_classes)
    return hit, _sums(decided, weight, n_classes), _sums(target, weight, n_classes)


def ratio(part: Array, whole: Array) -> Array:
    """Part by whole, NaN where there is no whole."""
    out = np.full(part.shape, np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out


def mean_ratio(part: Array, whole: Array) -> Array:
    """The mean of part by whole, (C, D) → (D,), over the classes that have a whole."""
    each = ratio(part, whole)
    return ratio(np.nansum(each, axis=0), np.isfinite(each).sum(axis=0))


def _sums(code: Numbers, weight: Array, n_classes: int) -> Array:
    # A matrix product would cost C × N × D; after a sort each row is added once.
    sums = np.zeros((n_classes + 1, weight.shape[1]))
    order = np.argsort(code, kind="stable")
    present, starts = np.unique(code[order], return_index=True)
    sums[present] = np.add.reduceat(weight[order], starts, axis=0)
    return sums[:n_classes]
