"""Rows to learn from: of scikit-learn or drawn, with a fixed seed, standardised."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
from job import Data, Rows
from sklearn import datasets

__all__ = [
    "blobs", "cancer", "changed", "circles", "classes", "counts", "diabetes", "digits", "first",
    "friedman", "imbalanced", "line", "marks", "moons", "pictures", "rings", "sums", "waves",
    "wine",
]  # fmt: skip


def parted(X: np.ndarray, y: np.ndarray, n_train: int, n_valid: int, *, scale: bool = True) -> Data:
    """Shuffled; columns of mean 0 and deviation 1 over the training rows, targets as they are."""
    order = np.random.default_rng(0).permutation(len(X))
    X, y = X[order].astype(np.float32), y[order]
    y = y.astype(np.float32) if y.dtype.kind == "f" else y.astype(np.int64)
    if scale:
        seen = X[:n_train]
        X = (X - seen.mean(0)) / (seen.std(0) + 1e-6)
    a, b = n_train, n_train + n_valid
    return Data((X[:a], y[:a]), (X[a:b], y[a:b]), (X[b:], y[b:]))


def changed(
    data: Callable[[], Data],
    *,
    all: Callable[[Rows], Rows] | None = None,
    **parts: Callable[[Rows], Rows],
) -> Callable[[], Data]:
    """The same rows with changes to all of them, or to ``train``, ``valid``, ``test``."""
    if all is not None:
        parts = dict.fromkeys(("train", "valid", "test"), all) | parts

    def made() -> Data:
        before = data()
        return replace(before, **{key: f(getattr(before, key)) for key, f in parts.items()})

    return made


def _unit(y: np.ndarray) -> np.ndarray:
    return (y - y.mean()) / y.std()


@cache
def digits() -> Data:
    """8 × 8 pixels of ten digits; ink has one scale for all pixels."""
    X, y = datasets.load_digits(return_X_y=True)
    return parted((X - 4.9) / 6, y, 1000, 300, scale=False)


@cache
def pictures() -> Data:
    """The same, (N, 1, 8, 8)."""
    return changed(digits, all=lambda r: (r[0].reshape(-1, 1, 8, 8), r[1]))()


@cache
def cancer(scale: bool = True) -> Data:
    """30 columns, two classes."""
    return parted(*datasets.load_breast_cancer(return_X_y=True), 269, 100, scale=scale)


@cache
def wine(scale: bool = True) -> Data:
    """13 columns, three classes, 178 rows."""
    return parted(*datasets.load_wine(return_X_y=True), 88, 30, scale=scale)


@cache
def diabetes() -> Data:
    """10 columns, a number of much noise."""
    X, y = datasets.load_diabetes(return_X_y=True)
    return parted(X, _unit(y), 222, 100)


@cache
def moons(n: int = 600, noise: float = 0.15) -> Data:
    """Two classes in the plane."""
    return parted(*datasets.make_moons(n + 1300, noise=noise, random_state=0), n, 300)


@cache
def circles(n: int = 600) -> Data:
    """Two classes in the plane that no line parts."""
    X, y = datasets.make_circles(n + 1300, noise=0.08, factor=0.5, random_state=0)
    return parted(X, y, n, 300)


@cache
def rings(n: int = 800, k: int = 4) -> Data:
    """Arms of a spiral, one for each class."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, k, n + 1300)
    r = rng.uniform(0.1, 1, len(y))
    angle = 2 * np.pi * y / k + 3 * r + rng.normal(0, 0.1, len(y))
    return parted(np.stack([r * np.cos(angle), r * np.sin(angle)], 1), y, n, 300)


@cache
def blobs(k: int = 6, d: int = 10, n: int = 800) -> Data:
    """Heaps, one for each class."""
    X, y = datasets.make_blobs(n + 1300, d, centers=k, cluster_std=2.5, random_state=1)
    return parted(X, y, n, 300)


