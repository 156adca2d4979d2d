"""Optimizers: how weights move."""

from ..registry import open_room
from .adadelta import Adadelta
from .adagrad import AdaGrad
from .adam import Adam, AdamW
from .base import Optimizer, SpanOptimizer, TensorRule, optimizer
from .ftrl import FTRL
from .momentum import Momentum
from .nadam import Nadam
from .rmsprop import RMSProp
from .sgd import SGD
from .spans import lay_out

__all__ = [
    "FTRL",
    "SGD",
    "AdaGrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Momentum",
    "Nadam",
    "Optimizer",
    "RMSProp",
    "SpanOptimizer",
    "TensorRule",
    "lay_out",
    "optimizer",
]

open_room(__name__, optimizer)
