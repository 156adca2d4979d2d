"""Losses: how wrong, row by row."""

from ..registry import open_room
from .base import Loss, loss, slope_by_autograd
from .classification import BinaryCrossEntropy, CrossEntropy
from .custom import Custom
from .margins import Focal, Hinge, Ordinal
from .regression import Huber, MeanAbsoluteError, MeanSquaredError, Poisson, Quantile

__all__ = [
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Custom",
    "Focal",
    "Hinge",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Ordinal",
    "Poisson",
    "Quantile",
    "loss",
    "slope_by_autograd",
]

open_room(__name__, loss)
