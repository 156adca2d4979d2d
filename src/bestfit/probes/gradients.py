"""Size of gradients."""

from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = ["gradient_norms", "member_norms"]


def member_norms(tensor: Tensor) -> Tensor:
    """(k, …) → (k,): the Euclidean norm of each member's part."""
    norms: Tensor = torch.linalg.vector_norm(tensor.reshape(len(tensor), -1), dim=1)
    return norms


def gradient_norms(gradients: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The norm of each layer's gradient (k, …), one for each member: name → (k,)."""
    return {name: member_norms(gradient) for name, gradient in gradients.items()}
