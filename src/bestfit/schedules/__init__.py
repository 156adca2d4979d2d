"""Schedules: the step size over time."""

from .base import Schedule, schedule
from .shapes import Constant, Cosine, FlatCosine, LinearDecay

__all__ = ["Constant", "Cosine", "FlatCosine", "LinearDecay", "Schedule", "schedule"]
