"""Initializers: weights before the first step."""

from ..registry import open_room
from .base import Initializer, gain_of, initializer
from .data import DataDependent
from .schemes import (
    HeNormal,
    HeUniform,
    LeCunNormal,
    LeCunUniform,
    Orthogonal,
    TorchUniform,
    XavierNormal,
    XavierUniform,
    ZeroLast,
)

__all__ = [
    "DataDependent",
    "HeNormal",
    "HeUniform",
    "Initializer",
    "LeCunNormal",
    "LeCunUniform",
    "Orthogonal",
    "TorchUniform",
    "XavierNormal",
    "XavierUniform",
    "ZeroLast",
    "gain_of",
    "initializer",
]

open_room(__name__, initializer)
