"""Penalties: what large weights cost, beside the loss."""

from ..registry import open_room
from .base import Penalty, penalty
from .norms import L1, L2, Elastic, Group

__all__ = ["L1", "L2", "Elastic", "Group", "Penalty", "penalty"]

open_room(__name__, penalty)
