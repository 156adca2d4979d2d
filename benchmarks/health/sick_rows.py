"""Rows that tell too much, tell lies, or are not alike."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import torch
from job import Cure, Data, Job, Rows, sick
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
    waves,
)  # fmt: skip
from torch import nn

__all__ = ["JOBS"]

CLASSES = {
    "loss": "cross_entropy", "optimizer": "adam", "lr": 3e-3, "batch_size": 32, "epochs": 12,
    "metric": "accuracy",
}  # fmt: skip
TWO = {**CLASSES, "loss": "binary_cross_entropy"}
NUMBERS = {**CLASSES, "loss": "mse", "metric": "r2", "epochs": 15}
LEAK = "overfitting train_val_shift"
NOISE = "overfitting"
FAR = "unscaled_targets exploding_gradient oscillating_loss label_noise"
SHIFT = "unscaled_inputs overfitting"


def _copied(data: Callable[[], Data], share: float, jitter: float = 0.0) -> Callable[[], Data]:
    """A share of the validation rows stands among the training rows."""

    def made() -> Data:
        d, rng = data(), np.random.default_rng(3)
        taken = rng.permutation(len(d.valid[0]))[: int(share * len(d.valid[0]))]
        X = d.valid[0][taken]
        X = (X + rng.normal(0, jitter, X.shape)).astype(np.float32) if jitter else X
        y = d.valid[1][taken]
        train = np.concatenate([d.train[0], X]), np.concatenate([d.train[1], y])
        return replace(d, train=train)

    return cache(made)


def _told(data: Callable[[], Data], blur: float = 0.0) -> Callable[[], Data]:
    """One more column is the target; in the test rows, as in use, it is 0."""

    def tell(rows: Rows) -> Rows:
        y = rows[1] - rows[1].mean()
        y = y / y.std() + np.random.default_rng(4).normal(0, blur, len(y))
        return np.column_stack([rows[0], y]).astype(np.float32), rows[1]

    def hide(rows: Rows) -> Rows:
        return np.column_stack([rows[0], np.zeros(len(rows[0]))]).astype(np.float32), rows[1]

    return changed(data, train=tell, valid=tell, test=hide)


def _untold(data: Callable[[], Data]) -> Callable[[], Data]:
    """The same columns, of which the last says nothing."""

    def hide(rows: Rows) -> Rows:
        return np.column_stack([rows[0], np.zeros(len(rows[0]))]).astype(np.float32), rows[1]

    return changed(data, all=hide)


def _relabelled(share: float, k: int, way: str = "any") -> Callable[[Rows], Rows]:
    """A share of the labels is another one: ``any``, or the ``next``."""

    def change(rows: Rows) -> Rows:
        rng = np.random.default_rng(5)
        hit = rng.random(len(rows[1])) < share
        moved = rng.integers(1, k, len(rows[1])) if way == "any" else 1
        return rows[0], np.where(hit, (rows[1] + moved) % k, rows[1])

    return change


def _thrown(share: float, size: float, one_sided: bool = True) -> Callable[[Rows], Rows]:
    """A share of the targets is far away."""

    def change(rows: Rows) -> Rows:
        rng = np.random.default_rng(6)
        y = rows[1].copy()
        hit = rng.random(len(y)) < share
        sign = 1 if one_sided else rng.choice([-1, 1], len(y))
        y[hit] = (size * rng.uniform(0.5, 1.5, len(y)) * sign)[hit]
        return rows[0], y.astype(np.float32)

    return change


def _moved(gain: float, shift: float = 0.0) -> Callable[[Rows], Rows]:
    return lambda rows: ((rows[0] * gain + shift).astype(np.float32), rows[1])


def _permuted(rows: Rows) -> Rows:
    order = np.random.default_rng(7).permutation(rows[0].shape[1])
    return rows[0][:, order].copy(), rows[1]


def _sorted(data: Callable[[], Data]) -> Callable[[], Data]:
    """Training rows have a small first column, validation rows a large one."""

    def made() -> Data:
        d = data()
        X = np.concatenate([d.train[0], d.valid[0]])
        y = np.concatenate([d.train[1], d.valid[1]])
        order, n = np.argsort(X[:, 0], kind="stable"), len(d.train[0])
        X, y = X[order], y[order]
        return replace(d, train=(X[:n], y[:n]), valid=(X[n:], y[n:]))

    return cache(made)


JOBS: list[Job] = [
    sick("data_leakage/copies_of_validation_rows", lambda: dense(20, 256, 256, 1),
         _copied(lambda: classes(500, noise=0.25), 0.9), {**TWO, "epochs": 30},
         Cure(data=lambda: classes(500, noise=0.25)), accepted=LEAK),
    sick("data_leakage/near_copies_of_validation_rows", lambda: Dense(10, 256, 256, 1),
         _copied(lambda: friedman(500, 1.0), 0.8, 1e-3), {**NUMBERS, "epochs": 40},
         Cure(data=lambda: friedman(500, 1.0)), accepted=LEAK),
    sick("data_leakage/copied_pictures", lambda: Conv(8, 16), _copied(pictures, 0.5),
         {**CLASSES, "epochs": 6}, Cure(data=pictures), accepted=LEAK),
    sick("data_leakage/a_column_is_the_target", lambda: Dense(21, 32, 1), _told(classes), TWO,
         Cure(data=_untold(classes)), accepted=LEAK),
    sick("data_leakage/a_column_is_nearly_the_target", lambda: dense(11, 48, 1),
         _told(friedman, 0.02), NUMBERS, Cure(data=_untold(friedman)), accepted=LEAK),
    sick("label_noise/60_percent_of_digits", lambda: dense(64, 128, 10),
         changed(digits, train=_relabelled(0.6, 10)), {**CLASSES, "epochs": 25},
         Cure(data=digits), accepted=NOISE),
    sick("label_noise/40_percent_of_moons", lambda: Dense(2, 64, 64, 1),
         changed(moons, train=_relabelled(0.4, 2)), {**TWO, "epochs": 40, "lr": 0.01},
         Cure(data=moons), accepted=NOISE),
    sick("label_noise/the_next_class_in_pictures", lambda: Conv(8, 16),
         changed(pictures, train=_relabelled(0.42, 10, "next")), {**CLASSES, "epochs": 8},
         Cure(data=pictures), accepted=NOISE),
    sick("label_noise/35_percent_of_classes", lambda: Dense(20, 96, 96, 1),
         changed(classes, train=_relabelled(0.35, 2)), {**TWO, "epochs": 20},
         Cure(data=classes), accepted=NOISE),
    sick("label_noise/half_of_sequences", lambda: Recurrent("gru", 1, 24, 3),
         changed(waves, train=_relabelled(0.5, 3)), {**CLASSES, "lr": 0.01, "epochs": 10},
         Cure(data=waves), accepted=NOISE),
    sick("target_outliers/2_percent_of_200", lambda: dense(10, 48, 1),
         changed(friedman, train=_thrown(0.02, 200.0)), NUMBERS, Cure(data=friedman),
         accepted=FAR),
    sick("target_outliers/1_percent_of_1000_both_ways", lambda: Dense(20, 32, 1, act=torch.tanh),
         changed(line, train=_thrown(0.01, 1000.0, False)), NUMBERS, Cure(data=line),
         accepted=FAR),
    sick("target_outliers/3_percent_of_60_linear", lambda: nn.Linear(20, 1),
         changed(line, train=_thrown(0.03, 60.0, False)),
         {**NUMBERS, "optimizer": "sgd", "lr": 0.02}, Cure(data=line), accepted=FAR),
    sick("target_outliers/missing_as_-999", lambda: Recurrent("gru", 2, 16, 1),
         changed(sums, train=_thrown(0.02, -999.0)), {**NUMBERS, "epochs": 10},
         Cure(data=sums), accepted=FAR),
    sick("train_val_shift/validation_not_scaled", lambda: Dense(30, 24, 1),
         changed(cancer, valid=_moved(40.0, 100.0)), TWO, Cure(data=cancer), accepted=SHIFT),
    sick("train_val_shift/validation_shifted", lambda: dense(10, 48, 1),
         changed(friedman, valid=_moved(1.0, 3.0)), NUMBERS, Cure(data=friedman),
         accepted=SHIFT),
    sick("train_val_shift/columns_in_another_order", lambda: dense(10, 32, 6),
         changed(blobs, valid=_permuted), CLASSES, Cure(data=blobs), accepted=SHIFT),
    sick("train_val_shift/parted_by_a_sorted_column", lambda: Dense(20, 32, 1), _sorted(classes),
         TWO, Cure(data=classes), accepted=SHIFT),
    sick("train_val_shift/pictures_of_255", lambda: Conv(8, 16),
         changed(pictures, valid=_moved(255.0, 128.0)), {**CLASSES, "epochs": 5},
         Cure(data=pictures), accepted=SHIFT),
    sick("train_val_shift/louder_sequences", lambda: Attention(3, 16, 16, 3),
         changed(counts, valid=_moved(-4.0)), {**CLASSES, "epochs": 6}, Cure(data=counts),
         accepted=SHIFT),
]  # fmt: skip
