"""Inputs with noise (Bishop, "Training with Noise is Equivalent to Tikhonov …", 1995)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import ShapeError
from .base import Regularizer, regularizer

__all__ = ["Noise"]


@regularizer("noise")
@dataclass(frozen=True, kw_only=True)
class Noise(Regularizer):
    """Normal noise on every number, in the units of the inputs.

    Args:
        deviation: its standard deviation; ≥ 0.
    """

    deviation: float = 0.1

    def apply(self, x: Tensor, random: torch.Generator) -> Tensor:
        """
        >>> Noise(deviation=0.0).apply(torch.ones(2), torch.Generator())
        tensor([1., 1.])
        """
        if not x.is_floating_point():
            raise ShapeError(f"noise is for numbers with a point, not for {x.dtype}")
        drawn = torch.randn(x.shape, generator=random, dtype=x.dtype)
        return x + self.deviation * drawn.to(x.device)
