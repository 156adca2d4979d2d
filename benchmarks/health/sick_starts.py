"""First weights, layers that are not trained, and BatchNorm that knows another mean."""

from functools import partial

import torch
from job import Cure, Job, sick
from nets import Attention, Conv, Dense, Recurrent, dense, started
from tables import (
    blobs,
    changed,
    classes,
    counts,
    digits,
    friedman,
    line,
    pictures,
    rings,
    sums,
)  # fmt: skip
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

__all__ = ["JOBS"]

CLASSES = {
    "loss": "cross_entropy", "optimizer": "adam", "lr": 3e-3, "batch_size": 32, "epochs": 6,
    "metric": "accuracy",
}  # fmt: skip
TWO = {**CLASSES, "loss": "binary_cross_entropy"}
NUMBERS = {**CLASSES, "loss": "mse", "metric": "r2", "epochs": 12}
START = (
    "vanishing_gradient exploding_gradient dead_relu saturated_activation slow_convergence"
    " underfitting too_few_epochs oscillating_loss"
)
FROZEN = "underfitting slow_convergence vanishing_gradient too_few_epochs"
NORM = "batch_size_too_small oscillating_loss too_few_epochs learning_rate_too_high"


class Half(nn.Module):
    """A narrow first layer that is not trained, one way or another, under two that are."""

    def __init__(self, n_in: int, narrow: int, n_out: int, way: str = "") -> None:
        super().__init__()
        self.low, self.high = nn.Linear(n_in, narrow), dense(narrow, 32, n_out)
        self.way = way
        if way == "asked":
            self.low.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        if self.way == "no_grad":
            with torch.no_grad():
                x = torch.tanh(self.low(x))
        else:
            x = torch.tanh(self.low(x))
        return self.high(x.detach() if self.way == "detached" else x)


class Listed(nn.Module):
    """Layers in a plain list, which torch does not see."""

    def __init__(self, n_in: int, width: int, n_out: int) -> None:
        super().__init__()
        self.layers = [nn.Linear(n_in, width), nn.Linear(width, width), nn.Linear(width, width)]
        self.last = nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = F.relu(layer(x))
        return self.last(x)


class Numbered(nn.Module):
    """Features go through numpy, so that nothing reaches the convolution."""

    def __init__(self, cut: bool) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 2, 3, padding=1), dense(8, 32, 10)
        self.cut = cut

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(torch.tanh(self.conv(x)), 4).flatten(1)
        return self.head(torch.from_numpy(x.detach().numpy()) if self.cut else x)


def _filled(make, value: float, kinds=(nn.Linear, nn.Conv2d)):  # type: ignore[no-untyped-def]
    """All weights the same, biases 0."""
    fill = partial(nn.init.constant_, val=value)
    return lambda: started(make(), weights=fill, biases=nn.init.zeros_, kinds=kinds)


def _drawn(make, std: float):  # type: ignore[no-untyped-def]
    """Normal weights, biases 0."""
    return lambda: started(make(), lambda w: w.normal_(0, std), nn.init.zeros_)


def _head(frozen: bool) -> nn.Module:
    made = dense(10, 4, 6, act=nn.Tanh)
    nn.init.constant_(made[-1].weight, 0.02)
    nn.init.zeros_(made[-1].bias)
    made[-1].requires_grad_(not frozen)
    return made if frozen else dense(10, 4, 6, act=nn.Tanh)


def _norm(momentum: float):  # type: ignore[no-untyped-def]
    return lambda n: nn.BatchNorm1d(n, momentum=momentum)


def _raised(rows):  # type: ignore[no-untyped-def]
    """Inputs away from 0."""
    return (rows[0] * 3 + 4).astype("float32"), rows[1]


def _front(momentum: float, n_in: int, *sizes: int) -> nn.Module:
    return nn.Sequential(nn.BatchNorm1d(n_in, momentum=momentum), *dense(n_in, *sizes))


