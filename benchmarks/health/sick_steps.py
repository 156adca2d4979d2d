"""Steps that are too large, too small, too few, or that swing."""

import numpy as np
import torch
from job import Cure, Job, Rows, sick
from nets import Attention, Conv, Dense, Recurrent, dense
from tables import (
    blobs,
    cancer,
    changed,
    circles,
    classes,
    counts,
    digits,
    friedman,
    line,
    moons,
    pictures,
    rings,
    sums,
    waves,
)  # fmt: skip
from torch import nn

from bestfit.optimizers import Adadelta, AdaGrad, Momentum

__all__ = ["JOBS"]

CLASSES = {
    "loss": "cross_entropy", "optimizer": "adam", "lr": 1e-3, "batch_size": 32, "epochs": 8,
    "metric": "accuracy",
}  # fmt: skip
TWO = {**CLASSES, "loss": "binary_cross_entropy"}
NUMBERS = {**CLASSES, "loss": "mse", "metric": "r2"}
LARGE = (
    "oscillating_loss exploding_gradient dead_relu saturated_activation underfitting"
    " slow_convergence"
)
SMALL = "slow_convergence too_few_epochs underfitting"
SWING = "learning_rate_too_high batch_size_too_small exploding_gradient"
SLOW = "learning_rate_too_low too_few_epochs underfitting"
FEW = "slow_convergence learning_rate_too_low underfitting"
NOISY = "oscillating_loss learning_rate_too_high"


def _normed() -> nn.Module:
    return dense(64, 64, 32, 10, norm=nn.BatchNorm1d)


def _leaning(rows: Rows) -> Rows:
    """Columns that nearly say the same."""
    X, y = rows
    rng = np.random.default_rng(0)
    mixed = X @ (np.ones((X.shape[1],) * 2) * 0.6 + rng.normal(0, 0.15, (X.shape[1],) * 2))
    return (mixed / 3).astype(np.float32), y


