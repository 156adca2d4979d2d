"""Regularizers: fit traded for generality, by what is done to the rows of a step."""

from ..registry import open_room
from .base import Regularizer, regularizer
from .cutout import Cutout
from .flip import Flip
from .noise import Noise
from .shift import Shift

__all__ = ["Cutout", "Flip", "Noise", "Regularizer", "Shift", "regularizer"]

open_room(__name__, regularizer)
