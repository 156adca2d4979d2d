"""Clippers: what bounds a gradient before it moves the weights."""

from ..registry import open_room
from .base import Clipper, Memory, clipper
from .norms import AGC, ClipNorm, ClipTensorNorm, ClipValue
from .running import ClipRunning

__all__ = [
    "AGC",
    "ClipNorm",
    "ClipRunning",
    "ClipTensorNorm",
    "ClipValue",
    "Clipper",
    "Memory",
    "clipper",
]

open_room(__name__, clipper)
