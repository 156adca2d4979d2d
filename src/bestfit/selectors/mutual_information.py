"""Mutual information: any dependence, curved or not.

Kraskov, Stögbauer and Grassberger, "Estimating mutual information", Phys. Rev. E 69, 2004.
"""

from dataclasses import dataclass

import numpy as np

from .base import Array, Selector, classes_of, selector

__all__ = ["MutualInformation"]

LEAST = 0.02  # nats


@selector("mutual_information")
@dataclass(frozen=True, kw_only=True)
class MutualInformation(Selector):
    """What a column tells of the target, in nats, by scikit-learn's nearest neighbours.

    Without ``k`` stay the columns that tell more than 0.02 nats.

    Args:
        neighbours: of each row; more give a smoother estimate.
        max_rows: evenly drawn; the estimate takes long on more.
        seed: of the small noise that tells equal numbers apart.
    """

    neighbours: int = 3
    max_rows: int = 10_000
    seed: int = 0

    def scores(self, x: Array, y: Array) -> Array:
        from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

        step = -(-len(x) // self.max_rows)
        code, n_classes = classes_of(y)
        measure = mutual_info_classif if n_classes else mutual_info_regression
        found = measure(
            x[::step], code[::step], n_neighbors=self.neighbours, random_state=self.seed
        )
        return np.asarray(found)

    def worthy(self, scores: Array, x: Array, y: Array) -> Array:
        return np.asarray((scores > LEAST) & (x.max(axis=0) > x.min(axis=0)))
