"""The F statistic: analysis of variance by class, or a straight line through amounts."""

from dataclasses import dataclass

import numpy as np

from .base import Array, Selector, classes_of, selector

__all__ = ["F"]

MAX_P = 0.05


@selector("f")
@dataclass(frozen=True, kw_only=True)
class F(Selector):
    """How much means differ between classes, or how well a line fits; sees no curves.

    Without ``k`` stay the columns whose F has a probability below 5 %, divided by their number.
    """

    def scores(self, x: Array, y: Array) -> Array:
        code, n_classes = classes_of(y)
        return _anova(x, code, n_classes) if n_classes else _line(x, code)

    def worthy(self, scores: Array, x: Array, y: Array) -> Array:
        from scipy.special import fdtrc

        n_classes = classes_of(y)[1]
        above, below = (n_classes - 1, len(y) - n_classes) if n_classes else (1, len(y) - 2)
        chance = fdtrc(max(above, 1), max(below, 1), scores)
        return np.asarray(chance < MAX_P / max(len(scores), 1))


def _anova(x: Array, code: Array, n_classes: int) -> Array:
    rows = np.bincount(code, minlength=n_classes).astype(float)
    x = x - x.mean(axis=0)  # the same F, without large numbers that cancel
    sums = np.stack([x[code == k].sum(axis=0) for k in range(n_classes)])
    between = (sums**2 / rows[:, None]).sum(axis=0) - x.sum(axis=0) ** 2 / len(x)
    within = (x**2).sum(axis=0) - (sums**2 / rows[:, None]).sum(axis=0)
    return np.asarray((between / (n_classes - 1)) / (within / (len(x) - n_classes)))


def _line(x: Array, y: Array) -> Array:
    x, y = x - x.mean(axis=0), y - y.mean()
    r = (x * y[:, None]).sum(axis=0) / np.sqrt((x**2).sum(axis=0) * (y**2).sum())
    r = np.clip(r, -1, 1)
    return np.asarray(r**2 / (1 - r**2) * (len(y) - 2))
