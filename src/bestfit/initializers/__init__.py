"""Initializers: weights before the first step."""

from ..registry import open_room
from .base import Initializer, affine_layers, gain_of, initializer
from .data import TINY, DataDependent, output_of
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
    "TINY",
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
    "affine_layers",
    "gain_of",
    "initializer",
    "output_of",
]

open_room(__name__, initializer)
