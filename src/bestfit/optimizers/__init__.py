"""Optimizers: how weights move."""

from ..registry import open_room
from .adadelta import Adadelta
from .adagrad import AdaGrad
from .adam import Adam, AdamW
from .base import Convention, Optimizer, by_member, optimizer
from .ftrl import FTRL
from .lbfgs import LBFGS, LBFGSOptimizer
from .lion import Lion
from .momentum import Momentum
from .muon import Muon
from .nadam import Nadam
from .nesterov import Nesterov
from .prodigy import Prodigy
from .rmsprop import RMSProp
from .rule import TensorRule
from .schedulefree_adamw import ScheduleFreeAdamW
from .sgd import SGD
from .soap import SOAP
from .spans import lay_out
from .stepping import RuleOptimizer, SpanOptimizer

__all__ = [
    "FTRL",
    "LBFGS",
    "SGD",
    "SOAP",
    "AdaGrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Convention",
    "LBFGSOptimizer",
    "Lion",
    "Momentum",
    "Muon",
    "Nadam",
    "Nesterov",
    "Optimizer",
    "Prodigy",
    "RMSProp",
    "RuleOptimizer",
    "ScheduleFreeAdamW",
    "SpanOptimizer",
    "TensorRule",
    "by_member",
    "lay_out",
    "optimizer",
]

open_room(__name__, optimizer)
