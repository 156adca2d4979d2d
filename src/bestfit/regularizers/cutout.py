"""Pictures with a hole (DeVries and Taylor, arXiv 1708.04552, 2017)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Regularizer, chosen, pictures, regularizer

__all__ = ["Cutout"]


@regularizer("cutout")
@dataclass(frozen=True, kw_only=True)
class Cutout(Regularizer):
    """A square of each picture is zero; its centre lies anywhere in the picture.

    Args:
        side: of the square, as a share of the shorter side; in (0, 1].
        share: of the pictures; in [0, 1].
    """

    pictures = True

    side: float = 0.35
    share: float = 1.0

    def apply(self, x: Tensor, random: torch.Generator) -> Tensor:
        """
        >>> int(Cutout(side=0.5).apply(torch.ones(1, 1, 8, 8), torch.Generator()).sum()) < 64
        True
        """
        height, width = pictures(x, self.name)
        half = self.side * min(height, width) / 2
        hit = chosen(x, self.share, random)
        at = torch.rand(2, len(x), generator=random).to(x.device)
        rows = (torch.arange(height, device=x.device) + 0.5 - at[0][:, None] * height).abs() < half
        columns = (torch.arange(width, device=x.device) + 0.5 - at[1][:, None] * width).abs() < half
        hole = rows[:, :, None] & columns[:, None, :] & hit[:, None, None]
        return x.masked_fill(hole[:, None], 0)
