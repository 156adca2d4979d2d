"""Healthy jobs that cannot score well, and healthy jobs in unusual units."""

from functools import partial

import torch
from healthy_nets import CLASSES, NUMBERS, TWO, Heads, healthy
from healthy_tables import (
    binary_columns,
    chance,
    coins,
    dice,
    few_levels,
    heavy_inputs,
    heavy_targets,
    in_unit,
    noise_only,
    noisy_bends,
    noisy_line,
    one_hot,
    rated,
    rates,
    scaled,
    several,
    shares,
    uneven,
    widened,
    within_one,
)
from job import Job
from nets import Dense, dense
from tables import blobs, classes, friedman, line
from torch import nn
from torch.nn import functional as F  # noqa: N812

__all__ = ["JOBS"]

LINE = partial(line, 1000, 10)
COSINE = {**NUMBERS, "schedule": "cosine"}

NOISE = [
    healthy("noise_line_linear", lambda k=1: dense(8, 1), noisy_line, NUMBERS, epochs=10),
    healthy("noise_line_dense", lambda k=1: dense(8, 16 * k, 1), noisy_line, NUMBERS, lr=2e-3,
            epochs=15),
    healthy("noise_line_bottom", lambda k=1: dense(8, 1), partial(noisy_line, share=0.1), NUMBERS,
            lr=5e-3, epochs=20),
    healthy("noise_laplace_mae", lambda k=1: dense(8, 1), partial(noisy_line, tail="laplace"),
            NUMBERS, loss="mae", epochs=12),
    healthy("noise_bends", lambda k=1: dense(10, 48 * k, 1), noisy_bends, NUMBERS, epochs=15),
    healthy("noise_uneven", lambda k=1: dense(5, 16 * k, 1), uneven, NUMBERS, epochs=12),
    healthy("noise_only", lambda k=1: dense(6, 16 * k, 1), noise_only, NUMBERS, lr=1e-3),
    healthy("noise_only_linear", lambda k=1: dense(6, 1), noise_only, NUMBERS, epochs=10),
    healthy("noise_coins_linear", lambda k=1: dense(6, 1), coins, TWO, lr=1e-2, epochs=15,
            schedule="cosine"),
    healthy("noise_coins_dense", lambda k=1: dense(6, 16 * k, 2), coins, CLASSES, epochs=12),
    healthy("noise_coins_large_batch", lambda k=1: dense(6, 1), coins, TWO, lr=2e-2, epochs=20,
            batch_size=256),
    healthy("noise_dice", lambda k=1: dense(6, 32 * k, 4), dice, CLASSES, lr=2e-3, epochs=12),
    healthy("noise_dice_smoothed", lambda k=1: dense(6, 4), dice, CLASSES, lr=1e-2,
            loss=nn.CrossEntropyLoss(label_smoothing=0.1)),
    healthy("noise_clusters_flipped", lambda k=1: dense(20, 64 * k, 1),
            partial(classes, 3000, noise=0.4, apart=2.0), TWO, epochs=10),
    healthy("noise_counts", lambda k=1: dense(6, 1), rates, NUMBERS, loss="poisson",
            epochs=12),
    healthy("noise_chance_auc", lambda k=1: dense(6, 1), chance, TWO, metric="auc", epochs=10),
    healthy("noise_heavy_targets", lambda k=1: dense(6, 1), heavy_targets, NUMBERS, epochs=12),
    healthy("noise_heavy_targets_huber", lambda k=1: dense(6, 16 * k, 1), heavy_targets, NUMBERS,
            loss="huber", epochs=12),
]  # fmt: skip

