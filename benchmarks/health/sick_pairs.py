"""Two faults at once."""

import numpy as np
import torch
from job import Cure, Job, Rows, sick
from nets import Attention, Conv, Dense, Recurrent, dense, started
from tables import (
    blobs,
    changed,
    circles,
    classes,
    counts,
    digits,
    first,
    friedman,
    imbalanced,
    line,
    moons,
    pictures,
    rings,
    sums,
    waves,
)  # fmt: skip
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from bestfit.optimizers import Momentum
from bestfit.penalties import L1

__all__ = ["JOBS"]

CLASSES = {
    "loss": "cross_entropy", "optimizer": "adam", "lr": 3e-3, "batch_size": 32, "epochs": 8,
    "metric": "accuracy",
}  # fmt: skip
TWO = {**CLASSES, "loss": "binary_cross_entropy"}
NUMBERS = {**CLASSES, "loss": "mse", "metric": "r2", "epochs": 15}
SIGNS = (
    "slow_convergence too_few_epochs underfitting oscillating_loss dead_relu saturated_activation"
    " vanishing_gradient exploding_gradient"
)
GOOD = {"lr": 3e-3}


def softmax(x: Tensor) -> Tensor:
    """Over the classes."""
    return F.softmax(x, dim=1)


def _in(gain: float, shift: float = 0.0):  # type: ignore[no-untyped-def]
    """Inputs in other units."""
    return lambda rows: ((rows[0] * gain + shift).astype(np.float32), rows[1])


def _both(gain: float, unit: float):  # type: ignore[no-untyped-def]
    """Inputs and targets in other units."""
    return lambda rows: ((rows[0] * gain).astype(np.float32), (rows[1] * unit).astype(np.float32))


def _blank(rows: Rows) -> Rows:
    """Two cells in a hundred are missing."""
    X = rows[0].copy()
    X[np.random.default_rng(1).random(X.shape) < 0.02] = np.nan
    return X, rows[1]


def _outliers(rows: Rows) -> Rows:
    """Two targets in a hundred are far away."""
    y = rows[1].copy()
    y[np.random.default_rng(2).random(len(y)) < 0.02] = 300.0
    return rows[0], y


def _flipped(rows: Rows) -> Rows:
    """A third of two classes is the other."""
    hit = np.random.default_rng(3).random(len(rows[1])) < 0.35
    return rows[0], np.where(hit, 1 - rows[1], rows[1])


def _zeros(module: nn.Module) -> nn.Module:
    return started(module, nn.init.zeros_, nn.init.zeros_)


def _low(module: nn.Module, bias: float) -> nn.Module:
    return started(module, biases=lambda b: b.fill_(bias), last=False)


class Cut(nn.Module):
    """Features that are detached, and what becomes of their classes."""

    def __init__(self, end: bool) -> None:
        super().__init__()
        self.low, self.high, self.end = nn.Linear(64, 4), dense(4, 32, 10), end

    def forward(self, x: Tensor) -> Tensor:
        x = self.high(torch.tanh(self.low(x)).detach())
        return softmax(x) if self.end else x


