"""The χ² statistic between a column of counts or switches and the classes."""

from dataclasses import dataclass

import numpy as np

from ..errors import ConfigError
from .base import Array, Selector, classes_of, selector

__all__ = ["Chi2"]

MAX_P = 0.05


@selector("chi2")
@dataclass(frozen=True, kw_only=True)
class Chi2(Selector):
    """How far sums by class are from those of an independent column; for numbers ≥ 0 and classes.

    Without ``k`` stay the columns whose χ² has a probability below 5 %, divided by their number.
    """

    def scores(self, x: Array, y: Array) -> Array:
        code, n_classes = classes_of(y)
        if not n_classes:
            raise ConfigError("chi2 needs classes, and the target is a number", hint="f")
        if (x < 0).any():
            raise ConfigError("chi2 needs numbers that are not below zero", hint="f")
        found = np.stack([x[code == k].sum(axis=0) for k in range(n_classes)])
        share = np.bincount(code, minlength=n_classes) / len(code)
        expected = share[:, None] * x.sum(axis=0)
        return np.asarray(((found - expected) ** 2 / expected).sum(axis=0))

    def worthy(self, scores: Array, x: Array, y: Array) -> Array:
        from scipy.special import chdtrc

        freedom = max(classes_of(y)[1] - 1, 1)
        return np.asarray(chdtrc(freedom, scores) < MAX_P / max(len(scores), 1))
