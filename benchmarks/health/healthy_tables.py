"""Rows of healthy jobs: noisy, sparse, heavy-tailed, repeated, and none of it a fault."""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from job import Data, Rows
from sklearn import datasets
from tables import changed, digits, friedman, parted

__all__ = [
    "binary_columns",
    "chance",
    "clean_rare",
    "coins",
    "dice",
    "easy",
    "few_levels",
    "heavy_inputs",
    "heavy_targets",
    "in_unit",
    "noise_only",
    "noisy_bends",
    "noisy_line",
    "one_hot",
    "pixels",
    "rated",
    "rates",
    "scaled",
    "several",
    "shares",
    "uneven",
    "waves_1d",
    "widened",
    "within_one",
]  # fmt: skip

N_TEST = 1000


def _rows(n: int, d: int, seed: int) -> tuple[np.random.Generator, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng, rng.normal(0, 1, (n + 300 + N_TEST, d))


def _ended(X: np.ndarray, y: np.ndarray, n: int, *, scale: bool = False) -> Data:
    return parted(X, y, n, 300, scale=scale)


def scaled(data: Callable[[], Data], by: float, plus: float = 0.0) -> Callable[[], Data]:
    """The same with targets in another unit."""
    return changed(data, all=lambda r: (r[0], (r[1] * by + plus).astype(np.float32)))


def widened(data: Callable[[], Data], by: float, plus: float = 0.0) -> Callable[[], Data]:
    """The same with inputs in another unit."""
    return changed(data, all=lambda r: ((r[0] * by + plus).astype(np.float32), r[1]))


@cache
def pixels() -> Data:
    """Digits with ink from 0 to 1."""

    def inked(rows: Rows) -> Rows:
        return (rows[0] * 6 + 4.9).astype(np.float32) / 16, rows[1]

    return changed(digits, all=inked)()


@cache
def noisy_line(n: int = 1500, d: int = 8, share: float = 0.2, tail: str = "normal") -> Data:
    """A linear target of which no more than ``share`` can be told."""
    rng, X = _rows(n, d, 11)
    w = rng.normal(0, 1, d)
    noise = rng.normal(0, 1, len(X)) if tail == "normal" else rng.laplace(0, 0.5**0.5, len(X))
    y = X @ (w / np.linalg.norm(w)) * share**0.5 + noise * (1 - share) ** 0.5
    return _ended(X, y, n)


@cache
def noisy_bends(n: int = 2500, share: float = 0.3) -> Data:
    """Friedman's target under much noise."""
    return friedman(n, ((1 - share) / share) ** 0.5)


@cache
def uneven(n: int = 2000) -> Data:
    """Noise that grows with the first column."""
    rng, X = _rows(n, 5, 12)
    y = X[:, 0] + 0.5 * X[:, 1] + rng.normal(0, 1, len(X)) * (0.3 + np.abs(X[:, 0]))
    return _ended(X, y, n)


@cache
def noise_only(n: int = 1500) -> Data:
    """A number that nothing tells."""
    rng, X = _rows(n, 6, 13)
    return _ended(X, rng.normal(0, 1, len(X)), n)


@cache
def chance(n: int = 1500, k: int = 2) -> Data:
    """Classes that nothing tells."""
    rng, X = _rows(n, 6, 14)
    return _ended(X, rng.integers(0, k, len(X)), n)


@cache
def coins(n: int = 2000, right: float = 0.7, d: int = 6) -> Data:
    """Two classes; the best answer is right in this share."""
    rng, X = _rows(n, d, 15)
    y = (X @ rng.normal(0, 1, d) > 0).astype(int)
    return _ended(X, np.where(rng.random(len(y)) < right, y, 1 - y), n)


@cache
def dice(n: int = 2000, k: int = 4, right: float = 0.55) -> Data:
    """Heaps whose labels are drawn anew in a share of rows."""
    X, y = datasets.make_blobs(n + 1300, 6, centers=k, cluster_std=2, random_state=4)
    rng = np.random.default_rng(16)
    return _ended(X, np.where(rng.random(len(y)) < right, y, rng.integers(0, k, len(y))), n,
                  scale=True)  # fmt: skip


@cache
def easy(n: int = 1000, d: int = 10, k: int = 2) -> Data:
    """Classes far apart: all is right after an epoch."""
    rng, X = _rows(n, d, 17)
    y = rng.integers(0, k, len(X))
    centers = rng.normal(0, 1, (k, d)) * 4
    return _ended(X + centers[y], y, n, scale=True)


@cache
def in_unit(n: int = 1000) -> Data:
    """Inputs in [0, 1], a bent target."""
    X, y = datasets.make_friedman1(n + 1300, 5, noise=1.5, random_state=3)
    return _ended(X, (y - y.mean()) / y.std(), n)


@cache
def one_hot(n: int = 1500, columns: int = 4, levels: int = 5, noise: float = 0.4) -> Data:
    """Columns of zeros and ones only; the target is the sum of what levels are worth."""
    rng = np.random.default_rng(18)
    codes = rng.integers(0, levels, (n + 1300, columns))
    worth = rng.normal(0, 1, (columns, levels))
    X = np.eye(levels)[codes].reshape(len(codes), -1)
    y = worth[np.arange(columns), codes].sum(1)
    return _ended(X, (y - y.mean()) / y.std() + rng.normal(0, noise, len(y)), n)


@cache
def binary_columns(n: int = 1500, d: int = 12) -> Data:
    """Yes and no, rarely yes in some columns; two classes."""
    rng = np.random.default_rng(19)
    X = (rng.random((n + 1300, d)) < np.linspace(0.05, 0.6, d)).astype(float)
    p = 1 / (1 + np.exp(-(X @ rng.normal(0, 2, d) - 0.5)))
    return _ended(X, (rng.random(len(p)) < p).astype(int), n)


@cache
def few_levels(n: int = 1200) -> Data:
    """Four columns of three levels: most rows are there many times, in all parts."""
    rng = np.random.default_rng(20)
    X = rng.integers(0, 3, (n + 1300, 4)).astype(float)
    p = 1 / (1 + np.exp(-(X[:, 0] - X[:, 1] + (X[:, 2] == 1) - 0.5)))
    return _ended(X - 1, (rng.random(len(p)) < p).astype(int), n)


@cache
def heavy_inputs(n: int = 1500, d: int = 8) -> Data:
    """Inputs of Student's t with five degrees of freedom; a linear target."""
    rng = np.random.default_rng(21)
    X = rng.standard_t(5, (n + 1300, d))
    y = X @ rng.normal(0, 0.3, d) + rng.normal(0, 0.3, len(X))
    return _ended(X, y, n)


@cache
def heavy_targets(n: int = 2000, d: int = 6) -> Data:
    """Noise of Student's t with four degrees of freedom, in all parts."""
    rng, X = _rows(n, d, 22)
    return _ended(X, X @ rng.normal(0, 0.6, d) + 0.4 * rng.standard_t(4, len(X)), n)


@cache
def clean_rare(n: int = 2000, share: float = 0.03, d: int = 8) -> Data:
    """A class that is rare and far from the other."""
    rng, X = _rows(n, d, 23)
    y = (rng.random(len(X)) < share).astype(int)
    X[:, :3] += 4.0 * y[:, None]
    return _ended(X, y, n)


@cache
def within_one(n: int = 1000) -> Data:
    """A target in [-1, 1]."""
    rng, X = _rows(n, 5, 24)
    y = np.tanh(X @ rng.normal(0, 0.5, 5) + rng.normal(0, 0.2, len(X)))
    return _ended(X, y, n)


@cache
def shares(n: int = 1000) -> Data:
    """A target in [0, 1]."""
    return scaled(partial(within_one, n), 0.5, 0.5)()


@cache
def rates(n: int = 2000) -> Data:
    """Counts with a mean that depends on the inputs; their own noise is most of it."""
    rng, X = _rows(n, 6, 25)
    y = rng.poisson(np.exp(0.3 + X @ rng.normal(0, 0.25, 6))).astype(float)
    return _ended(X, y, n)


@cache
def rated(n: int = 1000) -> Data:
    """Positive targets."""
    rng, X = _rows(n, 4, 26)
    y = np.log1p(np.exp(X[:, 0] + 0.5 * X[:, 1])) + 0.1 * rng.random(len(X))
    return _ended(X, y, n)


@cache
def several(n: int = 1000, t: int = 3) -> Data:
    """Several numbers to tell, (N, t)."""
    rng, X = _rows(n, 8, 27)
    y = X @ rng.normal(0, 0.35, (8, t)) + rng.normal(0, 0.2, (len(X), t))
    return _ended(X, y, n)


@cache
def waves_1d(n: int = 800, length: int = 32) -> Data:
    """(N, 1, length): a bump up or down, anywhere."""
    rng = np.random.default_rng(28)
    y = rng.integers(0, 3, n + 1300)
    place = rng.integers(4, length - 4, len(y))
    t = np.arange(length)[None] - place[:, None]
    bump = np.array([1.5, -1.5, 0.0])[y][:, None] * np.exp(-(t**2) / 4)
    bump += (y == 2)[:, None] * 1.5 * t * np.exp(-(t**2) / 4)
    return _ended((bump + rng.normal(0, 0.3, t.shape))[:, None], y, n)
