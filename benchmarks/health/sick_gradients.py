"""Gradients that vanish or explode, units that are dead or saturated."""

import torch
from job import Cure, Job, sick
from nets import Conv, Dense, Recurrent, dense, started
from tables import changed, circles, digits, first, friedman, moons, pictures, sums
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

__all__ = ["JOBS"]

CLASSES = {
    "loss": "cross_entropy", "optimizer": "adam", "lr": 1e-3, "batch_size": 32, "epochs": 8,
    "metric": "accuracy",
}  # fmt: skip
TWO = {**CLASSES, "loss": "binary_cross_entropy"}
NUMBERS = {**CLASSES, "loss": "mse", "metric": "r2"}
VANISH = "saturated_activation slow_convergence too_few_epochs underfitting bad_initialisation"
EXPLODE = (
    "bad_initialisation learning_rate_too_high oscillating_loss unscaled_inputs dead_relu"
    " saturated_activation slow_convergence"
)
STUCK = "vanishing_gradient bad_initialisation slow_convergence underfitting frozen_layers"


class Blocks(nn.Module):
    """Blocks x + gain · W relu(V x), without any normalisation."""

    def __init__(self, n_in: int, width: int, depth: int, n_out: int, gain: float) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(n_in, width), nn.Linear(width, n_out)
        self.pairs = nn.ModuleList(dense(width, width, width) for _ in range(depth))
        self.gain = gain

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for pair in self.pairs:
            x = x + self.gain * pair(x)
        return self.last(x)


def _loud(gain: float, nonlinearity: str = "relu") -> nn.Module:
    """An RNN that multiplies its state by ``gain`` at each step."""
    made = Recurrent("rnn", 2, 24, 1, nonlinearity=nonlinearity)
    nn.init.eye_(made.cell.weight_hh_l0)
    with torch.no_grad():
        made.cell.weight_hh_l0.mul_(gain)
    return made


def _lowered(module: nn.Module, bias: float) -> nn.Module:
    return started(module, biases=lambda b: b.fill_(bias), last=False)


def _loudly(module: nn.Module, gain: float) -> nn.Module:
    return started(module, weights=lambda w: w.mul_(gain), last=False)


def _tiny(module: nn.Module, std: float) -> nn.Module:
    return started(module, weights=lambda w: w.normal_(0, std))


