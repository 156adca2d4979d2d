"""Which metric decides, and which are reported, by task."""

from ..errors import ConfigError
from .base import Metric, metric

__all__ = ["default_metric", "scores"]

DEFAULT = {"binary": "auc", "multiclass": "log_loss", "regression": "rmse"}
REPORTED = {
    "binary": (
        "auc",
        "average_precision",
        "log_loss",
        "brier",
        "accuracy",
        "balanced_accuracy",
        "f1",
    ),
    "multiclass": ("log_loss", "accuracy", "balanced_accuracy", "f1", "auc"),
    "regression": ("rmse", "mae", "r2", "median_absolute_error"),
}


def default_metric(task: str) -> Metric:
    """The metric that selects, stops and ranks, unless another is asked for.

    >>> default_metric("regression").label
    'RMSE'
    """
    _known(task)
    return metric[DEFAULT[task]]()


def scores(task: str) -> tuple[Metric, ...]:
    """The metrics of a report, the default one first."""
    _known(task)
    return tuple(metric[name]() for name in REPORTED[task])


def _known(task: str) -> None:
    if task not in DEFAULT:
        raise ConfigError(f"no task is called {task!r}", hint=", ".join(DEFAULT))
