"""Mirror images."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Regularizer, chosen, pictures, regularizer

__all__ = ["Flip"]


@regularizer("flip")
@dataclass(frozen=True, kw_only=True)
class Flip(Regularizer):
    """Left and right change places, for classes that a mirror does not change.

    Args:
        share: of the pictures; in [0, 1].
    """

    pictures = True

    share: float = 0.5

    def apply(self, x: Tensor, random: torch.Generator) -> Tensor:
        """
        >>> Flip(share=1.0).apply(torch.tensor([[[[1, 2]]]]), torch.Generator())
        tensor([[[[2, 1]]]])
        """
        pictures(x, self.name)
        return torch.where(chosen(x, self.share, random)[:, None, None, None], x.flip(-1), x)
