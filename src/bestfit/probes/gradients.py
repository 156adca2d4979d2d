"""Size of gradients."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

__all__ = ["gradient_norms", "member_norms"]


def member_norms(tensor: Tensor) -> Tensor:
    """(k, …) → (k,): the Euclidean norm of each member's part."""
    norms: Tensor = torch.linalg.vector_norm(tensor.flatten(1), dim=1)
    return norms


def gradient_norms(layers: Mapping[str, nn.Parameter]) -> dict[str, Tensor]:
    """The norm of each layer's gradient, one for each member: name → (k,).

    A layer without a gradient is left out.
    """
    return {name: member_norms(w.grad) for name, w in layers.items() if w.grad is not None}
