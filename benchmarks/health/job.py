"""A training job, sick or healthy, and what a trained network is worth on its test rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sklearn import metrics
from torch import nn

import bestfit

__all__ = ["NAMES", "Cure", "Data", "Job", "Rows", "cured", "score", "sick", "trained"]

Rows = tuple[np.ndarray, np.ndarray]
NAMES = frozenset((
    "vanishing_gradient", "exploding_gradient", "dead_relu", "saturated_activation",
    "oscillating_loss", "slow_convergence", "learning_rate_too_high", "learning_rate_too_low",
    "overfitting", "underfitting", "over_regularised", "bad_initialisation", "missing_activation",
    "wrong_output_activation", "wrong_loss", "unscaled_inputs", "unscaled_targets",
    "class_imbalance", "data_leakage", "label_noise", "target_outliers", "train_val_shift",
    "nonfinite_data", "frozen_layers", "batchnorm_mismatch", "batch_size_too_small",
    "too_few_epochs",
))  # fmt: skip


@dataclass(frozen=True)
class Data:
    """Inputs and targets: to train on, to choose by, and to judge by in the end."""

    train: Rows
    valid: Rows
    test: Rows


@dataclass(frozen=True)
class Cure:
    """What the healthy twin of a job has in its place; None is as in the job.

    Args:
        make: another network.
        data: other rows; their test rows must ask the same.
        options: other options of ``bestfit.fit``; the rest stays.
    """

    make: Callable[[], nn.Module] | None = None
    data: Callable[[], Data] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A network, its rows and the options of ``bestfit.fit``.

    Args:
        name: ``finding/what it is``.
        make: the network.
        data: the rows.
        options: of ``bestfit.fit``.
        expected: findings that must all be made; empty for a healthy job.
        accepted: further findings that are true as well.
        cure: its healthy twin.
    """

    name: str
    make: Callable[[], nn.Module]
    data: Callable[[], Data]
    options: Mapping[str, Any]
    expected: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    cure: Cure | None = None


def sick(
    name: str,
    make: Callable[[], nn.Module],
    data: Callable[[], Data],
    options: Mapping[str, Any],
    cure: Cure,
    *,
    also: str = "",
    accepted: str = "",
) -> Job:
    """A sick job; its first fault stands before the slash of its name.

    Args:
        also: further faults, with blanks between.
        accepted: what would be true as well, with blanks between.
    """
    expected = frozenset([name.split("/")[0], *also.split()])
    others = frozenset(accepted.split()) - expected
    if unknown := (expected | others) - NAMES:
        raise ValueError(f"{name}: no finding is called {sorted(unknown)}")
    return Job(
        name=name, make=make, data=data, options=options, expected=expected, accepted=others,
        cure=cure,
    )  # fmt: skip


def cured(job: Job) -> Job:
    """The healthy twin."""
    if job.cure is None:
        return job
    return replace(
        job,
        make=job.cure.make or job.make,
        data=job.cure.data or job.data,
        options={**job.options, **job.cure.options},
        expected=frozenset(),
        cure=None,
    )


def trained(job: Job, data: Data, **more: Any) -> Any:
    """What ``bestfit.fit`` gives for it; ``more`` are further options."""
    return bestfit.fit(job.make, train=data.train, valid=data.valid, **{**job.options, **more})


def score(job: Job, result: Any, data: Data) -> float:
    """By the metric of the job on the test rows, the larger the better: rmse is negated.

    Outputs that are no finite numbers are worth -inf.
    """
    X, y = data.test
    name = job.options["metric"]
    if name == "auc":
        p = result.predict_proba(X)[:, 1]
        return float(metrics.roc_auc_score(y, p)) if np.isfinite(p).all() else -np.inf
    found = result.predict(X)
    if not np.isfinite(found).all():
        return -np.inf
    if name in ("r2", "rmse"):
        error = float(np.square(found.astype(np.float64) - y).mean())
        return -(error**0.5) if name == "rmse" else 1 - error / float(y.var())
    judge = {
        "accuracy": metrics.accuracy_score,
        "balanced_accuracy": metrics.balanced_accuracy_score,
        "f1": metrics.f1_score,
    }[name]
    return float(judge(y.astype(np.int64), found.astype(np.int64)))
