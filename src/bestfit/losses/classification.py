"""Losses for classes, on logits."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..errors import ShapeError
from .base import Loss, Share, loss, same_rows, times

__all__ = ["BinaryCrossEntropy", "CrossEntropy"]


@loss("binary_cross_entropy")
@dataclass(frozen=True, kw_only=True)
class BinaryCrossEntropy(Loss):
    """Cross-entropy of two classes from one logit; exact for logits of any size."""

    tasks = ("binary",)

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The negative log-likelihood of a Bernoulli variable.

        Args:
            prediction: (…, B, 1) logits of class 1.
            target: (B,) or (…, B), 0 or 1.
        Returns:
            (…, B), in nats.
        Raises:
            ShapeError: there is not exactly one logit for each target.

        >>> BinaryCrossEntropy()(torch.tensor([[0.0], [1e4]]), torch.tensor([1, 0]))
        tensor([6.9315e-01, 1.0000e+04])
        """
        same_rows(prediction, target)
        if prediction.shape[-1] != 1:
            raise ShapeError(f"two classes have one logit a row, not {prediction.shape[-1]}")
        z = prediction.squeeze(-1)
        return functional.softplus(z) - z * target

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        return times(prediction.sigmoid().sub_(target.unsqueeze(-1)), share)


@loss("cross_entropy")
@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Loss):
    """Cross-entropy of C classes from C logits, with optional label smoothing.

    Args:
        label_smoothing: share of the target's weight spread over all classes; in [0, 1).
    """

    tasks = ("multiclass",)
    label_smoothing: float = 0.0

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The negative log-likelihood of the class.

        Args:
            prediction: (…, B, C) logits.
            target: (B,) or (…, B) class index.
        Returns:
            (…, B), in nats.
        Raises:
            ShapeError: there is not one row of logits for each target.

        >>> CrossEntropy()(torch.zeros(1, 4), torch.tensor([2]))
        tensor([1.3863])
        """
        same_rows(prediction, target)
        log_p = functional.log_softmax(prediction, dim=-1)
        hit = -log_p.gather(-1, _index(prediction, target)).squeeze(-1)
        if not self.label_smoothing:
            return hit
        return torch.lerp(hit, -log_p.mean(-1), self.label_smoothing)

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        p = functional.softmax(prediction, dim=-1)
        if self.label_smoothing:
            p.sub_(self.label_smoothing / p.shape[-1])
        hit = p.new_full((1,), self.label_smoothing - 1).expand(*p.shape[:-1], 1)
        return times(p.scatter_add_(-1, _index(prediction, target), hit), share)


def _index(prediction: Tensor, target: Tensor) -> Tensor:
    return target.unsqueeze(-1).expand(*prediction.shape[:-1], 1)
