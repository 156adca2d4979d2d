"""Rows in the order of a score: what the ranking metrics stand on."""

import numpy as np

from .base import Array

__all__ = ["by_score", "one_against_rest"]


def by_score(score: Array, positive: Array, weight: Array) -> tuple[Array, Array]:
    """The weight of positive and of other rows at each distinct score, lowest score first.

    Args:
        score: (N,).
        positive: (N,), 1.0 or 0.0.
        weight: (N, D).
    Returns:
        Two arrays (G, D), G the number of distinct scores: rows that tie are one step.
    """
    order = np.argsort(score)
    ordered = score[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    weight = weight[order]
    hits = weight * positive[order][:, None]
    misses = weight - hits
    if len(starts) == len(score):
        return hits, misses
    return np.add.reduceat(hits, starts, axis=0), np.add.reduceat(misses, starts, axis=0)


def one_against_rest(prediction: Array, target: Array) -> list[tuple[Array, Array]]:
    """``(score, positive)`` of each class, or of class 1 alone when there are two."""
    classes = range(prediction.shape[1]) if prediction.shape[1] > 2 else (1,)
    return [(prediction[:, c], (target == c).astype(np.float64)) for c in classes]