JOBS: list[Job] = [
    sick(
        "learning_rate_too_high/adam_1_digits", lambda: dense(64, 64, 32, 10), digits,
        {**CLASSES, "lr": 1.0}, Cure(options={"lr": 3e-3}), accepted=LARGE,
    ),
    sick(
        "learning_rate_too_high/adam_0.3_convolutions", lambda: Conv(8, 16), pictures,
        {**CLASSES, "lr": 0.3, "epochs": 5}, Cure(options={"lr": 3e-3}), accepted=LARGE,
    ),
    sick(
        "learning_rate_too_high/sgd_20_moons", lambda: Dense(2, 32, 32, 1, act=torch.tanh), moons,
        {**TWO, "optimizer": "sgd", "lr": 20.0, "epochs": 20}, Cure(options={"lr": 0.5}),
        accepted=LARGE,
    ),
    sick(
        "learning_rate_too_high/momentum_2_friedman", lambda: dense(10, 32, 32, 1), friedman,
        {**NUMBERS, "optimizer": "momentum", "lr": 2.0}, Cure(options={"lr": 0.05}),
        accepted=LARGE,
    ),
    sick(
        "learning_rate_too_high/rmsprop_0.3_attention", lambda: Attention(3, 16, 16, 3), counts,
        {**CLASSES, "optimizer": "rmsprop", "lr": 0.3}, Cure(options={"lr": 3e-3, "epochs": 15}),
        accepted=LARGE,
    ),
    sick(
        "learning_rate_too_high/adam_1_lstm", lambda: Recurrent("lstm", 2, 16, 1), sums,
        {**NUMBERS, "lr": 1.0}, Cure(options={"lr": 0.01}), accepted=LARGE,
    ),
    sick(
        "learning_rate_too_high/adam_1_friedman", lambda: Dense(10, 64, 64, 1), friedman,
        {**NUMBERS, "lr": 1.0}, Cure(options={"lr": 3e-3}), accepted=LARGE,
    ),
    sick(
        "learning_rate_too_high/sgd_1_line", lambda: nn.Linear(20, 1), line,
        {**NUMBERS, "optimizer": "sgd", "lr": 1.0}, Cure(options={"lr": 0.02}), accepted=LARGE,
    ),
    sick(
        "learning_rate_too_low/adam_1e-6_digits", lambda: dense(64, 64, 10), digits,
        {**CLASSES, "lr": 1e-6}, Cure(options={"lr": 3e-3}), accepted=SMALL,
    ),
    sick(
        "learning_rate_too_low/sgd_1e-4_classes", lambda: Dense(20, 32, 1), classes,
        {**TWO, "optimizer": "sgd", "lr": 1e-4}, Cure(options={"lr": 0.3}), accepted=SMALL,
    ),
    sick(
        "learning_rate_too_low/sgd_1e-5_line", lambda: nn.Sequential(nn.Linear(20, 1)), line,
        {**NUMBERS, "optimizer": "sgd", "lr": 1e-5}, Cure(options={"lr": 0.02}), accepted=SMALL,
    ),
    sick(
        "learning_rate_too_low/adam_1e-5_lstm", lambda: Recurrent("lstm", 1, 16, 3), waves,
        {**CLASSES, "lr": 1e-5}, Cure(options={"lr": 0.01}), accepted=SMALL,
    ),
    sick(
        "learning_rate_too_low/adam_3e-6_batchnorm_convolutions",
        lambda: Conv(8, 16, norm=nn.BatchNorm2d), pictures, {**CLASSES, "lr": 3e-6, "epochs": 5},
        Cure(options={"lr": 3e-3}), accepted=SMALL + " batchnorm_mismatch",
    ),
    sick(
        "learning_rate_too_low/momentum_1e-5_friedman",
        lambda: dense(10, 48, 1, act=nn.Tanh, norm=nn.LayerNorm), friedman,
        {**NUMBERS, "optimizer": "momentum", "lr": 1e-5, "epochs": 15},
        Cure(options={"lr": 0.05}), accepted=SMALL,
    ),
    sick(
        "oscillating_loss/momentum_0.999_friedman", lambda: dense(10, 32, 1), friedman,
        {**NUMBERS, "optimizer": Momentum(beta=0.999, convention="torch"), "lr": 0.01,
         "epochs": 15},
        Cure(options={"optimizer": "momentum", "lr": 0.05}), accepted=SWING,
    ),
    sick(
        "oscillating_loss/momentum_0.99_of_0.5_digits", lambda: Dense(64, 48, 10), digits,
        {**CLASSES, "optimizer": Momentum(beta=0.99, convention="torch"), "lr": 0.5},
        Cure(options={"optimizer": "momentum", "lr": 0.1}), accepted=SWING + " dead_relu",
    ),
    sick(
        "oscillating_loss/full_batch_beyond_the_edge", lambda: dense(10, 24, 1, act=nn.Tanh),
        friedman,
        {**NUMBERS, "optimizer": "sgd", "lr": 1.5, "batch_size": "full", "epochs": 150},
        Cure(options={"lr": 0.05, "batch_size": 32, "epochs": 40}),
        accepted=SWING + " saturated_activation",
    ),
    sick(
        "oscillating_loss/rmsprop_0.1_attention", lambda: Attention(2, 20, 16, 1), sums,
        {**NUMBERS, "optimizer": "rmsprop", "lr": 0.1, "batch_size": 16, "epochs": 6},
        Cure(options={"lr": 2e-3}), accepted=SWING + " saturated_activation",
    ),
    sick(
        "oscillating_loss/momentum_0.999_line", lambda: nn.Linear(20, 1), line,
        {**NUMBERS, "optimizer": Momentum(beta=0.999, convention="torch"), "lr": 0.02,
         "epochs": 12},
        Cure(options={"optimizer": "momentum"}), accepted=SWING,
    ),
    sick(
        "slow_convergence/leaning_columns_sgd", lambda: Dense(20, 24, 1),
        changed(line, all=_leaning),
        {**NUMBERS, "optimizer": "sgd", "lr": 0.01, "epochs": 10},
        Cure(data=line, options={"optimizer": "adam", "lr": 0.01, "epochs": 20}),
        accepted=SLOW + " unscaled_inputs",
    ),
    sick(
        "slow_convergence/full_batch_sgd_digits", lambda: dense(64, 32, 32, 10, act=nn.Tanh),
        digits, {**CLASSES, "optimizer": "sgd", "lr": 0.03, "batch_size": "full", "epochs": 60},
        Cure(options={"optimizer": "adam", "lr": 3e-3, "batch_size": 32, "epochs": 10}),
        accepted=SLOW,
    ),
    sick(
        "slow_convergence/adagrad_spiral", lambda: Dense(2, 48, 48, 4), rings,
        {**CLASSES, "optimizer": AdaGrad(), "lr": 2e-3, "epochs": 25},
        Cure(options={"optimizer": "adam", "lr": 0.01}), accepted=SLOW,
    ),
    sick(
        "slow_convergence/adadelta_gru", lambda: Recurrent("gru", 2, 16, 1), sums,
        {**NUMBERS, "optimizer": Adadelta(), "lr": 0.02},
        Cure(options={"optimizer": "adam", "lr": 0.01}), accepted=SLOW,
    ),
    sick(
        "slow_convergence/sgd_convolutions", lambda: Conv(8, 8, 8), pictures,
        {**CLASSES, "optimizer": "sgd", "lr": 3e-3, "batch_size": 64, "epochs": 8},
        Cure(options={"optimizer": "adam", "batch_size": 32}), accepted=SLOW,
    ),
    sick(
        "too_few_epochs/one_digits", lambda: dense(64, 32, 10), digits,
        {**CLASSES, "epochs": 1}, Cure(options={"epochs": 25}), accepted=FEW,
    ),
    sick(
        "too_few_epochs/two_convolutions", lambda: Conv(6, 12), pictures,
        {**CLASSES, "epochs": 2}, Cure(options={"epochs": 15}), accepted=FEW,
    ),
    sick(
        "too_few_epochs/half_of_one_moons", lambda: Dense(2, 32, 32, 1), moons,
        {**TWO, "lr": 3e-3, "epochs": 0.5}, Cure(options={"epochs": 30}), accepted=FEW,
    ),
    sick(
        "too_few_epochs/one_gru", lambda: Recurrent("gru", 1, 16, 3), waves,
        {**CLASSES, "lr": 3e-3, "epochs": 1}, Cure(options={"epochs": 15}), accepted=FEW,
    ),
    sick(
        "too_few_epochs/two_friedman", lambda: dense(10, 48, 48, 1, drop=0.05), friedman,
        {**NUMBERS, "epochs": 2}, Cure(options={"epochs": 40}), accepted=FEW,
    ),
    sick(
        "too_few_epochs/two_attention", lambda: Attention(2, 20, 16, 1), sums,
        {**NUMBERS, "epochs": 2}, Cure(options={"epochs": 20}), accepted=FEW,
    ),
    sick(
        "too_few_epochs/one_blobs", lambda: Dense(10, 32, 6), blobs,
        {**CLASSES, "epochs": 1}, Cure(options={"epochs": 25}), accepted=FEW,
    ),
    sick(
        "batch_size_too_small/one_row_sgd_line", lambda: nn.Linear(20, 1),
        lambda: line(400, 20, 1.0),
        {**NUMBERS, "optimizer": "sgd", "lr": 0.045, "batch_size": 1, "epochs": 4},
        Cure(options={"batch_size": 64, "epochs": 20}), accepted=NOISY,
    ),
    sick(
        "batch_size_too_small/one_row_sgd_noisy_classes", lambda: dense(20, 32, 1),
        lambda: classes(400, noise=0.3),
        {**TWO, "optimizer": "sgd", "lr": 0.4, "batch_size": 1, "epochs": 4},
        Cure(options={"batch_size": 64, "epochs": 20}), accepted=NOISY + " dead_relu overfitting",
    ),
    sick(
        "batch_size_too_small/two_rows_adam_friedman", lambda: Dense(10, 32, 32, 1),
        lambda: friedman(600, 0.6), {**NUMBERS, "lr": 0.03, "batch_size": 2, "epochs": 3},
        Cure(options={"batch_size": 64, "epochs": 15}), accepted=NOISY + " dead_relu",
    ),
    sick(
        "batch_size_too_small/two_rows_under_batchnorm", _normed, digits,
        {**CLASSES, "lr": 3e-3, "batch_size": 2, "epochs": 2},
        Cure(options={"batch_size": 32, "epochs": 8}), accepted=NOISY + " batchnorm_mismatch",
    ),
    sick(
        "batch_size_too_small/one_row_momentum_circles", lambda: Dense(2, 24, 24, 1), circles,
        {**TWO, "optimizer": "momentum", "lr": 0.8, "batch_size": 1, "epochs": 3},
        Cure(options={"batch_size": 32, "epochs": 20}), accepted=NOISY + " dead_relu",
    ),
    sick(
        "learning_rate_too_low/nadam_1e-6_cancer", lambda: dense(30, 32, 1), cancer,
        {**TWO, "optimizer": "nadam", "lr": 1e-6}, Cure(options={"lr": 3e-3}), accepted=SMALL,
    ),
]  # fmt: skip
