"""What is done to the rows of a step before a network sees them; never at prediction."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from ..errors import ShapeError
from ..registry import Registry

__all__ = ["Regularizer", "chosen", "pictures", "regularizer"]


class Regularizer(ABC):
    """A component that changes inputs; its fields are its hyper-parameters."""

    name: ClassVar[str]
    pictures: ClassVar[bool] = False  # whether it is for pictures only

    @abstractmethod
    def apply(self, x: Tensor, random: torch.Generator) -> Tensor:
        """Inputs of one step, changed row by row but computed all at once.

        Args:
            x: (B, …), in whatever kind of number it is kept; never written.
            random: on the CPU; all that is drawn comes from it.
        Returns:
            the same shape and kind.
        """


regularizer: Registry[Regularizer] = Registry("regularizer")


def chosen(x: Tensor, share: float, random: torch.Generator) -> Tensor:
    """(B,) bool on the device of x: each row with this probability."""
    return (torch.rand(len(x), generator=random) < share).to(x.device)


def pictures(x: Tensor, name: str) -> tuple[int, int]:
    """Height and width of pictures (B, C, H, W).

    Raises:
        ShapeError: x holds something else.
    """
    if x.dim() != 4:
        raise ShapeError(f"{name} is for pictures (B, C, H, W), not for {tuple(x.shape)}")
    return x.shape[2], x.shape[3]
