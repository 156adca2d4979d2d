"""What predictions on held-back rows show: curves, tables and bins, in NumPy."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Bin", "Floats", "calibration", "confusion", "precision_recall", "roc", "wilson"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Z = 1.959963984540054  # 97.5 % point of the normal distribution


@dataclass(frozen=True)
class Bin:
    """Rows with about the same probability: what was said, and what happened."""

    said: float
    happened: float
    low: float
    high: float
    rows: int


def roc(score: Floats, positive: Bools) -> tuple[Floats, Floats]:
    """False and true positive rates at every distinct score, from (0, 0) to (1, 1).

    >>> roc(np.array([0.9, 0.4, 0.6]), np.array([True, False, True]))
    (array([0., 0., 0., 1.]), array([0. , 0.5, 1. , 1. ]))
    """
    hits, alarms = _counts_downwards(score, positive)
    return alarms / max(alarms[-1], 1), hits / max(hits[-1], 1)


def precision_recall(score: Floats, positive: Bools) -> tuple[Floats, Floats]:
    """Recall and precision at every distinct score, from the highest downwards."""
    hits, alarms = _counts_downwards(score, positive)
    hits, alarms = hits[1:], alarms[1:]
    return hits / max(hits[-1] if len(hits) else 0, 1), hits / np.maximum(hits + alarms, 1)


def _counts_downwards(score: Floats, positive: Bools) -> tuple[Floats, Floats]:
    """True and false positives when all rows down to each distinct score are called positive."""
    order = np.argsort(-score, kind="stable")
    ordered, truth = score[order], positive[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    hits = np.cumsum(truth, dtype=np.float64)[last]
    return np.append(0.0, hits), np.append(0.0, last + 1.0 - hits)


def calibration(probability: Floats, happened: Bools, bins: int = 10) -> list[Bin]:
    """Rows in equal steps of probability; each with a Wilson interval of what happened."""
    place = np.clip((probability * bins).astype(np.int64), 0, bins - 1)
    found = []
    for index in range(bins):
        here = place == index
        rows = int(here.sum())
        if rows:
            hits = int(happened[here].sum())
            low, high = wilson(hits, rows)
            said = float(probability[here].mean())
            found.append(Bin(said, hits / rows, low, high, rows))
    return found


def wilson(hits: int, rows: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, J. Am. Stat. Assoc. 22, 1927).

    >>> [round(end, 4) for end in wilson(5, 10)]
    [0.2366, 0.7634]
    """
    share, scale = hits / rows, 1 + Z * Z / rows
    middle = (share + Z * Z / (2 * rows)) / scale
    half = Z * np.sqrt(share * (1 - share) / rows + Z * Z / (4 * rows * rows)) / scale
    low, high = min(middle - half, share), max(middle + half, share)  # rounding aside, they hold it
    return float(max(low, 0.0)), float(min(high, 1.0))


def confusion(
    truth: npt.NDArray[np.int64], said: npt.NDArray[np.int64], classes: int
) -> npt.NDArray[np.int64]:
    """Counts, true classes downwards, predicted ones across; unknown ones (< 0) are left out.

    >>> confusion(np.array([0, 1, 1]), np.array([0, 1, 0]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    known = (truth >= 0) & (said >= 0)
    flat = np.bincount(truth[known] * classes + said[known], minlength=classes * classes)
    return flat.reshape(classes, classes)
