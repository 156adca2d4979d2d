"""Healthy jobs with every kind of step, and of networks that are not dense."""

from functools import partial

import numpy as np
from healthy_nets import CLASSES, NUMBERS, TWO, OwnAttention, ResidualConv, Signal, healthy
from healthy_tables import coins, pixels, waves_1d
from job import Data, Job
from nets import Attention, Conv, Recurrent, dense
from tables import blobs, changed, classes, counts, digits, friedman, line, pictures, sums, waves
from torch import nn

__all__ = ["JOBS"]

DENSE = lambda k=1: dense(64, 96 * k, 10)  # noqa: E731
LINE = partial(line, 1000, 10)
BENDS = partial(friedman, 1500, 0.3)


def ink() -> Data:
    """Pictures with ink from 0 to 1."""
    return changed(pixels, all=lambda r: (r[0].reshape(-1, 1, 8, 8), r[1]))()


MANY = partial(counts, n=1500)


def noisy_sums() -> Data:
    """Sums of sequences under noise."""
    rng = np.random.default_rng(31)
    return changed(
        sums, all=lambda r: (r[0], (r[1] + rng.normal(0, 0.4, len(r[1]))).astype(np.float32))
    )()


STEPS = [
    healthy("step_sgd", DENSE, digits, CLASSES, optimizer="sgd", lr=0.3, epochs=25),
    healthy("step_momentum", DENSE, digits, CLASSES, optimizer="momentum", lr=0.2, epochs=15),
    healthy("step_nesterov_cosine", DENSE, digits, CLASSES, optimizer="nesterov", lr=0.3,
            schedule="cosine", epochs=15),
    healthy("step_rmsprop", DENSE, digits, CLASSES, optimizer="rmsprop", lr=2e-3),
    healthy("step_adagrad", DENSE, digits, CLASSES, optimizer="adagrad", lr=0.03, epochs=15),
    healthy("step_nadam", DENSE, digits, CLASSES, optimizer="nadam"),
    healthy("step_adamw_decay", DENSE, digits, CLASSES, optimizer="adamw", weight_decay=0.05),
    healthy("step_lion", DENSE, digits, CLASSES, optimizer="lion", lr=1e-3, epochs=15),
    healthy("step_one_cycle", DENSE, digits, CLASSES, lr=2e-2, schedule="one_cycle", epochs=15),
    healthy("step_cyclic", DENSE, digits, CLASSES, lr=1e-2, schedule="cyclic_cosine", epochs=16),
    healthy("step_falls", DENSE, digits, CLASSES, lr=1e-2, schedule="step", epochs=15),
    healthy("step_exponential", lambda k=1: dense(10, 96 * k, 1), BENDS, NUMBERS, lr=2e-2,
            schedule="exponential", epochs=25),
    healthy("step_linear_decay", lambda k=1: dense(10, 96 * k, 1), BENDS, NUMBERS, lr=2e-2,
            schedule="linear", epochs=25),
    healthy("step_cyclic_bends", lambda k=1: dense(10, 96 * k, 1), BENDS, NUMBERS, lr=2e-2,
            schedule="cyclic_cosine", epochs=24),
    healthy("step_batch_4", DENSE, digits, CLASSES, lr=2e-3, batch_size=4, epochs=8),
    healthy("step_batch_8_sgd", lambda k=1: dense(10, 6), blobs, CLASSES, optimizer="sgd", lr=2e-2,
            batch_size=8, epochs=12),
    healthy("step_batch_8_line", lambda k=1: dense(10, 1), LINE, NUMBERS, optimizer="sgd",
            lr=5e-3, batch_size=8, epochs=8),
    healthy("step_batch_4_noise", lambda k=1: dense(6, 1), coins, TWO, lr=1e-3, batch_size=4,
            epochs=4),
    healthy("step_batch_full", lambda k=1: dense(10, 1), LINE, NUMBERS, lr=0.05,
            batch_size="full", epochs=200),
    healthy("step_batch_256", DENSE, digits, CLASSES, lr=1e-2, batch_size=256, epochs=50),
    healthy("step_clipped", DENSE, digits, CLASSES, lr=1e-2, clip_norm=1.0),
    healthy("step_patience", DENSE, digits, CLASSES, epochs=40, patience=8),
    healthy("step_reduce_on_plateau", DENSE, digits, CLASSES, lr=5e-3,
            schedule="reduce_on_plateau", epochs=20),
]  # fmt: skip

SHAPES = [
    healthy("conv", lambda k=1: Conv(8 * k, 16 * k), pictures, CLASSES, lr=1e-2, epochs=12),
    healthy("conv_batchnorm", lambda k=1: Conv(8 * k, 16 * k, norm=nn.BatchNorm2d), pictures,
            CLASSES, epochs=12),
    healthy("conv_ink_0_to_1", lambda k=1: Conv(8 * k, 16 * k), ink, CLASSES, lr=1e-2, epochs=15),
    healthy("conv_residual", lambda k=1: ResidualConv(8 * k, 10), pictures, CLASSES, epochs=6),
    healthy("conv_signal", lambda k=1: Signal(12 * k, 12 * k, n_out=3), waves_1d, CLASSES,
            lr=5e-3, epochs=12),
    healthy("rnn_waves", lambda k=1: Recurrent("rnn", 1, 32 * k, 3), partial(waves, n=1000),
            CLASSES, epochs=12),
    healthy("gru_waves", lambda k=1: Recurrent("gru", 1, 24 * k, 3), waves, CLASSES, lr=1e-2,
            epochs=15),
    healthy("gru_sums", lambda k=1: Recurrent("gru", 2, 24 * k, 1), noisy_sums, NUMBERS, lr=1e-2,
            epochs=20, schedule="cosine"),
    healthy("lstm_counts", lambda k=1: Recurrent("lstm", 3, 24 * k, 3), MANY, CLASSES, lr=1e-2,
            epochs=15),
    healthy("attention", lambda k=1: Attention(3, 16, 16 * k, 3), MANY, CLASSES, epochs=10),
    healthy("attention_dropout", lambda k=1: Attention(3, 16, 24 * k, 3, drop=0.1), MANY, CLASSES,
            epochs=12),
    healthy("attention_own_softmax", lambda k=1: OwnAttention(3, 16 * k, 3), MANY, CLASSES,
            epochs=12),
    healthy("attention_one_cycle", lambda k=1: Attention(3, 16, 24 * k, 3), MANY, CLASSES,
            schedule="one_cycle", lr=5e-3, epochs=12),
    healthy("classes_batchnorm_dropout",
            lambda k=1: dense(20, 128 * k, 1, norm=nn.BatchNorm1d, drop=0.2),
            partial(classes, 3000, apart=1.5), TWO, epochs=15),
]  # fmt: skip

JOBS: list[Job] = STEPS + SHAPES
