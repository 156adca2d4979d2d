"""Networks that are too large, too small or held too tightly, and classes that are rare."""

import torch
from job import Cure, Job, sick
from nets import Attention, Conv, Dense, Recurrent, dense
from tables import (
    blobs,
    classes,
    counts,
    diabetes,
    digits,
    friedman,
    imbalanced,
    line,
    marks,
    pictures,
    rings,
    waves,
)  # fmt: skip
from torch import nn

from bestfit.penalties import L1, L2, Group

__all__ = ["JOBS"]

CLASSES = {
    "loss": "cross_entropy", "optimizer": "adam", "lr": 3e-3, "batch_size": 32, "epochs": 10,
    "metric": "accuracy",
}  # fmt: skip
TWO = {**CLASSES, "loss": "binary_cross_entropy"}
NUMBERS = {**CLASSES, "loss": "mse", "metric": "r2", "epochs": 15}
RARE = {**TWO, "metric": "balanced_accuracy", "epochs": 15, "lr": 1e-3, "batch_size": 64}
OVER = "label_noise learning_rate_too_high"
UNDER = "slow_convergence too_few_epochs dead_relu wrong_output_activation"
HELD = "underfitting slow_convergence too_few_epochs vanishing_gradient"
SHARE = "underfitting too_few_epochs slow_convergence"


def _weighted(times: float) -> Cure:
    """Rare rows count for more."""
    return Cure(options={"loss": nn.BCEWithLogitsLoss(pos_weight=torch.tensor([times]))})


