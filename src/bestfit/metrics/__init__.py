"""How good predictions are, for people: one metric per file, and how sure its value is."""

from ..registry import open_room
from .accuracy import Accuracy
from .auc import AUC
from .average_precision import AveragePrecision
from .balanced_accuracy import BalancedAccuracy
from .base import Metric, metric
from .bootstrap import (
    Interval,
    interval,
    intervals,
    paired_difference,
    percentiles,
    resampled_scores,
)
from .brier import Brier
from .choice import default_metric, scores
from .decisions import decide
from .f1 import F1
from .log_loss import LogLoss
from .mae import MAE
from .mape import MAPE
from .mcc import Matthews
from .median_absolute_error import MedianAbsoluteError
from .precision import Precision
from .r2 import R2
from .recall import Recall
from .rmse import RMSE
from .rmsle import RMSLE

__all__ = [
    "AUC",
    "F1",
    "MAE",
    "MAPE",
    "R2",
    "RMSE",
    "RMSLE",
    "Accuracy",
    "AveragePrecision",
    "BalancedAccuracy",
    "Brier",
    "Interval",
    "LogLoss",
    "Matthews",
    "MedianAbsoluteError",
    "Metric",
    "Precision",
    "Recall",
    "decide",
    "default_metric",
    "interval",
    "intervals",
    "metric",
    "paired_difference",
    "percentiles",
    "resampled_scores",
    "scores",
]

open_room(__name__, metric)
