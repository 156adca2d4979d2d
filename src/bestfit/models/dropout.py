"""Dropout whose masks are drawn elsewhere, in bulk."""

import torch
from torch import Tensor, nn

__all__ = ["Dropout"]


class Dropout(nn.Module):
    """Dropout at a rate of its own for each member (Srivastava et al., JMLR 15, 2014).

    Args:
        rates: (k,) in [0, 1); resolved to 1/256.
        width: numbers of a row that are dropped or kept.
    """

    member_cut: Tensor
    member_scale: Tensor

    def __init__(self, rates: Tensor, width: int) -> None:
        super().__init__()
        cut = (rates.float() * 256).round().clamp(0, 255)
        self.width = width
        self.register_buffer("member_cut", cut.to(torch.uint8)[:, None], persistent=False)
        self.register_buffer("member_scale", (256 / (256 - cut))[:, None], persistent=False)

    @property
    def active(self) -> bool:
        """Whether any member drops anything."""
        return bool((self.member_cut > 0).any())

    def masks(self, noise: Tensor) -> Tensor:
        """Random bytes (k, n) as factors (k, n): 0, or what keeps the mean of what is kept.

        >>> Dropout(torch.tensor([0.5]), 2).masks(torch.tensor([[10, 128]], dtype=torch.uint8))
        tensor([[0., 2.]])
        """
        return (noise >= self.member_cut) * self.member_scale
