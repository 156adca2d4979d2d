"""The weights of a linear model under an L1 penalty: those of useless columns are exactly zero.

Tibshirani, "Regression shrinkage and selection via the lasso", J. R. Stat. Soc. B 58, 1996.
"""

import warnings
from dataclasses import dataclass

import numpy as np

from .base import Array, Selector, classes_of, selector

__all__ = ["L1"]


@selector("l1")
@dataclass(frozen=True, kw_only=True)
class L1(Selector):
    """The size of a column's weight, columns standardised; zero for what does not pay.

    Without ``k`` stay the columns with a weight.

    Args:
        penalty: λ of the mean loss of a standardised target; > 0.
    """

    penalty: float = 0.01

    def scores(self, x: Array, y: Array) -> Array:
        from sklearn.linear_model import Lasso, LogisticRegression

        spread = x.std(axis=0)
        x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        code, n_classes = classes_of(y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the last digit is not reached
            if n_classes:
                inverse = 1 / (self.penalty * len(y))
                model = LogisticRegression(
                    l1_ratio=1.0, C=inverse, solver="saga", max_iter=300, random_state=0
                )
                weights = model.fit(x, code).coef_
            else:
                scaled = (code - code.mean()) / (code.std() or 1.0)
                weights = Lasso(alpha=self.penalty, max_iter=5000).fit(x, scaled).coef_[None]
        return np.asarray(np.abs(weights).max(axis=0))

    def worthy(self, scores: Array, x: Array, y: Array) -> Array:
        return scores > 0