JOBS: list[Job] = [
    sick(
        "vanishing_gradient/deep_sigmoid_digits",
        lambda: dense(64, *[32] * 8, 10, act=nn.Sigmoid), digits, {**CLASSES, "epochs": 15},
        Cure(make=lambda: dense(64, *[32] * 8, 10)), accepted=VANISH,
    ),
    sick(
        "vanishing_gradient/deep_sigmoid_function_friedman",
        lambda: Dense(10, *[24] * 7, 1, act=torch.sigmoid), friedman, NUMBERS,
        Cure(make=lambda: Dense(10, *[24] * 7, 1)), accepted=VANISH,
    ),
    sick(
        "vanishing_gradient/deep_sigmoid_convolutions",
        lambda: Conv(*[8] * 6, act=torch.sigmoid), pictures, {**CLASSES, "epochs": 4},
        Cure(make=lambda: Conv(*[8] * 6)), accepted=VANISH,
    ),
    sick(
        "vanishing_gradient/deep_tanh_sgd_moons",
        lambda: _tiny(Dense(2, *[20] * 12, 1, act=torch.tanh), 0.1), moons,
        {**TWO, "optimizer": "sgd", "lr": 0.1, "epochs": 30},
        Cure(make=lambda: started(Dense(2, *[20] * 12, 1, act=torch.tanh),
                                  weights=nn.init.xavier_uniform_)), accepted=VANISH,
    ),
    sick(
        "vanishing_gradient/rnn_needs_the_first_of_80",
        lambda: Recurrent("rnn", 1, 16, 1), lambda: first(80), {**TWO, "lr": 3e-3},
        Cure(make=lambda: Recurrent("gru", 1, 16, 1, keep=4.0), options={"lr": 0.01}),
        accepted=VANISH,
    ),
    sick(
        "vanishing_gradient/lstm_forgets_the_first_of_60",
        lambda: Recurrent("lstm", 1, 12, 2), lambda: first(60), {**CLASSES, "lr": 0.01},
        Cure(make=lambda: Recurrent("lstm", 1, 12, 2, keep=5.0)), accepted=VANISH,
    ),
    sick(
        "vanishing_gradient/deep_softsign_circles",
        lambda: dense(2, *[16] * 14, 1, act=nn.Softsign), circles,
        {**TWO, "optimizer": "momentum", "lr": 0.05},
        Cure(make=lambda: dense(2, *[16] * 3, 1, act=nn.ReLU),
             options={"optimizer": "adam", "lr": 0.01}),
        accepted=VANISH,
    ),
    sick(
        "exploding_gradient/relu_rnn_of_gain_1.5", lambda: _loud(1.5), lambda: sums(40),
        {**NUMBERS, "optimizer": "sgd", "lr": 0.01},
        Cure(make=lambda: _loud(1.0), options={"clip_norm": 1.0}), accepted=EXPLODE,
    ),
    sick(
        "exploding_gradient/relu_rnn_of_gain_1.3_adam", lambda: _loud(1.3), lambda: sums(60),
        NUMBERS, Cure(make=lambda: _loud(1.0), options={"clip_norm": 1.0}), accepted=EXPLODE,
    ),
    sick(
        "exploding_gradient/loud_residual_blocks_digits", lambda: Blocks(64, 32, 12, 10, 4.0),
        digits, {**CLASSES, "optimizer": "sgd", "lr": 0.05},
        Cure(make=lambda: Blocks(64, 32, 12, 10, 0.3)), accepted=EXPLODE,
    ),
    sick(
        "exploding_gradient/loud_residual_blocks_friedman", lambda: Blocks(10, 32, 10, 1, 4.0),
        friedman, {**NUMBERS, "optimizer": "momentum", "lr": 0.01},
        Cure(make=lambda: Blocks(10, 32, 10, 1, 0.3)), accepted=EXPLODE,
    ),
    sick(
        "exploding_gradient/squares_as_activation",
        lambda: started(Dense(10, 32, 32, 32, 32, 1, act=lambda x: x * x),
                        weights=nn.init.kaiming_normal_), friedman,
        {**NUMBERS, "optimizer": "sgd", "lr": 0.01},
        Cure(make=lambda: Dense(10, 32, 32, 1), options={"lr": 0.05, "epochs": 20}),
        accepted=EXPLODE,
    ),
    sick(
        "dead_relu/biases_of_-10_digits", lambda: _lowered(dense(64, 48, 48, 10), -10.0), digits,
        CLASSES, Cure(make=lambda: dense(64, 48, 48, 10)), accepted=STUCK,
    ),
    sick(
        "dead_relu/biases_of_-10_in_convolutions", lambda: _lowered(Conv(8, 16), -10.0), pictures,
        {**CLASSES, "epochs": 4}, Cure(make=lambda: Conv(8, 16)), accepted=STUCK,
    ),
    sick(
        "dead_relu/biases_of_-6_friedman", lambda: _lowered(Dense(10, 40, 40, 1), -6.0), friedman,
        {**NUMBERS, "epochs": 15}, Cure(make=lambda: Dense(10, 40, 40, 1)), accepted=STUCK,
    ),
    sick(
        "dead_relu/negative_weights_positive_inputs",
        lambda: started(Dense(2, 24, 24, 1), weights=lambda w: w.abs_().neg_()),
        changed(moons, all=lambda r: (r[0] + 3, r[1])), {**TWO, "lr": 0.01},
        Cure(make=lambda: Dense(2, 24, 24, 1), data=moons), accepted=STUCK + " unscaled_inputs",
    ),
    sick(
        "dead_relu/deep_and_two_wide", lambda: dense(2, *[2] * 10, 1), circles,
        {**TWO, "lr": 3e-3, "epochs": 15},
        Cure(make=lambda: dense(2, 24, 24, 1, act=nn.LeakyReLU)), accepted=STUCK,
    ),
    sick(
        "saturated_activation/tanh_of_large_weights_digits",
        lambda: _loudly(dense(64, 32, 32, 10, act=nn.Tanh), 40.0), digits,
        {**CLASSES, "epochs": 5},
        Cure(make=lambda: dense(64, 32, 32, 10, act=nn.Tanh)), accepted=STUCK,
    ),
    sick(
        "saturated_activation/sigmoid_of_large_weights_friedman",
        lambda: _loudly(Dense(10, 32, 32, 1, act=torch.sigmoid), 60.0), friedman,
        {**NUMBERS, "lr": 0.01, "epochs": 15},
        Cure(make=lambda: Dense(10, 32, 32, 1, act=torch.sigmoid)), accepted=STUCK,
    ),
    sick(
        "saturated_activation/gain_of_500_in_forward",
        lambda: Dense(2, 16, 16, 1, act=lambda x: torch.tanh(500 * x)), circles,
        {**TWO, "lr": 0.01, "epochs": 15},
        Cure(make=lambda: Dense(2, 16, 16, 1, act=torch.tanh)),
        accepted=STUCK,
    ),
    sick(
        "saturated_activation/hard_sigmoid_convolutions",
        lambda: _loudly(Conv(8, 8, act=F.hardsigmoid), 80.0), pictures,
        {**CLASSES, "epochs": 5}, Cure(make=lambda: Conv(8, 8)), accepted=STUCK,
    ),
    sick(
        "saturated_activation/biases_of_12_under_sigmoid",
        lambda: _lowered(dense(10, 32, 32, 1, act=nn.Sigmoid), 12.0), friedman,
        {**NUMBERS, "optimizer": "momentum", "lr": 0.1, "epochs": 20},
        Cure(make=lambda: dense(10, 32, 1, act=nn.Tanh)), accepted=STUCK,
    ),
]  # fmt: skip
