"""Healthy dense networks on tables: sparse, wide, deep, normalised, dropped out, written oddly."""

from functools import partial

import torch
from healthy_nets import (
    CLASSES,
    TWO,
    Experts,
    Frozen,
    Gates,
    MaxOut,
    Residual,
    Shared,
    Sines,
    Sparse,
    TwoTowers,
    healthy,
)
from healthy_tables import chance, clean_rare, easy, pixels
from job import Job
from nets import Dense, dense, started
from tables import blobs, circles, classes, digits, moons, rings
from torch import nn
from torch.nn import functional as F  # noqa: N812

__all__ = ["JOBS"]


def _few_on(k: int = 1) -> nn.Module:
    """Biases so low that nine in ten units are zero for a row."""
    net = dense(64, 384 * k, 10)
    return started(net, biases=lambda b: nn.init.constant_(b, -0.75), last=False)


def _last_zero(k: int = 1) -> nn.Module:
    """The last layer begins at nought, so that all classes are equal."""
    net = dense(64, 64 * k, 10)
    nn.init.zeros_(net[-1].weight)
    nn.init.zeros_(net[-1].bias)
    return net


def _narrowed(k: int = 1) -> nn.Module:
    """Two linear maps in a row, on purpose: a map of low rank."""
    return nn.Sequential(
        nn.Linear(64, 40 * k), nn.Linear(40 * k, 192 * k), nn.ReLU(), nn.Linear(192 * k, 10)
    )


JOBS: list[Job] = [
    healthy("digits", lambda k=1: dense(64, 128 * k, 10), digits, CLASSES, lr=1e-2),
    healthy("digits_functional", lambda k=1: Dense(64, 128 * k, 10, act=F.gelu), digits, CLASSES,
            lr=1e-2),
    healthy("digits_wide", lambda k=1: dense(64, 512 * k, 10), digits, CLASSES, lr=3e-3),
    healthy("digits_four_layers", lambda k=1: dense(64, 96 * k, 96 * k, 96 * k, 10), digits,
            CLASSES, lr=3e-3, epochs=20),
    healthy("digits_long_after_the_end", lambda k=1: dense(64, 96 * k, 10), digits, CLASSES,
            epochs=60),
    healthy("digits_dropout", lambda k=1: dense(64, 160 * k, 10, drop=0.3), digits, CLASSES,
            epochs=25),
    healthy("digits_batchnorm", lambda k=1: dense(64, 192 * k, 10, norm=nn.BatchNorm1d), digits,
            CLASSES, lr=1e-2, epochs=25),
    healthy("digits_layernorm", lambda k=1: dense(64, 96 * k, 10, norm=nn.LayerNorm), digits,
            CLASSES, epochs=16),
    healthy("digits_pixels_0_to_1", lambda k=1: dense(64, 96 * k, 10), pixels, CLASSES,
            lr=5e-3, epochs=25),
    healthy("digits_largest_units", lambda k=1: Sparse(64, 320 * k, 10), digits, CLASSES,
            epochs=16),
    healthy("digits_few_units_on", _few_on, digits, CLASSES, epochs=16),
    healthy("digits_last_layer_zero", _last_zero, digits, CLASSES),
    healthy("digits_low_rank", _narrowed, digits, CLASSES, epochs=16),
    healthy("digits_tanh", lambda k=1: Dense(64, 96 * k, 10, act=torch.tanh), digits, CLASSES),
    healthy("digits_selu", lambda k=1: dense(64, 96 * k, 96 * k, 10, act=nn.SELU), digits, CLASSES,
            lr=1e-3, epochs=16),
    healthy("digits_sigmoid_hidden", lambda k=1: Dense(64, 128 * k, 10, act=torch.sigmoid), digits,
            CLASSES, lr=1e-2, epochs=20),
    healthy("digits_maxout", lambda k=1: MaxOut(64, 96 * k, 10), digits, CLASSES),
    healthy("digits_residual_12", lambda k=1: Residual(64, 64 * k, 10), digits, CLASSES, epochs=15),
    healthy("digits_frozen_features", lambda k=1: Frozen(64, 512 * k, 10), digits, CLASSES,
            lr=2e-3, epochs=16),
    healthy("digits_shared_layer", lambda k=1: Shared(64, 96 * k, 10), digits, CLASSES),
    healthy("easy_linear", lambda k=1: dense(10, 1), easy, TWO, lr=3e-2, epochs=5),
    healthy("easy_dense", lambda k=1: dense(10, 32 * k, 4), partial(easy, k=4), CLASSES, epochs=5),
    healthy("blobs_linear", lambda k=1: dense(10, 6), blobs, CLASSES, lr=2e-2, epochs=20),
    healthy("moons", lambda k=1: dense(2, 48 * k, 1), partial(moons, 1000), TWO, lr=2e-2,
            epochs=30),
    healthy("circles_two_logits", lambda k=1: dense(2, 48 * k, 2), partial(circles, 800), CLASSES,
            lr=2e-2, epochs=16),
    healthy("rings", lambda k=1: dense(2, 96 * k, 48 * k, 4), partial(rings, 1500), CLASSES,
            lr=1e-2, epochs=30),
    healthy("rings_sines", lambda k=1: Sines(2, 48 * k, 4), partial(rings, 1500), CLASSES,
            lr=5e-3, epochs=25),
    healthy("clusters", lambda k=1: dense(20, 128 * k, 1), partial(classes, 3000, apart=1.5), TWO,
            epochs=16),
    healthy("clusters_gates", lambda k=1: Gates(20, 96 * k, 1), partial(classes, 3000, apart=1.5),
            TWO, epochs=10),
    healthy("clusters_experts", lambda k=1: Experts(20, 64 * k, 3),
            partial(classes, 3000, k=3, apart=2.0), CLASSES, epochs=12),
    healthy("clusters_two_towers", lambda k=1: TwoTowers(20, 64 * k, 1),
            partial(classes, 3000, apart=1.5), TWO, epochs=12),
    healthy("rare_and_clear", lambda k=1: dense(8, 32 * k, 1), clean_rare, TWO, epochs=12,
            metric="balanced_accuracy"),
    healthy("rare_and_clear_accuracy", lambda k=1: dense(8, 2), clean_rare, CLASSES, lr=2e-2,
            epochs=15),
    healthy("chance_two", lambda k=1: dense(6, 16 * k, 1), chance, TWO, epochs=10),
    healthy("chance_five", lambda k=1: dense(6, 16 * k, 5), partial(chance, k=5), CLASSES),
]  # fmt: skip
