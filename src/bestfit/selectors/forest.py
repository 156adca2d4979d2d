"""A forest of random trees: which columns it divides rows by, alone or together.

Geurts, Ernst, Wehenkel, "Extremely randomized trees", Machine Learning 63, 2006.
"""

from dataclasses import dataclass

import numpy as np

from .base import Array, Selector, classes_of, selector

__all__ = ["Forest"]

MAX_LOOKED_AT = 300  # columns at each division


@selector("forest")
@dataclass(frozen=True, kw_only=True)
class Forest(Selector):
    """The share of what a forest explains that its divisions by a column explain.

    Without ``k`` stay the columns that explain more than the mean of all.

    Args:
        trees: of the forest; ≥ 1.
        seed: of the trees.
    """

    trees: int = 100
    seed: int = 0

    def scores(self, x: Array, y: Array) -> Array:
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        code, n_classes = classes_of(y)
        kind = ExtraTreesClassifier if n_classes else ExtraTreesRegressor
        looked_at = max(1, min(x.shape[1] // 10, MAX_LOOKED_AT))
        forest = kind(
            self.trees, max_depth=10, min_samples_leaf=3, max_features=looked_at,
            random_state=self.seed,
        )  # fmt: skip
        return np.asarray(forest.fit(x, code).feature_importances_)

    def worthy(self, scores: Array, x: Array, y: Array) -> Array:
        return np.asarray(scores > scores.mean())
