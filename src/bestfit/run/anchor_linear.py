"""Logistic or ridge regression on standardised columns."""

from collections.abc import Callable

import numpy as np

from ..metrics import RMSE, LogLoss
from ..transforms import Features
from .anchor_rows import Floats, Predict, TrainingRows, all_classes

__all__ = ["fit_linear", "linear_rows"]

PENALTIES = (1.0, 10.0, 100.0, 1000.0)  # of the squared weights
USUAL_PENALTY = 1.0
MAX_CHOICE_ROWS = 10_000  # to choose the penalty
MAX_ROWS = 100_000
MAX_CELLS = 20_000_000  # 160 MB
MAX_DEVIATIONS = 10.0  # of a column: beyond, one cell would rule the model
MAX_ITERATIONS = 200
# Measured on one core, and a usual number of passes.
CELL_S, USUAL_ITERATIONS = 3e-9, 60


def linear_rows(train: TrainingRows, n_judged: int, budget_s: float) -> int:
    """How many training rows the time allows; 0 where there is nothing to fit."""
    width = train.features.dense.shape[1]
    if not width or not train.varied:
        return 0
    row_s = width * (CELL_S * USUAL_ITERATIONS * train.n_outputs + 1e-10 * width)
    return max(1000, min(MAX_ROWS, MAX_CELLS // int(width), int(budget_s / row_s)))


def fit_linear(train: TrainingRows, budget_s: float) -> Predict:
    """Fit with the penalty that does best on a tenth of the rows held back."""
    from threadpoolctl import threadpool_limits

    # The products are bound by memory: a second thread only waits, and on a busy machine for long.
    with threadpool_limits(1):
        return _fit(train, _penalty(train.take(train.drawn(MAX_CHOICE_ROWS))))


def _penalty(train: TrainingRows) -> float:
    taught, held = train.divided()
    if not len(held):
        return USUAL_PENALTY
    loss = LogLoss() if train.n_classes else RMSE()
    scores = [loss.score(_fit(taught, some)(held.features), held.y) for some in PENALTIES]
    return PENALTIES[int(np.nanargmin(scores))]


def _fit(train: TrainingRows, penalty: float) -> Predict:
    dense = train.features.dense.astype(np.float64)
    dense[~np.isfinite(dense)] = np.nan
    centre = np.nan_to_num(np.nanmean(dense, axis=0))
    spread = np.nanstd(dense, axis=0)
    spread[~(spread > 1e-6 * np.abs(centre))] = np.inf  # a constant column counts for nothing

    def standard(features: Features) -> Floats:
        x = (features.dense - centre) / spread
        return np.asarray(np.clip(np.nan_to_num(x), -MAX_DEVIATIONS, MAX_DEVIATIONS))

    return (_logistic if train.n_classes else _ridge)(train, penalty, standard)


def _logistic(
    train: TrainingRows, penalty: float, standard: Callable[[Features], Floats]
) -> Predict:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1 / penalty, max_iter=MAX_ITERATIONS)
    model.fit(standard(train.features), train.y)
    prior = train.prior()
    return lambda features: all_classes(
        model.predict_proba(standard(features)), model.classes_, prior
    )


def _ridge(train: TrainingRows, penalty: float, standard: Callable[[Features], Floats]) -> Predict:
    from sklearn.linear_model import Ridge

    centre, spread = train.scale()
    model = Ridge(alpha=penalty).fit(standard(train.features), (train.y - centre) / spread)
    return lambda features: np.asarray(model.predict(standard(features)) * spread + centre)
