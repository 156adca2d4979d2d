"""Repairs: prescribe. A catalogue by the names of findings."""

from . import fit, labels, pairing, rows, scales, shift, steps, weights
from .base import Affine, Job, Repair, repair
from .labels import relabelled
from .shift import shuffled
from .steps import HARDLY_ANY

__all__ = [
    "HARDLY_ANY", "Affine", "Job", "Repair", "fit", "labels", "pairing", "relabelled", "repair",
    "rows", "scales", "shift", "shuffled", "steps", "weights",
]  # fmt: skip