JOBS: list[Job] = [
    sick("overfitting/wide_net_of_many_columns", lambda: dense(150, 512, 256, 1),
         lambda: line(300, 150, 0.5), {**NUMBERS, "epochs": 30},
         Cure(make=lambda: nn.Linear(150, 1),
              options={"lr": 0.01, "penalty": L1(strength=0.05), "epochs": 60}), accepted=OVER),
    sick("overfitting/wide_net_of_few_classes", lambda: Dense(250, 512, 256, 1),
         lambda: classes(300, 250, noise=0.02, apart=2.0), {**TWO, "epochs": 20},
         Cure(make=lambda: nn.Linear(250, 1),
              options={"penalty": L1(strength=0.03), "epochs": 60}), accepted=OVER),
    sick("overfitting/diabetes", lambda: Dense(10, 256, 256, 256, 1, act=torch.tanh), diabetes,
         {**NUMBERS, "lr": 0.01, "epochs": 40},
         Cure(make=lambda: nn.Linear(10, 1), options={"epochs": 60, "lr": 0.01}), accepted=OVER),
    sick("overfitting/tanh_net_of_a_noisy_line", lambda: Dense(60, 512, 256, 1, act=torch.tanh),
         lambda: line(300, 60, 0.7), {**NUMBERS, "epochs": 30},
         Cure(make=lambda: nn.Linear(60, 1),
              options={"lr": 0.01, "penalty": L1(strength=0.04), "epochs": 60}), accepted=OVER),
    sick("overfitting/dense_net_of_few_pictures",
         lambda: nn.Sequential(nn.Flatten(), *dense(64, 512, 512, 1)), lambda: marks(300),
         {**TWO, "epochs": 25},
         Cure(make=lambda: Conv(8, 16, n_out=1, pool=4), options={"epochs": 40}), accepted=OVER),
    sick("underfitting/one_unit_digits", lambda: dense(64, 1, 10), digits,
         {**CLASSES, "epochs": 15}, Cure(make=lambda: dense(64, 48, 10)), accepted=UNDER),
    sick("underfitting/two_units_spiral", lambda: Dense(2, 2, 4, act=torch.tanh), rings,
         {**CLASSES, "lr": 0.01, "epochs": 30}, Cure(make=lambda: Dense(2, 48, 48, 4)),
         accepted=UNDER),
    sick("underfitting/one_feature_of_pictures", lambda: Conv(1, pool=8), pictures,
         {**CLASSES, "epochs": 8}, Cure(make=lambda: Conv(8, 16)), accepted=UNDER),
    sick("underfitting/one_unit_lstm", lambda: Recurrent("lstm", 1, 1, 3), waves,
         {**CLASSES, "lr": 0.01}, Cure(make=lambda: Recurrent("lstm", 1, 24, 3)), accepted=UNDER),
    sick("underfitting/one_unit_friedman", lambda: Dense(10, 1, 1, act=torch.tanh), friedman,
         {**NUMBERS, "lr": 0.01, "epochs": 25}, Cure(make=lambda: Dense(10, 48, 48, 1)),
         accepted=UNDER),
    sick("underfitting/bottleneck_of_one_blobs", lambda: dense(10, 32, 1, 6, norm=nn.LayerNorm),
         blobs, CLASSES, Cure(make=lambda: dense(10, 32, 16, 6, norm=nn.LayerNorm)),
         accepted=UNDER + " bad_initialisation"),
    sick("over_regularised/weight_decay_1_digits", lambda: dense(64, 48, 10), digits,
         {**CLASSES, "optimizer": "sgd", "lr": 0.1, "weight_decay": 1.0},
         Cure(options={"weight_decay": 0.0}), accepted=HELD),
    sick("over_regularised/adamw_of_50_friedman", lambda: Dense(10, 48, 1), friedman,
         {**NUMBERS, "optimizer": "adamw", "weight_decay": 50.0},
         Cure(options={"weight_decay": 0.01}), accepted=HELD),
    sick("over_regularised/dropout_0.95_digits", lambda: dense(64, 48, 48, 10, drop=0.95), digits,
         {**CLASSES, "epochs": 8}, Cure(make=lambda: dense(64, 48, 48, 10, drop=0.1)),
         accepted=HELD),
    sick("over_regularised/dropout_0.9_friedman", lambda: dense(10, 24, 24, 1, drop=0.9), friedman,
         NUMBERS, Cure(make=lambda: dense(10, 24, 24, 1)), accepted=HELD),
    sick("over_regularised/dropout_0.9_attention", lambda: Attention(3, 16, 16, 3, drop=0.95),
         counts, {**CLASSES, "lr": 1e-3, "epochs": 4}, Cure(make=lambda: Attention(3, 16, 16, 3)),
         accepted=HELD),
    sick("over_regularised/l1_of_0.1_classes", lambda: Dense(20, 32, 1), classes,
         {**TWO, "penalty": L1(strength=0.1)}, Cure(options={"penalty": None}), accepted=HELD),
    sick("over_regularised/l2_of_3_line", lambda: nn.Linear(20, 1), line,
         {**NUMBERS, "lr": 0.02, "penalty": L2(strength=3.0)}, Cure(options={"penalty": None}),
         accepted=HELD),
    sick("over_regularised/groups_of_convolutions", lambda: Conv(8, 16), pictures,
         {**CLASSES, "epochs": 5, "penalty": Group(strength=0.3)},
         Cure(options={"penalty": None}), accepted=HELD),
    sick("class_imbalance/balanced_accuracy", lambda: dense(12, 24, 1), imbalanced, RARE,
         _weighted(30.0), accepted=SHARE),
    sick("class_imbalance/f1_in_a_module", lambda: Dense(12, 16, 1),
         lambda: imbalanced(3000, 0.04), {**RARE, "metric": "f1"},
         Cure(options={"loss": nn.BCEWithLogitsLoss(pos_weight=torch.tensor([6.0]))}),
         accepted=SHARE),
    sick("class_imbalance/two_rare_of_three", lambda: dense(12, 24, 3, norm=nn.LayerNorm),
         lambda: imbalanced(3000, 0.025, 3, 0.6), {**RARE, "loss": "cross_entropy"},
         Cure(options={"loss": nn.CrossEntropyLoss(weight=torch.tensor([0.05, 2.0, 2.0]))}),
         accepted=SHARE),
    sick("class_imbalance/one_percent", lambda: Dense(12, 32, 1, act=torch.tanh),
         lambda: imbalanced(4000, 0.015), RARE, _weighted(60.0), accepted=SHARE),
]  # fmt: skip