@cache
def classes(n: int = 800, d: int = 20, k: int = 2, noise: float = 0.0, apart: float = 1.0) -> Data:
    """Clusters in a cube."""
    X, y = datasets.make_classification(
        n + 1300, d, n_informative=8, n_redundant=2, n_classes=k, n_clusters_per_class=2,
        flip_y=noise, class_sep=apart, random_state=2,
    )  # fmt: skip
    return parted(X, y, n, 300)


@cache
def imbalanced(n: int = 2000, share: float = 0.03, k: int = 2, apart: float = 0.8) -> Data:
    """The last class, or all but the first, is rare."""
    weights = [1 - share * (k - 1)] + [share] * (k - 1)
    X, y = datasets.make_classification(
        n + 5000, 12, n_informative=6, n_redundant=0, n_classes=k, n_clusters_per_class=1,
        weights=weights, flip_y=0, class_sep=apart, random_state=4,
    )  # fmt: skip
    return parted(X, y, n, 1000)


@cache
def line(n: int = 600, d: int = 20, noise: float = 0.3) -> Data:
    """A linear target."""
    X, y = datasets.make_regression(n + 1300, d, n_informative=min(d, 10), random_state=0)
    return parted(X, _unit(y) + np.random.default_rng(1).normal(0, noise, len(y)), n, 300)


@cache
def friedman(n: int = 800, noise: float = 0.1) -> Data:
    """Ten columns, five of which bend the target."""
    X, y = datasets.make_friedman1(n + 1300, 10, noise=0.0, random_state=0)
    return parted(X, _unit(y) + np.random.default_rng(1).normal(0, noise, len(y)), n, 300)


@cache
def first(length: int = 40, n: int = 600) -> Data:
    """Whether the first number of a sequence is positive; the rest is noise."""
    rng = np.random.default_rng(5)
    X = rng.normal(0, 0.5, (n + 800, length, 1))
    y = rng.integers(0, 2, len(X))
    X[:, 0, 0] = 2.0 * y - 1
    return parted(X, y, n, 200, scale=False)


@cache
def sums(length: int = 20, n: int = 600) -> Data:
    """The mean of a sequence, scaled."""
    X = np.random.default_rng(6).normal(0, 1, (n + 700, length, 2))
    return parted(X, X[..., 0].sum(1) / length**0.5, n, 200, scale=False)


@cache
def waves(length: int = 16, k: int = 3, n: int = 600) -> Data:
    """Sines of k speeds with noise and any phase."""
    rng = np.random.default_rng(7)
    y = rng.integers(0, k, n + 800)
    t = np.arange(length)[None]
    phase = rng.uniform(0, 2 * np.pi, (len(y), 1))
    X = np.sin(phase + (0.35 + 0.35 * y[:, None]) * t) + rng.normal(0, 0.3, (len(y), length))
    return parted(X[..., None], y, n, 200, scale=False)


@cache
def counts(length: int = 16, k: int = 3, n: int = 600) -> Data:
    """Which of k columns is struck three times, anywhere in a sequence."""
    rng = np.random.default_rng(9)
    X = rng.normal(0, 0.5, (n + 800, length, k))
    y = rng.integers(0, k, len(X))
    for _ in range(3):
        X[np.arange(len(X)), rng.integers(0, length, len(X)), y] += 1.5
    return parted(X, y, n, 200, scale=False)


@cache
def marks(n: int = 800) -> Data:
    """(N, 1, 8, 8): whether the two halves of a picture carry strokes of one direction."""
    rng = np.random.default_rng(8)
    left, right = rng.integers(0, 2, (2, n + 1300))
    X = rng.normal(0, 0.3, (len(left), 1, 8, 8))
    for half, way in ((slice(0, 4), left), (slice(4, 8), right)):
        place = rng.integers(0, 4, len(left))
        for i, (w, p) in enumerate(zip(way, place, strict=True)):
            if w:
                X[i, 0, 2:6, half.start + p] += 2
            else:
                X[i, 0, 2 + p, half] += 2
    return parted(X, (left == right).astype(int), n, 300, scale=False)
