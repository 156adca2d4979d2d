"""Losses for numbers, in training units."""

from dataclasses import dataclass

from torch import Tensor

from .base import Loss, Share, loss, same_shape, times

__all__ = ["Huber", "MeanAbsoluteError", "MeanSquaredError"]


def over_outputs(each: Tensor) -> Tensor:
    """(…, B, T) → (…, B), the mean; of one number nothing is computed."""
    return each.squeeze(-1) if each.shape[-1] == 1 else each.mean(-1)


@loss("mse")
@dataclass(frozen=True, kw_only=True)
class MeanSquaredError(Loss):
    """Squared error; its best constant is the mean."""

    tasks = ("regression",)

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, T) predictions and targets → (…, B), mean over T.

        Raises:
            ShapeError: the shapes differ.

        >>> import torch
        >>> MeanSquaredError()(torch.tensor([[3.0]]), torch.tensor([[1.0]]))
        tensor([4.])
        """
        same_shape(prediction, target)
        return over_outputs((prediction - target).square())

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        return times(prediction - target, share * (2 / prediction.shape[-1]))


@loss("mae")
@dataclass(frozen=True, kw_only=True)
class MeanAbsoluteError(Loss):
    """Absolute error; its best constant is the median."""

    tasks = ("regression",)

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, T) predictions and targets → (…, B), mean over T.

        Raises:
            ShapeError: the shapes differ.
        """
        same_shape(prediction, target)
        return over_outputs((prediction - target).abs())

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        return times((prediction - target).sign_(), share / prediction.shape[-1])


@loss("huber")
@dataclass(frozen=True, kw_only=True)
class Huber(Loss):
    """Squared error near zero, absolute error far away (Huber, Ann. Math. Stat. 35, 1964).

    Args:
        delta: where the square ends, in training units (standard deviations); > 0.
    """

    tasks = ("regression",)
    delta: float = 1.0

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, T) predictions and targets → (…, B), mean over T.

        Raises:
            ShapeError: the shapes differ.

        >>> import torch
        >>> Huber(delta=1.0)(torch.tensor([[0.0], [3.0]]), torch.zeros(2, 1))
        tensor([0.0000, 2.5000])
        """
        same_shape(prediction, target)
        size = (prediction - target).abs()
        near = size.clamp(max=self.delta)
        return over_outputs(near * (size - near / 2))

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        bounded = (prediction - target).clamp_(-self.delta, self.delta)
        return times(bounded, share / prediction.shape[-1])