UNITS = [
    healthy("unit_targets_1000_linear", lambda k=1: dense(10, 1), scaled(LINE, 1000.0), NUMBERS,
            optimizer="sgd", lr=1e-2, epochs=12),
    healthy("unit_targets_50", lambda k=1: dense(10, 64 * k, 1), scaled(LINE, 50.0), COSINE,
            lr=5e-2, epochs=25),
    healthy("unit_targets_200_rmse", lambda k=1: dense(10, 64 * k, 1), scaled(LINE, 200.0), COSINE,
            lr=0.1, epochs=30, metric="rmse"),
    healthy("unit_targets_1000", lambda k=1: dense(10, 64 * k, 1), scaled(LINE, 1000.0), COSINE,
            lr=0.3, epochs=30),
    healthy("unit_bends_100", lambda k=1: dense(10, 96 * k, 1),
            scaled(partial(friedman, 2000, 0.3), 100.0), COSINE, lr=0.1, epochs=30),
    healthy("unit_targets_tenth", lambda k=1: dense(10, 1), scaled(LINE, 0.1), COSINE,
            lr=1e-2, epochs=30),
    healthy("unit_targets_plus_10", lambda k=1: dense(10, 48 * k, 1), scaled(LINE, 3.0, 10.0),
            COSINE, lr=3e-2, epochs=40),
    healthy("unit_inputs_0_to_1", lambda k=1: dense(5, 48 * k, 1), in_unit, COSINE, lr=2e-2,
            epochs=100),
    healthy("unit_inputs_std_3", lambda k=1: dense(10, 6), widened(blobs, 3.0), CLASSES, lr=1e-2),
    healthy("unit_inputs_std_3_line", lambda k=1: dense(10, 1), widened(LINE, 3.0), NUMBERS,
            lr=2e-2, epochs=15),
    healthy("unit_inputs_third_plus", lambda k=1: dense(10, 48 * k, 1), widened(LINE, 0.3, 0.5),
            COSINE, lr=2e-2, epochs=25),
    healthy("unit_inputs_before_a_norm",
            lambda k=1: nn.Sequential(nn.BatchNorm1d(10), *dense(10, 48 * k, 6)),
            widened(blobs, 300.0, 1000.0), CLASSES, lr=5e-3),
    healthy("unit_inputs_heavy", lambda k=1: dense(8, 1), heavy_inputs, NUMBERS, lr=5e-3,
            epochs=15),
    healthy("unit_one_hot", lambda k=1: dense(20, 1), one_hot, NUMBERS, lr=1e-2, epochs=15),
    healthy("unit_one_hot_dense", lambda k=1: dense(20, 24 * k, 1), one_hot, COSINE, lr=1e-2,
            epochs=15),
    healthy("unit_binary_columns", lambda k=1: dense(12, 1), binary_columns, TWO, lr=2e-2,
            epochs=15),
    healthy("unit_few_levels", lambda k=1: dense(4, 24 * k, 1), few_levels, TWO, lr=5e-3,
            epochs=15),
    healthy("unit_few_levels_auc", lambda k=1: dense(4, 24 * k, 1), few_levels, TWO, lr=5e-3,
            epochs=15, metric="auc"),
]  # fmt: skip

ENDS = [
    healthy("end_sigmoid_bce", lambda k=1: Dense(20, 128 * k, 1, end=torch.sigmoid),
            partial(classes, 3000, apart=1.5), TWO, loss=nn.BCELoss(), epochs=14),
    healthy("end_log_softmax_nll", lambda k=1: dense(10, 48 * k, 6, end=(nn.LogSoftmax(1),)), blobs,
            CLASSES, loss=nn.NLLLoss()),
    healthy("end_tanh", lambda k=1: Dense(5, 48 * k, 1, end=torch.tanh), within_one, NUMBERS,
            lr=5e-3, epochs=15),
    healthy("end_sigmoid_shares", lambda k=1: Dense(5, 32 * k, 1, end=torch.sigmoid), shares,
            NUMBERS, lr=5e-3, epochs=20),
    healthy("end_softplus", lambda k=1: Dense(4, 48 * k, 1, end=F.softplus), rated, NUMBERS,
            lr=1e-2, epochs=20, schedule="cosine"),
    healthy("end_several_numbers", lambda k=1: Heads(8, 64 * k, 3), several, NUMBERS, lr=5e-3,
            epochs=20),
    healthy("end_huber", lambda k=1: dense(10, 1), LINE, NUMBERS, loss="huber", lr=1e-2, epochs=20),
    healthy("end_focal", lambda k=1: dense(10, 48 * k, 6), blobs, CLASSES, loss="focal"),
    healthy("end_hinge", lambda k=1: dense(10, 48 * k, 6), blobs, CLASSES, loss="hinge"),
    healthy("end_own_loss", lambda k=1: dense(10, 1), LINE, NUMBERS, lr=1e-2, epochs=20,
            loss=lambda o, y: F.smooth_l1_loss(o, y)),
    healthy("end_linear_on_line", lambda k=1: dense(10, 1), LINE, NUMBERS, optimizer="sgd",
            lr=2e-2),
]  # fmt: skip

JOBS: list[Job] = NOISE + UNITS + ENDS
