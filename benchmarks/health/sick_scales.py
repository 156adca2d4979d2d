"""Inputs and targets of odd units, and cells that are no numbers."""

from collections.abc import Callable

import numpy as np
import torch
from job import Cure, Job, Rows, sick
from nets import Attention, Conv, Dense, Recurrent, dense
from tables import (
    blobs,
    cancer,
    changed,
    classes,
    counts,
    digits,
    friedman,
    line,
    moons,
    pictures,
    sums,
    wine,
)  # fmt: skip
from torch import nn

__all__ = ["JOBS"]

CLASSES = {
    "loss": "cross_entropy", "optimizer": "adam", "lr": 3e-3, "batch_size": 32, "epochs": 8,
    "metric": "accuracy",
}  # fmt: skip
TWO = {**CLASSES, "loss": "binary_cross_entropy"}
NUMBERS = {**CLASSES, "loss": "mse", "metric": "r2", "epochs": 15}
INPUTS = (
    "slow_convergence saturated_activation dead_relu exploding_gradient learning_rate_too_high"
    " learning_rate_too_low oscillating_loss too_few_epochs underfitting vanishing_gradient"
    " bad_initialisation"
)
TARGETS = (
    "slow_convergence exploding_gradient learning_rate_too_high learning_rate_too_low"
    " oscillating_loss too_few_epochs underfitting bad_initialisation dead_relu target_outliers"
)
CELLS = "exploding_gradient unscaled_inputs"


def _of(gain: object, shift: object = 0.0) -> Callable[[Rows], Rows]:
    """Inputs in other units."""
    return lambda rows: ((rows[0] * gain + shift).astype(np.float32), rows[1])


def _to(gain: float, shift: float = 0.0) -> Callable[[Rows], Rows]:
    """Targets in other units."""
    return lambda rows: (rows[0], (rows[1] * gain + shift).astype(np.float32))


def _hit(share: float, value: float) -> Callable[[Rows], Rows]:
    """A share of the cells holds this."""

    def change(rows: Rows) -> Rows:
        X = rows[0].copy()
        X[np.random.default_rng(1).random(X.shape) < share] = value
        return X, rows[1]

    return change


def _column(value: float) -> Callable[[Rows], Rows]:
    """The sixth column holds nothing else."""

    def change(rows: Rows) -> Rows:
        X = rows[0].copy()
        X[:, 5] = value
        return X, rows[1]

    return change


def _hit_targets(share: float, value: float) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        y = rows[1].copy()
        y[np.random.default_rng(2).random(len(y)) < share] = value
        return rows[0], y

    return change


MIXED = np.array([1e4, 1, 1e-3, 1, 1e3, 1, 1e-4, 1, 1, 1])

