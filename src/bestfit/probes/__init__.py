"""Probes: measure, and leave the numbers on the device."""

from .gradients import gradient_norms, member_norms
from .units import dead_units
from .updates import update_ratios, weight_norms

__all__ = ["dead_units", "gradient_norms", "member_norms", "update_ratios", "weight_norms"]
