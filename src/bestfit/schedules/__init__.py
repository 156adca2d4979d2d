"""Schedules: the step size over time."""

from ..registry import open_room
from .base import Schedule, schedule
from .plateau import ReduceOnPlateau
from .shapes import (
    Constant,
    Cosine,
    CyclicCosine,
    Exponential,
    FlatCosine,
    LinearDecay,
    OneCycle,
    StepDecay,
    WarmupStableDecay,
)

__all__ = [
    "Constant",
    "Cosine",
    "CyclicCosine",
    "Exponential",
    "FlatCosine",
    "LinearDecay",
    "OneCycle",
    "ReduceOnPlateau",
    "Schedule",
    "StepDecay",
    "WarmupStableDecay",
    "schedule",
]

open_room(__name__, schedule)
