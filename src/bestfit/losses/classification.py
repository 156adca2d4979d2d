"""Losses for classes, on logits."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..errors import ShapeError
from .base import Loss, loss

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
            target: (B,) 0 or 1.
        Returns:
            (…, B), in nats.
        Raises:
            ShapeError: there is not exactly one logit for each target.

        >>> BinaryCrossEntropy()(torch.tensor([[0.0], [1e4]]), torch.tensor([1, 0]))
        tensor([6.9315e-01, 1.0000e+04])
        """
        if prediction.shape[-1] != 1 or prediction.shape[-2] != len(target):
            raise ShapeError(f"logits {tuple(prediction.shape)} do not fit {len(target)} targets")
        z = prediction.squeeze(-1)
        return functional.softplus(z) - z * target.to(z.dtype)


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
            target: (B,) class index.
        Returns:
            (…, B), in nats.
        Raises:
            ShapeError: there is not one row of logits for each target.

        >>> CrossEntropy()(torch.zeros(1, 4), torch.tensor([2]))
        tensor([1.3863])
        """
        if prediction.shape[-2] != len(target):
            raise ShapeError(f"logits {tuple(prediction.shape)} do not fit {len(target)} targets")
        log_p = functional.log_softmax(prediction, dim=-1)
        index = target.view(-1, 1).expand(*prediction.shape[:-1], 1)
        hit = -log_p.gather(-1, index).squeeze(-1)
        if not self.label_smoothing:
            return hit
        return torch.lerp(hit, -log_p.mean(-1), self.label_smoothing)
