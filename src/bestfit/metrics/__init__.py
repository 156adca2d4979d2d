"""How good predictions are, for people: one metric per file, and how sure its value is."""

from .accuracy import Accuracy
from .auc import AUC
from .average_precision import AveragePrecision
from .base import Metric, metric
from .bootstrap import Interval, interval, paired_difference, percentiles, resampled_scores
from .choice import default_metric, scores
from .decisions import decide
from .log_loss import LogLoss
from .mae import MAE
from .r2 import R2
from .rmse import RMSE

__all__ = [
    "AUC",
    "MAE",
    "R2",
    "RMSE",
    "Accuracy",
    "AveragePrecision",
    "Interval",
    "LogLoss",
    "Metric",
    "decide",
    "default_metric",
    "interval",
    "metric",
    "paired_difference",
    "percentiles",
    "resampled_scores",
    "scores",
]
