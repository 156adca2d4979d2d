"""Losses for numbers, in training units."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..errors import ConfigError
from .base import Loss, Share, loss, same_shape, times

__all__ = ["Huber", "MeanAbsoluteError", "MeanSquaredError", "Poisson", "Quantile"]


def over_outputs(each: Tensor) -> Tensor:
    """(…, B, T) → (…, B), the mean; of one number nothing is computed."""
    return each.squeeze(-1) if each.shape[-1] == 1 else each.mean(-1)


@loss("mse")
@dataclass(frozen=True, kw_only=True)
class MeanSquaredError(Loss):
    """Squared error; its best constant is the mean."""

    tasks = ("regression",)
    why = "aims at the mean, as the RMSE does"

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
    why = "aims at the median: a few far-off rows do not pull"

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
    why = "squares near, absolute far away: a few far-off rows pull little"
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


@loss("quantile")
@dataclass(frozen=True, kw_only=True)
class Quantile(Loss):
    """The pinball loss; its best constant is the q-quantile (Koenker and Bassett, 1978).

    Args:
        q: share of the rows that shall lie below; in (0, 1).
    """

    tasks = ("regression",)
    why = "aims at a quantile: over- and underestimates cost differently"
    q: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.q < 1:
            raise ConfigError(f"q must be in (0, 1), not {self.q}")

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, T) predictions and targets → (…, B), mean over T.

        Raises:
            ShapeError: the shapes differ.

        >>> import torch
        >>> Quantile(q=0.9)(torch.tensor([[0.0], [2.0]]), torch.ones(2, 1))
        tensor([0.9000, 0.1000])
        """
        same_shape(prediction, target)
        missing = target - prediction
        return over_outputs(torch.maximum(self.q * missing, (self.q - 1) * missing))

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        missing = target - prediction
        side = torch.where(missing > 0, -self.q, 1 - self.q).to(missing.dtype)
        return times(side.masked_fill_(missing == 0, 0.0), share / prediction.shape[-1])


@loss("poisson")
@dataclass(frozen=True, kw_only=True)
class Poisson(Loss):
    """exp(z) − y·z: the likelihood of counts whose logarithm of the rate is z."""

    tasks = ("regression",)
    link = "log"
    why = "the likelihood of counts: never predicts less than nothing"

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, T) logarithms of rates and targets ≥ 0 → (…, B), mean over T, up to a constant.

        Raises:
            ShapeError: the shapes differ.

        >>> import torch
        >>> Poisson()(torch.zeros(1, 1), torch.full((1, 1), 2.0))
        tensor([1.])
        """
        same_shape(prediction, target)
        return over_outputs(prediction.exp() - target * prediction)

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        return times(prediction.exp().sub_(target), share / prediction.shape[-1])
