"""Size of weights, and of a step relative to them."""

from collections.abc import Mapping

import torch
from torch import Tensor

from .gradients import member_norms

__all__ = ["update_ratios", "weight_norms"]


def weight_norms(layers: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The norm of each layer's weights, one for each member: name → (k,)."""
    return {name: member_norms(w.detach()) for name, w in layers.items()}


def update_ratios(before: Mapping[str, Tensor], layers: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """‖w − w_before‖ / ‖w_before‖ of each layer, one for each member: name → (k,)."""
    with torch.no_grad():
        return {
            name: member_norms(w - before[name]) / member_norms(before[name]).clamp(min=1e-12)
            for name, w in layers.items()
        }
