"""Diagnoses: judge a training by numbers. A catalogue; none of them loads torch."""

from . import fit, pairing, rows, scales, steps, weights
from .base import STAGES, Diagnosis, Finding, confirmed, diagnosis, first_seen, suspects
from .case import Case, Course, Measures, Setting
from .steps import BOLD, SHY, rising, short

__all__ = [
    "BOLD", "SHY", "STAGES", "Case", "Course", "Diagnosis", "Finding", "Measures", "Setting",
    "confirmed", "diagnosis", "first_seen", "fit", "pairing", "rising", "rows", "scales", "short",
    "steps", "suspects", "weights",
]  # fmt: skip
