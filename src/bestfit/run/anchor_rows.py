"""The training rows of an anchor: samples of them, and a part held back inside."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..rng import stream
from ..transforms import Features

__all__ = ["Floats", "Indices", "Predict", "TrainingRows", "all_classes"]

Floats: TypeAlias = npt.NDArray[np.float64]
Indices: TypeAlias = npt.NDArray[np.int64]
Predict: TypeAlias = Callable[[Features], Floats]

HELD_SHARE = 0.1


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """What an anchor learns from.

    Args:
        features: N rows.
        y: (N,) class index, or a number in target units.
        n_classes: 0 for a regression.
        seed: of samples and of what is held back.
    """

    features: Features
    y: npt.NDArray[np.number]
    n_classes: int
    seed: int

    def __len__(self) -> int:
        return len(self.y)

    @property
    def n_outputs(self) -> int:
        """What a model has to predict: a number for each of more than two classes, else one."""
        return self.n_classes if self.n_classes > 2 else 1

    @property
    def varied(self) -> bool:
        """Whether there is anything to tell apart."""
        return len(self) > 1 and bool((self.y != self.y[0]).any())

    def take(self, rows: Indices) -> "TrainingRows":
        """The rows at these positions."""
        return replace(self, features=self.features.take(rows), y=self.y[rows])

    def drawn(self, n: int) -> Indices:
        """Positions of at most ``n`` rows, drawn by the seed, ascending."""
        if n >= len(self):
            return np.arange(len(self))
        random = stream(self.seed, "anchors", "sample")
        return np.sort(random.choice(len(self), n, replace=False))

    def divided(self) -> "tuple[TrainingRows, TrainingRows]":
        """The rows without a tenth of each class, and that tenth: empty where rows are few."""
        code = self.y if self.n_classes else np.zeros(len(self), dtype=np.int64)
        order = stream(self.seed, "anchors", "held").permutation(len(self))
        order = order[np.argsort(code[order], kind="stable")]
        count = np.bincount(code)
        rank = np.arange(len(self)) - (np.cumsum(count) - count)[code[order]]
        held = rank < np.floor(HELD_SHARE * count)[code[order]]
        return self.take(np.sort(order[~held])), self.take(np.sort(order[held]))

    def prior(self) -> Floats:
        """(C,) share of each class; one without a row gets half a row."""
        count = np.bincount(self.y, minlength=self.n_classes).astype(np.float64)
        count[count == 0] = 0.5
        return np.asarray(count / count.sum())

    def scale(self) -> tuple[float, float]:
        """Mean and standard deviation of a number, 1 where it does not vary."""
        spread = float(self.y.std())
        return float(self.y.mean()), spread if spread > 0 and np.isfinite(spread) else 1.0


def all_classes(probability: Floats, classes: Indices, prior: Floats) -> Floats:
    """(N, C) probabilities from those of the classes that a model has seen.

    The others get what the prior gives them, so that a row of theirs is no infinite surprise.
    """
    if len(classes) == len(prior):
        return probability
    seen = np.zeros(len(prior), dtype=bool)
    seen[classes] = True
    full = np.tile(np.where(seen, 0.0, prior), (len(probability), 1))
    full[:, classes] = probability * prior[seen].sum()
    return full
