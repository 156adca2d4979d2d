"""Last layers and losses that do not belong together, and activations that are not there."""

import torch
from job import Cure, Job, sick
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
    marks,
    moons,
    pictures,
    rings,
    sums,
)  # fmt: skip
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

__all__ = ["JOBS"]

CLASSES = {
    "loss": "cross_entropy", "optimizer": "adam", "lr": 1e-3, "batch_size": 32, "epochs": 8,
    "metric": "accuracy",
}  # fmt: skip
TWO = {**CLASSES, "loss": "binary_cross_entropy"}
NUMBERS = {**CLASSES, "loss": "mse", "metric": "r2", "epochs": 15}
OUTPUT = "wrong_loss slow_convergence underfitting too_few_epochs vanishing_gradient"
LOSS = (
    "wrong_output_activation slow_convergence underfitting too_few_epochs exploding_gradient"
    " learning_rate_too_low learning_rate_too_high"
)
FLAT = "underfitting slow_convergence"


def softmax(x: Tensor) -> Tensor:
    """Over the classes."""
    return F.softmax(x, dim=1)


class Discarded(nn.Module):
    """Activations are called, and what they give is not kept."""

    def __init__(self, n_in: int, width: int, n_out: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(n_in, width), nn.Linear(width, width)
        self.fc3, self.act = nn.Linear(width, n_out), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc1(x)
        self.act(x)
        x = self.fc2(x)
        self.act(x)
        return self.fc3(x)


def _float_targets(data):  # type: ignore[no-untyped-def]
    return changed(data, all=lambda r: (r[0], r[1].astype("float32")))


JOBS: list[Job] = [
    sick(
        "wrong_output_activation/softmax_twice_digits",
        lambda: dense(64, 48, 10, end=(nn.Softmax(dim=1),)), digits,
        {**CLASSES, "optimizer": "sgd", "lr": 0.1}, Cure(make=lambda: dense(64, 48, 10)),
        accepted=OUTPUT,
    ),
    sick(
        "wrong_output_activation/softmax_twice_in_forward",
        lambda: Conv(8, 16, end=softmax), pictures, {**CLASSES, "epochs": 3},
        Cure(make=lambda: Conv(8, 16)), accepted=OUTPUT,
    ),
    sick(
        "wrong_output_activation/softmax_twice_attention",
        lambda: Attention(3, 16, 16, 3, end=softmax), counts,
        {**CLASSES, "optimizer": "sgd", "lr": 0.03},
        Cure(make=lambda: Attention(3, 16, 16, 3)), accepted=OUTPUT,
    ),
    sick(
        "wrong_output_activation/sigmoid_twice_moons",
        lambda: dense(2, 24, 24, 1, end=(nn.Sigmoid(),)), moons,
        {**TWO, "loss": nn.BCEWithLogitsLoss(), "lr": 0.01},
        Cure(make=lambda: dense(2, 24, 24, 1)), accepted=OUTPUT,
    ),
    sick(
        "wrong_output_activation/sigmoid_twice_function_cancer",
        lambda: Dense(30, 16, 1, end=torch.sigmoid), _float_targets(cancer),
        {**TWO, "loss": nn.BCEWithLogitsLoss(), "lr": 3e-3},
        Cure(make=lambda: Dense(30, 16, 1)), accepted=OUTPUT,
    ),
    sick(
        "wrong_output_activation/softmax_over_one_unit",
        lambda: dense(20, 24, 1, end=(nn.Softmax(dim=1),)), classes, {**TWO, "lr": 3e-3},
        Cure(make=lambda: dense(20, 24, 1)), accepted=OUTPUT,
    ),
    sick(
        "wrong_output_activation/softmax_over_one_unit_for_numbers",
        lambda: Dense(10, 24, 1, end=softmax), friedman, {**NUMBERS, "lr": 3e-3},
        Cure(make=lambda: Dense(10, 24, 1)), accepted=OUTPUT,
    ),
    sick(
        "wrong_output_activation/relu_on_logits_blobs",
        lambda: Dense(10, 24, 6, end=F.relu), blobs,
        {**CLASSES, "lr": 3e-3}, Cure(make=lambda: Dense(10, 24, 6)),
        accepted=OUTPUT + " dead_relu",
    ),
    sick(
        "wrong_output_activation/relu_on_centred_numbers",
        lambda: dense(20, 32, 1, end=(nn.ReLU(),)), line, {**NUMBERS, "lr": 3e-3},
        Cure(make=lambda: dense(20, 32, 1)), accepted=OUTPUT + " dead_relu",
    ),
    sick(
        "wrong_output_activation/sigmoid_on_unbounded_numbers",
        lambda: Dense(10, 32, 1, end=torch.sigmoid), friedman, {**NUMBERS, "lr": 3e-3},
        Cure(make=lambda: Dense(10, 32, 1)), accepted=OUTPUT + " unscaled_targets",
    ),
    sick(
        "wrong_output_activation/tanh_on_sums_gru",
        lambda: Recurrent("gru", 2, 16, 1, end=torch.tanh),
        changed(sums, all=lambda r: (r[0], r[1] * 3)), {**NUMBERS, "lr": 0.01, "epochs": 10},
        Cure(make=lambda: Recurrent("gru", 2, 16, 1)), accepted=OUTPUT + " unscaled_targets",
    ),
    sick(
        "wrong_output_activation/sigmoid_on_logits_of_many",
        lambda: dense(64, 64, 10, norm=nn.LayerNorm, end=(nn.Sigmoid(),)), digits,
        {**CLASSES, "optimizer": "sgd", "lr": 0.05},
        Cure(make=lambda: dense(64, 64, 10, norm=nn.LayerNorm)), accepted=OUTPUT,
    ),
    sick(
        "wrong_loss/nll_of_raw_logits", lambda: dense(64, 48, 10), digits,
        {**CLASSES, "loss": nn.NLLLoss(), "lr": 3e-3}, Cure(options={"loss": "cross_entropy"}),
        accepted=LOSS,
    ),
    sick(
        "wrong_loss/nll_of_probabilities", lambda: Conv(8, 8, end=softmax), pictures,
        {**CLASSES, "loss": F.nll_loss, "optimizer": "sgd", "lr": 0.1, "epochs": 5},
        Cure(make=lambda: Conv(8, 8), options={"loss": "cross_entropy"}), accepted=LOSS,
    ),
    sick(
        "wrong_loss/absolute_error_of_probabilities", lambda: Dense(64, 48, 10), digits,
        {**CLASSES, "optimizer": "sgd", "lr": 0.1,
         "loss": lambda o, y: (o.softmax(1) - F.one_hot(y, 10)).abs().mean(1)},
        Cure(options={"loss": "cross_entropy"}), accepted=LOSS,
    ),
    sick(
        "wrong_loss/squared_error_of_probabilities",
        lambda: Attention(3, 16, 16, 3, end=softmax), counts,
        {**CLASSES, "optimizer": "sgd", "lr": 0.02,
         "loss": lambda o, y: F.mse_loss(o, F.one_hot(y, 3).float())},
        Cure(make=lambda: Attention(3, 16, 16, 3), options={"loss": "cross_entropy"}),
        accepted=LOSS,
    ),
    sick(
        "wrong_loss/sign_the_wrong_way", lambda: dense(10, 24, 6), blobs,
        {**CLASSES, "loss": lambda o, y: -F.cross_entropy(o, y)},
        Cure(options={"loss": "cross_entropy", "lr": 3e-3}), accepted=LOSS,
    ),
    sick(
        "wrong_loss/broadcast_of_a_squeezed_output", lambda: Dense(10, 32, 1), friedman,
        {**NUMBERS, "lr": 3e-3, "loss": lambda o, y: ((o.squeeze(1) - y) ** 2).mean()},
        Cure(options={"loss": "mse"}), accepted=LOSS,
    ),
    sick(
        "wrong_loss/signed_error", lambda: dense(20, 24, 1), line,
        {**NUMBERS, "loss": lambda o, y: o - y}, Cure(options={"loss": "mse", "lr": 3e-3}),
        accepted=LOSS,
    ),
    sick(
        "wrong_loss/cross_entropy_of_one_output", lambda: dense(20, 24, 1), classes,
        {**CLASSES, "lr": 3e-3, "loss": nn.CrossEntropyLoss()},
        Cure(options={"loss": "binary_cross_entropy"}), accepted=LOSS,
    ),
    sick(
        "wrong_loss/bce_of_raw_logits", lambda: Dense(20, 24, 1), _float_targets(classes),
        {**NUMBERS, "lr": 3e-3, "loss": nn.BCELoss()},
        Cure(make=lambda: Dense(20, 24, 1, end=torch.sigmoid)), accepted=LOSS,
    ),
    sick(
        "wrong_loss/poisson_of_centred_numbers", lambda: dense(20, 24, 1), line,
        {**NUMBERS, "lr": 3e-3, "loss": "poisson"}, Cure(options={"loss": "mse"}), accepted=LOSS,
    ),
    sick(
        "missing_activation/circles", lambda: dense(2, 32, 32, 1, act=None), circles,
        {**TWO, "lr": 0.01}, Cure(make=lambda: dense(2, 32, 32, 1)), accepted=FLAT,
    ),
    sick(
        "missing_activation/relu_not_kept_spiral", lambda: Discarded(2, 48, 4), rings,
        {**CLASSES, "lr": 0.01, "epochs": 30}, Cure(make=lambda: Dense(2, 48, 48, 4)),
        accepted=FLAT,
    ),
    sick(
        "missing_activation/friedman", lambda: Dense(10, 48, 48, 1, act=lambda x: x), friedman,
        {**NUMBERS, "lr": 3e-3}, Cure(make=lambda: Dense(10, 48, 48, 1)), accepted=FLAT,
    ),
    sick(
        "missing_activation/convolutions",
        lambda: nn.Sequential(nn.Conv2d(1, 8, 5, padding=2), nn.Conv2d(8, 8, 3, padding=1),
                              nn.Flatten(), nn.Linear(512, 32), nn.Linear(32, 1)),
        marks, {**TWO, "lr": 3e-3, "epochs": 6},
        Cure(make=lambda: nn.Sequential(
            nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(),
            nn.Flatten(), nn.Linear(512, 32), nn.ReLU(), nn.Linear(32, 1))),
        accepted=FLAT + " overfitting",
    ),
    sick(
        "missing_activation/normalised_stack_of_moons",
        lambda: dense(2, 24, 24, 24, 1, act=None, norm=nn.BatchNorm1d, drop=0.05),
        lambda: moons(noise=0.1), {**TWO, "lr": 0.01},
        Cure(make=lambda: dense(2, 24, 24, 24, 1, norm=nn.BatchNorm1d, drop=0.05)), accepted=FLAT,
    ),
]  # fmt: skip
