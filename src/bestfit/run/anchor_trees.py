"""Boosted trees: scikit-learn's histogram boosting (after LightGBM: Ke et al., NeurIPS 2017)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from ..rng import seed_of
from ..threads import growing
from ..transforms import Features
from .anchor_rows import Floats, Predict, TrainingRows, all_classes

__all__ = ["fit_trees", "trees_rows"]

MAX_ROWS = 100_000
MAX_CELLS = 20_000_000  # 160 MB
MAX_LEVELS = 255  # of a category; the rarer ones share the last
MAX_ROUNDS, MIN_ROUNDS = 200, 50
SHRINKAGE = 10.0  # rounds × learning rate: 100 rounds at the usual 0.1
MAX_RATE, MIN_RATE = 0.2, 0.1
# Without this penalty a leaf of a rare class takes a step of any size, and the loss diverges.
PENALTY = 1.0
MAX_LEAF_ROWS = 20
# Measured on one core: seconds of a tree, and of each of its columns, cells and judged rows.
TREE_S, COLUMN_S, CELL_S, JUDGED_S = 4e-4, 1.2e-5, 1.5e-8, 5e-8


def trees_rows(train: TrainingRows, n_judged: int, budget_s: float) -> int:
    """How many training rows the time allows; 0 where there is nothing to fit."""
    width = _width(train)
    if not width or not train.varied:
        return 0
    tree_s = budget_s / (MIN_ROUNDS * train.n_outputs)
    left_s = tree_s - TREE_S - COLUMN_S * width - JUDGED_S * n_judged
    return max(1000, min(MAX_ROWS, MAX_CELLS // width, int(left_s / (width * CELL_S))))


def fit_trees(train: TrainingRows, budget_s: float) -> Predict:
    """Fit, and stop when a tenth of the rows held back no longer gains."""
    lay_out = _layout(train.features)
    taught, held = train.divided()
    x = lay_out(taught.features)
    centre, spread = (0.0, 1.0) if train.n_classes else train.scale()
    model = _model(train, budget_s, stops=len(held) > 0)
    judge = {}
    if len(held):
        judge = {"X_val": lay_out(held.features), "y_val": _scaled(held, centre, spread)}
    with growing(x.size):
        model.fit(x, _scaled(taught, centre, spread), **judge)
    if not train.n_classes:
        return lambda features: np.asarray(
            model.predict(lay_out(features)) * spread + centre, dtype=np.float64
        )
    prior = train.prior()
    return lambda features: all_classes(
        model.predict_proba(lay_out(features)), model.classes_, prior
    )


def _model(train: TrainingRows, budget_s: float, *, stops: bool) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    width = _width(train)
    tree_s = TREE_S + (COLUMN_S + CELL_S * len(train)) * width
    rounds = int(np.clip(budget_s / (tree_s * train.n_outputs), MIN_ROUNDS, MAX_ROUNDS))
    kind = HistGradientBoostingClassifier if train.n_classes else HistGradientBoostingRegressor
    return kind(
        learning_rate=float(np.clip(SHRINKAGE / rounds, MIN_RATE, MAX_RATE)),
        max_iter=rounds,
        l2_regularization=PENALTY,
        min_samples_leaf=int(np.clip(len(train) // 20, 1, MAX_LEAF_ROWS)),
        categorical_features=np.arange(width) >= train.features.dense.shape[1],
        early_stopping=stops,
        random_state=seed_of(train.seed, "anchors", "trees") % 2**32,
    )


def _width(train: TrainingRows) -> int:
    return int(train.features.dense.shape[1] + train.features.codes.shape[1])


def _scaled(rows: TrainingRows, centre: float, spread: float) -> npt.NDArray[np.number]:
    return rows.y if rows.n_classes else (rows.y - centre) / spread


def _layout(features: Features) -> Callable[[Features], Floats]:
    """Dense columns, then the codes renumbered by how common they are, to fit the trees' limit."""
    places = []
    for column in features.codes.T:
        count = np.bincount(column)
        place = np.empty(len(count), dtype=np.int64)
        place[np.argsort(-count, kind="stable")] = np.arange(len(count))
        places.append(np.minimum(place, MAX_LEVELS - 1))

    def lay_out(rows: Features) -> Floats:
        x = np.empty((len(rows), rows.dense.shape[1] + len(places)))
        x[:, : rows.dense.shape[1]] = np.nan_to_num(rows.dense)
        for i, (place, column) in enumerate(zip(places, rows.codes.T, strict=True)):
            known = place[np.minimum(column, len(place) - 1)]
            x[:, rows.dense.shape[1] + i] = np.where(column < len(place), known, MAX_LEVELS - 1)
        return x

    return lay_out
