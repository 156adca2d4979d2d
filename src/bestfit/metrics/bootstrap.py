"""How far a metric could have come out otherwise, had other rows of the same kind been drawn.

Percentile bootstrap over rows: Efron, "Bootstrap Methods: Another Look at the Jackknife", Ann.
Stat. 7, 1979. On many rows fewer are drawn and the interval is narrowed by √(drawn / rows), as in
the m-out-of-n bootstrap (Bickel, Götze and van Zwet, Stat. Sinica 7, 1997).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..rng import stream
from .base import Array, Metric

__all__ = ["Interval", "interval", "paired_difference", "percentiles", "resampled_scores"]

MAX_CELLS = 10_000_000  # rows × draws × classes: about 0.2 s
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
    value = metric.score(prediction, target)
    if np.isnan(value):
        return Interval(value, value, value)
    sampled, shrink = resampled_scores(metric, [prediction], target, seed, draws)
    return percentiles(value, sampled[0], shrink, level)


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
    (a, b), shrink = resampled_scores(metric, [prediction_a, prediction_b], target, seed, draws)
    return percentiles(value, a - b if metric.higher_is_better else b - a, shrink, level)


def resampled_scores(
    metric: Metric,
    predictions: list[npt.NDArray[np.floating]],
    target: npt.NDArray[np.number],
    seed: int,
    draws: int,
) -> tuple[Array, float]:
    """Scores of several predictions of the same rows, on the same resamples.

    Returns:
        (len(predictions), draws) scores, and the factor by which their spread is too wide.
    """
    checked = [metric.check(prediction, target) for prediction in predictions]
    n = len(target)
    classes = predictions[0].shape[1] if metric.per_class else 2
    n_drawn = min(n, max(1000, MAX_CELLS // (draws * max(1, classes - 1) * len(predictions))))
    random = stream(seed, "bootstrap")
    rows = np.sort(random.choice(n, n_drawn, replace=False)) if n_drawn < n else slice(None)
    checked = [(p[rows], y[rows]) for p, y in checked]
    scores = np.empty((len(predictions), draws))
    chunk = max(1, min(draws, CHUNK_CELLS // n_drawn))
    with np.errstate(divide="ignore", invalid="ignore"):
        for first in range(0, draws, chunk):
            last = min(first + chunk, draws)
            weight = np.empty((n_drawn, last - first))
            for d in range(last - first):
                drawn = random.integers(0, n_drawn, n_drawn, dtype=np.uint32)
                weight[:, d] = np.bincount(drawn, minlength=n_drawn)
            for i, (p, y) in enumerate(checked):
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
