"""How sure a test score is, and what the best constant answer is worth."""

from dataclasses import replace
from typing import Any

import numpy as np
from job import Data, Job, score

__all__ = ["Told", "constant_score", "losses_by_row", "score_error", "told"]

N_DRAWS = 40


class Told:
    """Answers that are known already, in place of a trained network.

    Args:
        answers: (N,) or (N, T), what ``predict`` gives.
        p: (N, C) probabilities, where they are asked for.
    """

    def __init__(self, answers: np.ndarray, p: np.ndarray | None = None) -> None:
        self.answers, self.p = answers, p

    def predict(self, _: np.ndarray) -> np.ndarray:
        """The answers, whatever the inputs."""
        return self.answers

    def predict_proba(self, _: np.ndarray) -> np.ndarray | None:
        """The probabilities, whatever the inputs."""
        return self.p

    def at(self, rows: np.ndarray) -> "Told":
        """The answers to some rows."""
        return Told(self.answers[rows], None if self.p is None else self.p[rows])


def told(job: Job, result: Any, data: Data) -> Told:
    """The answers of a network to the test rows."""
    X = data.test[0]
    p = result.predict_proba(X) if job.options["metric"] == "auc" else None
    return Told(np.asarray(result.predict(X)), p)


def score_error(job: Job, answers: Told, data: Data) -> float:
    """The standard error of a test score, by rows drawn again; 0 where there is no score."""
    X, y = data.test
    if not np.isfinite(np.asarray(answers.answers, np.float64)).all():
        return 0.0
    rng = np.random.default_rng(0)
    scores = []
    for _ in range(N_DRAWS):
        rows = rng.integers(0, len(y), len(y))
        drawn = replace(data, test=(X[rows], y[rows]))
        try:
            scores.append(score(job, answers.at(rows), drawn))
        except ValueError:  # only one class was drawn
            continue
    return float(np.std(scores)) if len(scores) > 1 else 0.0


def losses_by_row(job: Job, result: Any, data: Data) -> np.ndarray:
    """(N,) errors of the test rows: squares of numbers; of classes 0 or 1, rare ones weighing more
    where the metric says so."""
    y = data.test[1]
    found = np.asarray(result.predict(data.test[0]))
    if job.options["metric"] in ("r2", "rmse"):
        squares = np.square(found.astype(np.float64) - y).reshape(len(y), -1)
        return np.asarray(squares.mean(axis=1))
    wrong = np.asarray(found.astype(np.int64) != y.astype(np.int64), np.float64)
    if job.options["metric"] == "accuracy":
        return wrong
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    return np.asarray(wrong * (len(y) / len(counts) / counts)[codes])


def constant_score(job: Job, data: Data) -> float:
    """The test score of the best constant answer."""
    y, n = data.train[1], len(data.test[1])
    if job.options["metric"] in ("r2", "rmse"):
        good = y[np.isfinite(y.reshape(len(y), -1)).all(axis=1)]
        return score(job, Told(np.repeat(good.mean(0)[None], n, axis=0)), data)
    labels, counts = np.unique(y[np.isfinite(y.astype(np.float64))], return_counts=True)
    most = np.full(n, labels[counts.argmax()])
    return score(job, Told(most, np.full((n, 2), 0.5)), data)
