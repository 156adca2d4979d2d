"""Schedules: the step size over time."""

from ..registry import open_room
from .base import Schedule, schedule
from .shapes import Constant, Cosine, FlatCosine, LinearDecay

__all__ = ["Constant", "Cosine", "FlatCosine", "LinearDecay", "Schedule", "schedule"]

open_room(__name__, schedule)
