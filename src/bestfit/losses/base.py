"""How wrong a prediction is, row by row; not reduced, so weights still apply."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from ..errors import ShapeError
from ..registry import Registry

__all__ = [
    "Loss",
    "Share",
    "check_weights",
    "loss",
    "same_rows",
    "same_shape",
    "share_of",
    "slope_by_autograd",
    "times",
    "weighted",
]

Share = float | Tensor


class Loss(ABC):
    """A loss; its fields are its hyper-parameters.

    ``tasks`` names what it can be trained on. A target stands for all members, or has a member
    axis as the predictions have: ``(B, …)`` or ``(k, B, …)``.
    """

    name: ClassVar[str]
    tasks: ClassVar[tuple[str, ...]]
    link: ClassVar[str] = "identity"  # "log": outputs are logarithms of the numbers predicted
    why: ClassVar[str] = ""  # what it is for, in a few words

    @abstractmethod
    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, T) predictions and their targets → (…, B), one loss a row."""

    @abstractmethod
    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        """The derivative of ``share`` times each row's loss by its own outputs.

        Args:
            prediction: (…, B, T).
            target: of the predictions.
            share: of a row in the loss of the step, one for all or (…, B).
        Returns:
            (…, B, T), fresh memory.
        """


loss: Registry[Loss] = Registry("loss")


def times(slope: Tensor, share: Share) -> Tensor:
    """A slope (…, B, T) times the share of each row, in place."""
    if isinstance(share, Tensor):
        return slope.mul_(share.unsqueeze(-1))
    return slope if share == 1.0 else slope.mul_(share)


def slope_by_autograd(
    chosen: Loss, prediction: Tensor, target: Tensor, share: Share = 1.0
) -> Tensor:
    """The slope of a loss that has no closed form."""
    with torch.inference_mode(False), torch.enable_grad():
        leaf = prediction.detach().clone().requires_grad_()
        (slope,) = torch.autograd.grad(chosen(leaf, target).sum(), leaf)
    return times(slope.clone(), share)


def weighted(each: Tensor, weights: tuple[float, ...] | None, target: Tensor) -> Tensor:
    """Row losses (…, B) times the weight of each row's class."""
    if weights is None:
        return each
    return each * each.new_tensor(weights)[target.long()]


def share_of(weights: tuple[float, ...] | None, target: Tensor, share: Share) -> Share:
    """The share of each row, (…, B), with its class's weight in it."""
    if weights is None:
        return share
    own = torch.tensor(weights, device=target.device)[target.long()]
    return own.float() * share


def check_weights(weights: tuple[float, ...] | None, classes: int) -> None:
    """Refuse class weights that are not one positive number for each class.

    Raises:
        ShapeError: there are more or fewer.
    """
    if weights is not None and len(weights) != classes:
        raise ShapeError(f"{len(weights)} class weights for {classes} classes")


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