JOBS: list[Job] = [
    sick("learning_rate_too_low/and_softmax_twice", lambda: dense(64, 48, 10, end=(nn.Softmax(1),)),
         digits, {**CLASSES, "optimizer": "sgd", "lr": 1e-3},
         Cure(make=lambda: dense(64, 48, 10), options={"lr": 0.1}),
         also="wrong_output_activation", accepted=SIGNS + " wrong_loss"),
    sick("learning_rate_too_high/and_raw_inputs", lambda: Dense(10, 32, 32, 1),
         changed(friedman, all=_in(100.0, 50.0)), {**NUMBERS, "lr": 0.5},
         Cure(data=friedman, options=GOOD), also="unscaled_inputs", accepted=SIGNS),
    sick("learning_rate_too_high/and_sigmoid_on_numbers",
         lambda: dense(10, 32, 1, end=(nn.Sigmoid(),)), friedman, {**NUMBERS, "lr": 1.0},
         Cure(make=lambda: dense(10, 32, 1), options=GOOD), also="wrong_output_activation",
         accepted=SIGNS + " unscaled_targets"),
    sick("learning_rate_too_high/and_softmax_twice_in_pictures", lambda: Conv(8, 16, end=softmax),
         pictures, {**CLASSES, "lr": 0.3, "epochs": 4},
         Cure(make=lambda: Conv(8, 16), options=GOOD), also="wrong_output_activation",
         accepted=SIGNS + " wrong_loss"),
    sick("learning_rate_too_low/and_missing_activation", lambda: dense(2, 48, 48, 1, act=None),
         circles, {**TWO, "lr": 1e-5, "epochs": 15},
         Cure(make=lambda: dense(2, 48, 48, 1), options=GOOD), also="missing_activation",
         accepted=SIGNS),
    sick("learning_rate_too_low/and_large_targets", lambda: Dense(20, 32, 1),
         changed(line, all=_both(1.0, 1e4)), {**NUMBERS, "lr": 1e-5},
         Cure(data=line, options=GOOD), also="unscaled_targets", accepted=SIGNS),
    sick("learning_rate_too_high/and_zeros", lambda: _zeros(dense(64, 48, 48, 10)), digits,
         {**CLASSES, "lr": 1.0}, Cure(make=lambda: dense(64, 48, 48, 10), options=GOOD),
         also="bad_initialisation", accepted=SIGNS),
    sick("unscaled_inputs/and_targets", lambda: dense(10, 48, 1),
         changed(friedman, all=_both(1e3, 1e6)), NUMBERS, Cure(data=friedman),
         also="unscaled_targets", accepted=SIGNS + " learning_rate_too_low"),
    sick("unscaled_inputs/and_softmax_twice_counts", lambda: Attention(3, 16, 16, 3, end=softmax),
         changed(counts, all=_in(1e-3)), {**CLASSES, "optimizer": "sgd", "lr": 0.03},
         Cure(make=lambda: Attention(3, 16, 16, 3), data=counts),
         also="wrong_output_activation", accepted=SIGNS + " wrong_loss learning_rate_too_low"),
    sick("unscaled_inputs/and_one_unit_softmax", lambda: Dense(20, 24, 1, end=softmax),
         changed(classes, all=_in(1e-4)), TWO, Cure(make=lambda: Dense(20, 24, 1), data=classes),
         also="wrong_output_activation", accepted=SIGNS),
    sick("unscaled_inputs/and_deep_sigmoid", lambda: dense(2, *[24] * 6, 1, act=nn.Sigmoid),
         changed(moons, all=_in(1e-3, 0.5)), {**TWO, "epochs": 20},
         Cure(make=lambda: dense(2, 24, 24, 1), data=moons), also="vanishing_gradient",
         accepted=SIGNS + " bad_initialisation"),
    sick("wrong_output_activation/and_missing_activation",
         lambda: Dense(2, 48, 48, 4, act=lambda x: x, end=softmax), rings,
         {**CLASSES, "lr": 0.01, "epochs": 20}, Cure(make=lambda: Dense(2, 48, 48, 4)),
         also="missing_activation", accepted=SIGNS + " wrong_loss"),
    sick("wrong_output_activation/and_large_targets",
         lambda: dense(10, 32, 1, end=(nn.Tanh(),)), changed(friedman, all=_both(1.0, 1e3)),
         NUMBERS, Cure(make=lambda: dense(10, 32, 1), data=friedman),
         also="unscaled_targets", accepted=SIGNS),
    sick("wrong_loss/and_one_epoch", lambda: dense(64, 48, 10), digits,
         {**CLASSES, "optimizer": "sgd", "lr": 0.1, "epochs": 1,
          "loss": lambda o, y: (o.softmax(1) - F.one_hot(y, 10)).abs().mean()},
         Cure(options={"loss": "cross_entropy", "epochs": 20}), also="too_few_epochs",
         accepted=SIGNS + " learning_rate_too_low"),
    sick("wrong_loss/and_high_step", lambda: Dense(10, 32, 1), friedman,
         {**NUMBERS, "lr": 1.0, "loss": lambda o, y: ((o.squeeze(1) - y) ** 2).mean()},
         Cure(options={"loss": "mse", **GOOD}), also="learning_rate_too_high", accepted=SIGNS),
    sick("wrong_loss/and_raw_inputs", lambda: dense(64, 48, 10), changed(digits, all=_in(1e-3)),
         {**CLASSES, "loss": nn.NLLLoss()}, Cure(data=digits, options={"loss": "cross_entropy"}),
         also="unscaled_inputs", accepted=SIGNS + " wrong_output_activation"),
    sick("nonfinite_data/and_high_step", lambda: dense(20, 32, 32, 32, 1),
         changed(classes, train=_blank), {**TWO, "lr": 1.0},
         Cure(data=classes, options=GOOD), also="learning_rate_too_high", accepted=SIGNS),
    sick("nonfinite_data/and_softmax_twice", lambda: Dense(10, 32, 6, end=softmax),
         changed(blobs, train=_blank), {**CLASSES, "optimizer": "sgd", "lr": 0.01},
         Cure(make=lambda: Dense(10, 32, 6), data=blobs), also="wrong_output_activation",
         accepted=SIGNS + " wrong_loss"),
    sick("nonfinite_data/and_raw_inputs", lambda: Dense(10, 48, 1),
         changed(changed(friedman, all=_in(1e4)), train=_blank), NUMBERS,
         Cure(data=friedman), also="unscaled_inputs", accepted=SIGNS),
    sick("class_imbalance/and_one_epoch", lambda: dense(12, 24, 1), imbalanced,
         {**TWO, "metric": "balanced_accuracy", "lr": 1e-3, "epochs": 1},
         Cure(options={"loss": nn.BCEWithLogitsLoss(pos_weight=torch.tensor([30.0])),
                       "epochs": 15}), also="too_few_epochs",
         accepted=SIGNS + " learning_rate_too_low"),
    sick("class_imbalance/and_sigmoid_twice", lambda: Dense(12, 24, 1, end=torch.sigmoid),
         imbalanced, {**TWO, "metric": "balanced_accuracy"},
         Cure(make=lambda: Dense(12, 24, 1),
              options={"loss": nn.BCEWithLogitsLoss(pos_weight=torch.tensor([30.0]))}),
         also="wrong_output_activation", accepted=SIGNS + " wrong_loss"),
    sick("dead_relu/and_large_targets", lambda: _low(dense(10, 32, 32, 1), -10.0),
         changed(friedman, all=_both(1.0, 1e4)), NUMBERS,
         Cure(make=lambda: dense(10, 32, 32, 1), data=friedman), also="unscaled_targets",
         accepted=SIGNS + " bad_initialisation"),
    sick("dead_relu/and_softmax_twice", lambda: _low(Conv(8, 16, end=softmax), -8.0), pictures,
         {**CLASSES, "epochs": 4}, Cure(make=lambda: Conv(8, 16)),
         also="wrong_output_activation", accepted=SIGNS + " bad_initialisation wrong_loss"),
    sick("over_regularised/and_low_step", lambda: dense(64, 48, 48, 10, drop=0.95), digits,
         {**CLASSES, "lr": 1e-5}, Cure(make=lambda: dense(64, 48, 10), options=GOOD),
         also="learning_rate_too_low", accepted=SIGNS),
    sick("over_regularised/and_high_step", lambda: Dense(20, 24, 1), line,
         {**NUMBERS, "lr": 0.5, "penalty": L1(strength=1.0)},
         Cure(options={"penalty": None, **GOOD}), also="learning_rate_too_high", accepted=SIGNS),
    sick("target_outliers/and_raw_inputs", lambda: dense(10, 48, 1),
         changed(changed(friedman, all=_in(1e3)), train=_outliers), NUMBERS,
         Cure(data=friedman), also="unscaled_inputs",
         accepted=SIGNS + " unscaled_targets label_noise"),
    sick("label_noise/and_high_step", lambda: dense(2, 64, 64, 1),
         changed(moons, train=_flipped), {**TWO, "lr": 3.0, "epochs": 15},
         Cure(data=moons, options={"lr": 0.01}), also="learning_rate_too_high",
         accepted=SIGNS + " overfitting"),
    sick("frozen_layers/and_softmax_twice", lambda: Cut(True), digits,
         {**CLASSES, "epochs": 10}, Cure(make=lambda: dense(64, 4, 32, 10, act=nn.Tanh)),
         also="wrong_output_activation", accepted=SIGNS + " wrong_loss"),
    sick("vanishing_gradient/and_low_step", lambda: Recurrent("rnn", 1, 16, 1), lambda: first(60),
         {**TWO, "lr": 1e-5},
         Cure(make=lambda: Recurrent("gru", 1, 16, 1, keep=4.0), options={"lr": 0.01}),
         also="learning_rate_too_low", accepted=SIGNS),
    sick("underfitting/and_one_epoch", lambda: Recurrent("lstm", 1, 1, 3), waves,
         {**CLASSES, "epochs": 1},
         Cure(make=lambda: Recurrent("lstm", 1, 24, 3), options={"lr": 0.01, "epochs": 10}),
         also="too_few_epochs", accepted=SIGNS + " learning_rate_too_low"),
    sick("batch_size_too_small/and_momentum_of_0.99", lambda: Dense(10, 32, 1), friedman,
         {**NUMBERS, "optimizer": Momentum(beta=0.99, convention="torch"), "lr": 0.01,
          "batch_size": 2, "epochs": 3},
         Cure(options={"optimizer": "adam", "lr": 0.01, "batch_size": 32, "epochs": 15}),
         also="oscillating_loss", accepted=SIGNS + " learning_rate_too_high"),
    sick("exploding_gradient/and_large_targets",
         lambda: started(Recurrent("rnn", 2, 16, 1, nonlinearity="relu"),
                         lambda w: w.mul_(3.0), kinds=(nn.RNN,)),
         changed(sums, all=_both(1.0, 1e4)), {**NUMBERS, "optimizer": "sgd", "lr": 0.01},
         Cure(make=lambda: Recurrent("gru", 2, 16, 1), data=sums,
              options={"optimizer": "adam", "lr": 0.01}), also="unscaled_targets",
         accepted=SIGNS + " bad_initialisation learning_rate_too_high"),
]  # fmt: skip
