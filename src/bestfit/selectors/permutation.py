"""Permutation importance: how much worse trees predict rows whose column is shuffled.

Breiman, "Random Forests", Machine Learning 45, 2001.
"""

from dataclasses import dataclass

import numpy as np

from ..threads import growing
from .base import Array, Selector, classes_of, selector

__all__ = ["Permutation"]


@selector("permutation")
@dataclass(frozen=True, kw_only=True)
class Permutation(Selector):
    """The loss of score of boosted trees, on a quarter of the rows that they did not learn from,
    in standard deviations of the shuffles.

    Without ``k`` stay the columns whose loss is more than twice that deviation.

    Args:
        repeats: shuffles of each column; ≥ 2.
        seed: of the rows held back and of the shuffles.
    """

    repeats: int = 5
    seed: int = 0

    def scores(self, x: Array, y: Array) -> Array:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
        from sklearn.inspection import permutation_importance

        code, n_classes = classes_of(y)
        trees = HistGradientBoostingClassifier if n_classes else HistGradientBoostingRegressor
        held = np.zeros(len(x), bool)
        held[np.random.default_rng(self.seed).permutation(len(x))[: len(x) // 4]] = True
        with growing(x.size):
            model = trees(random_state=self.seed, early_stopping=False).fit(x[~held], code[~held])
            found = permutation_importance(
                model,
                x[held],
                code[held],
                n_repeats=self.repeats,
                random_state=self.seed,
                scoring="neg_log_loss" if n_classes and set(code[held]) == set(code) else None,
            )
        return np.asarray(found.importances_mean / np.maximum(found.importances_std, 1e-12))

    def worthy(self, scores: Array, x: Array, y: Array) -> Array:
        return scores > 2
