"""From members to one model: greedy selection, and calibration, on validation rows."""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

__all__ = ["apply_temperature", "greedy_weights", "temperature"]

Array = np.ndarray


def greedy_weights(
    predictions: Array, score: Callable[[Array], float], max_picks: int, candidates: Array
) -> Array:
    """Pick members one by one, each time the one that helps the mean most (with replacement).

    Caruana et al., "Ensemble Selection from Libraries of Models", ICML 2004. The first picks are
    the best members, so that a good start outweighs luck; the best size on the way is kept.

    Args:
        predictions: (k, N, …) of the members on validation rows.
        score: of one mean prediction (N, …); higher is better.
        max_picks: ≥ 1.
        candidates: (c,) members that may be picked; ≥ 1.
    Returns:
        (k,) weights that sum to 1.
    """
    picks: list[int] = []
    total = np.zeros(predictions.shape[1:], np.float64)
    best, best_size = -np.inf, 1
    for size in range(1, max_picks + 1):
        tried = [score((total + predictions[j]) / size) for j in candidates]
        tried = [-np.inf if np.isnan(t) else t for t in tried]
        pick = int(candidates[int(np.argmax(tried))])
        picks.append(pick)
        total += predictions[pick]
        if max(tried) > best:
            best, best_size = max(tried), size
    counts = np.bincount(picks[:best_size], minlength=len(predictions))
    return np.asarray(counts / counts.sum())


def temperature(probabilities: Array, target: Array) -> float:
    """The divisor of log-probabilities that makes validation rows likeliest (Guo et al., 2017).

    Args:
        probabilities: (N, C).
        target: (N,) class index.
    Returns:
        In [0.25, 4]; above 1 the model was too sure of itself.
    """
    log_p = np.log(np.clip(probabilities, 1e-12, 1))

    def loss(log_t: float) -> float:
        scaled = log_softmax(log_p / np.exp(log_t), axis=1)
        return float(-scaled[np.arange(len(target)), target].mean())

    found = minimize_scalar(loss, bounds=(np.log(0.25), np.log(4)), method="bounded")
    return float(np.exp(found.x))


def apply_temperature(probabilities: Array, t: float) -> Array:
    """Probabilities after dividing their logarithms by t. (N, C) → (N, C)."""
    if t == 1.0:
        return probabilities
    return np.asarray(np.exp(log_softmax(np.log(np.clip(probabilities, 1e-12, 1)) / t, axis=1)))