JOBS: list[Job] = [
    sick("unscaled_inputs/raw_cancer_sgd", lambda: Dense(30, 24, 1), lambda: cancer(False),
         {**TWO, "optimizer": "sgd", "lr": 0.05, "epochs": 20}, Cure(data=cancer),
         accepted=INPUTS),
    sick("unscaled_inputs/raw_wine_tanh", lambda: dense(13, 16, 3, act=nn.Tanh),
         lambda: wine(False), {**CLASSES, "epochs": 30}, Cure(data=wine), accepted=INPUTS),
    sick("unscaled_inputs/units_of_1e4_tanh", lambda: Dense(10, 32, 32, 1, act=torch.tanh),
         changed(friedman, all=_of(1e4)), NUMBERS, Cure(data=friedman), accepted=INPUTS),
    sick("unscaled_inputs/units_of_1e-4", lambda: dense(64, 48, 10), changed(digits, all=_of(1e-4)),
         CLASSES, Cure(data=digits), accepted=INPUTS),
    sick("unscaled_inputs/units_of_1e-4_moons_sgd", lambda: Dense(2, 24, 24, 1),
         changed(moons, all=_of(1e-4)), {**TWO, "optimizer": "sgd", "lr": 0.3, "epochs": 20},
         Cure(data=moons), accepted=INPUTS),
    sick("unscaled_inputs/columns_of_many_units", lambda: dense(10, 48, 48, 1),
         changed(friedman, all=_of(MIXED)), NUMBERS, Cure(data=friedman), accepted=INPUTS),
    sick("unscaled_inputs/far_from_0", lambda: dense(10, 32, 32, 1),
         changed(friedman, all=_of(1.0, 200.0)), NUMBERS, Cure(data=friedman), accepted=INPUTS),
    sick("unscaled_inputs/pictures_of_2000_sgd", lambda: Conv(8, 16),
         changed(pictures, all=_of(1000.0, 1000.0)),
         {**CLASSES, "optimizer": "sgd", "lr": 0.05, "epochs": 5}, Cure(data=pictures),
         accepted=INPUTS),
    sick("unscaled_inputs/sequences_of_1e3_gru", lambda: Recurrent("gru", 2, 16, 1),
         changed(sums, all=_of(1e3, 500.0)), NUMBERS, Cure(data=sums), accepted=INPUTS),
    sick("unscaled_inputs/attention_of_1e-3", lambda: Attention(3, 16, 16, 3),
         changed(counts, all=_of(1e-3)), {**CLASSES, "lr": 1e-3}, Cure(data=counts),
         accepted=INPUTS),
    sick("unscaled_targets/of_1e5_friedman", lambda: dense(10, 48, 1),
         changed(friedman, all=_to(1e5)), NUMBERS, Cure(data=friedman), accepted=TARGETS),
    sick("unscaled_targets/prices_of_3e5", lambda: Dense(20, 32, 1, act=torch.tanh),
         changed(line, all=_to(8e4, 3e5)), NUMBERS, Cure(data=line), accepted=TARGETS),
    sick("unscaled_targets/of_500_sgd", lambda: Dense(10, 32, 32, 1),
         changed(friedman, all=_to(500.0)), {**NUMBERS, "optimizer": "sgd", "lr": 0.02},
         Cure(data=friedman, options={"lr": 0.05}), accepted=TARGETS),
    sick("unscaled_targets/of_1e-4", lambda: dense(20, 32, 1, act=nn.Tanh),
         changed(line, all=_to(1e-4)), {**NUMBERS, "lr": 0.02}, Cure(data=line),
         accepted=TARGETS),
    sick("unscaled_targets/around_1000", lambda: Recurrent("gru", 2, 16, 1),
         changed(sums, all=_to(1.0, 1000.0)), NUMBERS, Cure(data=sums), accepted=TARGETS),
    sick("nonfinite_data/nan_in_2_percent", lambda: dense(20, 32, 1),
         changed(classes, train=_hit(0.02, np.nan)), TWO, Cure(data=classes), accepted=CELLS),
    sick("nonfinite_data/nan_in_train_and_valid", lambda: Dense(10, 32, 32, 1),
         changed(friedman, train=_hit(0.03, np.nan), valid=_hit(0.03, np.nan)), NUMBERS,
         Cure(data=friedman), accepted=CELLS),
    sick("nonfinite_data/inf_in_1_percent", lambda: dense(10, 32, 6, norm=nn.BatchNorm1d),
         changed(blobs, train=_hit(0.01, np.inf)), CLASSES, Cure(data=blobs), accepted=CELLS),
    sick("nonfinite_data/minus_inf_in_pictures", lambda: Conv(8, 16),
         changed(pictures, train=_hit(0.004, -np.inf)), {**CLASSES, "epochs": 5},
         Cure(data=pictures), accepted=CELLS),
    sick("nonfinite_data/nan_in_sequences", lambda: Recurrent("lstm", 2, 16, 1),
         changed(sums, train=_hit(0.01, np.nan)), NUMBERS, Cure(data=sums), accepted=CELLS),
    sick("nonfinite_data/nan_among_targets", lambda: dense(20, 24, 1),
         changed(line, train=_hit_targets(0.02, np.nan)), NUMBERS, Cure(data=line),
         accepted=CELLS),
    sick("nonfinite_data/inf_among_targets", lambda: Dense(10, 32, 1),
         changed(friedman, train=_hit_targets(0.01, np.inf)), NUMBERS, Cure(data=friedman),
         accepted=CELLS + " target_outliers"),
    sick("nonfinite_data/an_empty_column", lambda: dense(20, 32, 1),
         changed(line, train=_column(np.nan), valid=_column(np.nan), test=_column(0.0)), NUMBERS,
         Cure(data=changed(line, all=_column(0.0))), accepted=CELLS),
]  # fmt: skip
