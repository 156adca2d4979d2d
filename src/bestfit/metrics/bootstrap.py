"""How far a metric could have come out otherwise, had other rows of the same kind been drawn.

Percentile bootstrap over rows: Efron, "Bootstrap Methods: Another Look at the Jackknife", Ann.
Stat. 7, 1979. On many rows fewer are drawn and the interval is narrowed by √(drawn / rows), as in
the m-out-of-n bootstrap (Bickel, Götze and van Zwet, Stat. Sinica 7, 1997).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..rng import stream
from .base import Array, Metric

__all__ = [
    "Interval",
    "interval",
    "intervals",
    "paired_difference",
    "percentiles",
    "resampled_scores",
]

Judged = tuple[Metric, npt.NDArray[np.floating]]

MAX_CELLS = 4_000_000  # rows × draws × classes: a tenth of a second or less for each metric
CHUNK_CELLS = 1_000_000  # stays in the cache


class Interval(NamedTuple):
    """A value, and the range it would mostly fall into on other rows of the same kind."""

    value: float
    low: float
    high: float


def interval(
    metric: Metric,
    prediction: npt.NDArray[np.floating],
    target: npt.NDArray[np.number],
    seed: int,
    draws: int = 200,
    level: float = 0.95,
) -> Interval:
    """A score with its interval.

    The interval says how much the choice of rows matters, given the model; it holds no chance of
    training. When all rows are right it has no width, however few they are.

    Args:
        metric: what to compute.
        prediction: (N, C) probabilities or (N,) numbers.
        target: (N,).
        seed: the same seed draws the same rows for every metric and model.
        draws: resamples of the rows; ≥ 2.
        level: share of the resamples inside the interval; in (0, 1).
    Returns:
        NaN throughout where the score has no answer.
    """
    return intervals([metric], prediction, target, seed, draws, level)[0]


def intervals(
    metrics: Sequence[Metric],
    prediction: npt.NDArray[np.floating],
    target: npt.NDArray[np.number],
    seed: int,
    draws: int = 200,
    level: float = 0.95,
) -> list[Interval]:
    """The same for several metrics, on resamples that are drawn once."""
    values = [metric.score(prediction, target) for metric in metrics]
    judged = [(m, prediction) for m, v in zip(metrics, values, strict=True) if not np.isnan(v)]
    if not judged:
        return [Interval(value, value, value) for value in values]
    sampled, shrink = resampled_scores(judged, target, seed, draws)
    each = iter(sampled)
    return [
        Interval(v, v, v) if np.isnan(v) else percentiles(v, next(each), shrink, level)
        for v in values
    ]


def paired_difference(
    metric: Metric,
    prediction_a: npt.NDArray[np.floating],
    prediction_b: npt.NDArray[np.floating],
    target: npt.NDArray[np.number],
    seed: int,
    draws: int = 200,
    level: float = 0.95,
) -> Interval:
    """How much better ``a`` is than ``b`` on the same rows; **positive means that a is better**.

    Both are scored on the same resamples, so what makes rows easy or hard for both cancels out:
    the interval is far narrower than those of the two scores suggest.
    """
    value = metric.gain(metric.score(prediction_a, target), metric.score(prediction_b, target))
    if np.isnan(value):
        return Interval(value, value, value)
    both = [(metric, prediction_a), (metric, prediction_b)]
    (a, b), shrink = resampled_scores(both, target, seed, draws)
    return percentiles(value, a - b if metric.higher_is_better else b - a, shrink, level)


def resampled_scores(
    judged: Sequence[Judged], target: npt.NDArray[np.number], seed: int, draws: int
) -> tuple[Array, float]:
    """Scores of several predictions of the same rows, on the same resamples.

    Args:
        judged: each a metric, and the prediction that it scores.
        target: (N,).
        seed: of the resamples.
        draws: how many.
    Returns:
        (len(judged), draws) scores, and the factor by which their spread is too wide.
    """
    checked = [metric.check(prediction, target) for metric, prediction in judged]
    n = len(target)
    classes = max(p.shape[1] if metric.per_class else 2 for metric, p in judged)
    n_drawn = min(n, max(1000, MAX_CELLS // (draws * max(1, classes - 1))))
    random = stream(seed, "bootstrap")
    rows = np.sort(random.choice(n, n_drawn, replace=False)) if n_drawn < n else slice(None)
    checked = [(p[rows], y[rows]) for p, y in checked]
    scores = np.empty((len(judged), draws))
    chunk = max(1, min(draws, CHUNK_CELLS // n_drawn))
    with np.errstate(divide="ignore", invalid="ignore"):
        for first in range(0, draws, chunk):
            last = min(first + chunk, draws)
            weight = np.empty((n_drawn, last - first))
            for d in range(last - first):
                drawn = random.integers(0, n_drawn, n_drawn, dtype=np.uint32)
                weight[:, d] = np.bincount(drawn, minlength=n_drawn)
            for i, ((metric, _), (p, y)) in enumerate(zip(judged, checked, strict=True)):
                scores[i, first:last] = metric.score_each(p, y, weight)
    return scores, float(np.sqrt(n_drawn / n))


def percentiles(value: float, sampled: Array, shrink: float, level: float) -> Interval:
    """The middle ``level`` of the resamples, around the value and never beside it."""
    sampled = sampled[np.isfinite(sampled)]
    if not len(sampled):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(sampled, [(1 - level) / 2, (1 + level) / 2])
    if shrink < 1:
        centre = float(np.median(sampled))
        low, high = value + shrink * (low - centre), value + shrink * (high - centre)
    return Interval(value, min(value, float(low)), max(value, float(high)))