JOBS: list[Job] = [
    sick("bad_initialisation/zeros_digits", _filled(lambda: dense(64, 48, 48, 10), 0.0), digits,
         CLASSES, Cure(make=lambda: dense(64, 48, 48, 10)), accepted=START),
    sick("bad_initialisation/zeros_in_convolutions", _filled(lambda: Conv(8, 16), 0.0), pictures,
         CLASSES, Cure(make=lambda: Conv(8, 16)), accepted=START),
    sick("bad_initialisation/one_constant_digits",
         _filled(lambda: Dense(64, 48, 10, act=torch.tanh), 0.05), digits, CLASSES,
         Cure(make=lambda: Dense(64, 48, 10, act=torch.tanh)), accepted=START),
    sick("bad_initialisation/one_constant_spiral", _filled(lambda: dense(2, 48, 48, 4), 0.3),
         rings, {**CLASSES, "lr": 0.01, "epochs": 25}, Cure(make=lambda: dense(2, 48, 48, 4)),
         accepted=START),
    sick("bad_initialisation/deviation_10_digits", _drawn(lambda: dense(64, 48, 48, 10), 10.0),
         digits, {**CLASSES, "lr": 1e-3}, Cure(make=lambda: dense(64, 48, 48, 10)),
         accepted=START),
    sick("bad_initialisation/deviation_3_friedman", _drawn(lambda: Dense(10, 48, 48, 1), 3.0),
         friedman, {**NUMBERS, "lr": 1e-3}, Cure(make=lambda: Dense(10, 48, 48, 1)),
         accepted=START + " unscaled_targets"),
    sick("bad_initialisation/deviation_1e-4_deep", _drawn(lambda: dense(64, *[48] * 5, 10), 1e-4),
         digits, {**CLASSES, "optimizer": "sgd", "lr": 0.1, "epochs": 15},
         Cure(make=lambda: started(dense(64, *[48] * 5, 10), nn.init.kaiming_normal_)),
         accepted=START),
    sick("bad_initialisation/deviation_1e-4_regression",
         _drawn(lambda: Dense(20, 32, 32, 32, 1, act=torch.tanh), 1e-4), line,
         {**NUMBERS, "optimizer": "momentum", "lr": 0.02},
         Cure(make=lambda: Dense(20, 32, 32, 32, 1, act=torch.tanh)), accepted=START),
    sick("bad_initialisation/zeros_in_a_gru",
         _filled(lambda: Recurrent("gru", 2, 16, 1), 0.0, kinds=(nn.GRU, nn.Linear)), sums,
         NUMBERS, Cure(make=lambda: Recurrent("gru", 2, 16, 1)), accepted=START),
    sick("bad_initialisation/deviation_4_attention",
         _drawn(lambda: Attention(3, 16, 16, 3), 4.0), counts, {**CLASSES, "lr": 1e-3},
         Cure(make=lambda: Attention(3, 16, 16, 3), options={"lr": 3e-3}), accepted=START),
    sick("frozen_layers/detached_digits", lambda: Half(64, 4, 10, "detached"), digits,
         {**CLASSES, "epochs": 15}, Cure(make=lambda: Half(64, 4, 10)), accepted=FROZEN),
    sick("frozen_layers/no_grad_classes", lambda: Half(20, 3, 1, "no_grad"), classes,
         {**TWO, "epochs": 15}, Cure(make=lambda: Half(20, 3, 1)), accepted=FROZEN),
    sick("frozen_layers/asked_for_friedman", lambda: Half(10, 3, 1, "asked"), friedman,
         {**NUMBERS, "epochs": 25}, Cure(make=lambda: Half(10, 3, 1)), accepted=FROZEN),
    sick("frozen_layers/a_plain_list_spiral", lambda: Listed(2, 4, 4), rings,
         {**CLASSES, "lr": 0.01, "epochs": 25}, Cure(make=lambda: Dense(2, 32, 32, 32, 4)),
         accepted=FROZEN),
    sick("frozen_layers/through_numpy", lambda: Numbered(True), pictures,
         {**CLASSES, "epochs": 15}, Cure(make=lambda: Numbered(False)), accepted=FROZEN),
    sick("frozen_layers/head_of_blobs", lambda: _head(True), blobs, {**CLASSES, "epochs": 10},
         Cure(make=lambda: _head(False), options={"lr": 0.02}),
         accepted=FROZEN + " bad_initialisation"),
    sick("batchnorm_mismatch/momentum_1e-4_front", lambda: _front(1e-4, 10, 32, 6),
         changed(blobs, all=_raised), CLASSES, Cure(make=lambda: _front(0.1, 10, 32, 6)),
         accepted=NORM + " unscaled_inputs"),
    sick("batchnorm_mismatch/momentum_1e-3_deep",
         lambda: dense(64, 64, 64, 32, 10, norm=_norm(1e-3)), digits, {**CLASSES, "epochs": 3},
         Cure(make=lambda: dense(64, 64, 64, 32, 10, norm=_norm(0.1))), accepted=NORM),
    sick("batchnorm_mismatch/momentum_1_of_small_batches",
         lambda: dense(10, 48, 48, 1, norm=_norm(1.0)), friedman,
         {**NUMBERS, "batch_size": 8}, Cure(make=lambda: dense(10, 48, 48, 1),
                                            options={"batch_size": 32, "epochs": 20}),
         accepted=NORM),
    sick("batchnorm_mismatch/momentum_1e-4_convolutions",
         lambda: Conv(8, 16, 16, norm=lambda n: nn.BatchNorm2d(n, momentum=1e-4)),
         changed(pictures, all=_raised),
         {**CLASSES, "epochs": 3},
         Cure(make=lambda: Conv(8, 16, 16, norm=nn.BatchNorm2d)),
         accepted=NORM + " unscaled_inputs"),
    sick("batchnorm_mismatch/momentum_0.999_four_rows",
         lambda: dense(64, 48, 48, 10, norm=_norm(0.999)), digits,
         {**CLASSES, "batch_size": 4, "epochs": 3},
         Cure(make=lambda: dense(64, 48, 48, 10, norm=_norm(0.1)),
              options={"batch_size": 32, "epochs": 8}), accepted=NORM),
]  # fmt: skip
