"""Moved pictures."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Regularizer, pictures, regularizer

__all__ = ["Shift"]


@regularizer("shift")
@dataclass(frozen=True, kw_only=True)
class Shift(Regularizer):
    """Each picture moves by up to some pixels; what was outside is a mirror image of the border.

    Args:
        pixels: at most, each way; ≥ 0. None: an eighth of the shorter side,
            at least 1.
    """

    pictures = True

    pixels: int | None = None

    def apply(self, x: Tensor, random: torch.Generator) -> Tensor:
        """
        >>> x = torch.arange(9).view(1, 1, 3, 3)
        >>> sorted({int(Shift(pixels=1).apply(x, torch.Generator().manual_seed(s))[0, 0, 1, 1])
        ...         for s in range(50)})
        [0, 1, 2, 3, 4, 5, 6, 7, 8]
        """
        height, width = pictures(x, self.name)
        most = max(1, min(height, width) // 8) if self.pixels is None else self.pixels
        moves = torch.randint(-most, most + 1, (2, len(x)), generator=random)
        down, right = moves.to(x.device)
        rows, columns = _mirrored(down, height), _mirrored(right, width)
        row = torch.arange(len(x), device=x.device)[:, None, None]
        # The channels come last where indices stand on both sides, and go back to their place.
        return x[row, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def _mirrored(moves: Tensor, size: int) -> Tensor:
    """(B, size) places to read from: beyond a border they go back inside."""
    places = torch.arange(size, device=moves.device) + moves[:, None]
    if size == 1:
        return torch.zeros_like(places)
    period = 2 * (size - 1)
    places = places.remainder(period)
    return torch.minimum(places, period - places)
