"""How wrong a prediction is, row by row; not reduced, so weights still apply."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from ..errors import ShapeError
from ..registry import Registry

__all__ = ["Loss", "loss", "same_rows", "same_shape", "slope_by_autograd"]


class Loss(ABC):
    """A loss; its fields are its hyper-parameters.

    ``tasks`` names what it can be trained on. A target stands for all members, or has a member
    axis as the predictions have: ``(B, …)`` or ``(k, B, …)``.
    """

    name: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]

    @abstractmethod
    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, T) predictions and their targets → (…, B), one loss a row."""

    @abstractmethod
    def slope(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The derivative of each row's loss by its own outputs: (…, B, T), as the predictions."""


loss: Registry[Loss] = Registry("loss")


def slope_by_autograd(chosen: Loss, prediction: Tensor, target: Tensor) -> Tensor:
    """The slope of a loss that has no closed form."""
    with torch.enable_grad():
        leaf = prediction.detach().requires_grad_()
        (slope,) = torch.autograd.grad(chosen(leaf, target).sum(), leaf)
    return slope


def same_shape(prediction: Tensor, target: Tensor) -> None:
    """Refuse a prediction (…, B, T) whose target is neither (B, T) nor of its very shape.

    Raises:
        ShapeError: nothing is broadcast in silence.
    """
    if target.shape not in (prediction.shape[-2:], prediction.shape):
        raise ShapeError(
            f"predictions {tuple(prediction.shape)} do not fit targets {tuple(target.shape)}",
            hint="predictions (..., B, T) and targets (B, T)",
        )


def same_rows(logits: Tensor, target: Tensor) -> None:
    """Refuse logits (…, B, C) whose classes are neither (B,) nor (…, B).

    Raises:
        ShapeError: there is not one row of logits for each target.
    """
    if target.shape not in (logits.shape[-2:-1], logits.shape[:-1]):
        raise ShapeError(
            f"logits {tuple(logits.shape)} do not fit targets {tuple(target.shape)}",
            hint="logits (..., B, C) and class numbers (B,)",
        )
