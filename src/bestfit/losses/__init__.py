"""Losses: how wrong, row by row."""

from ..registry import open_room
from .base import Loss, loss, slope_by_autograd
from .classification import BinaryCrossEntropy, CrossEntropy
from .custom import Custom
from .regression import Huber, MeanAbsoluteError, MeanSquaredError

__all__ = [
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Custom",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "loss",
    "slope_by_autograd",
]

open_room(__name__, loss)
