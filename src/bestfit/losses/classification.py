"""Cross-entropies, on logits."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..errors import ShapeError
from .base import Loss, Share, check_weights, loss, same_rows, share_of, times, weighted

__all__ = ["BinaryCrossEntropy", "CrossEntropy", "one_logit"]


def one_logit(prediction: Tensor, target: Tensor) -> Tensor:
    """Logits (…, B, 1) of class 1 as (…, B).

    Raises:
        ShapeError: there is not exactly one logit for each target.
    """
    same_rows(prediction, target)
    if prediction.shape[-1] != 1:
        raise ShapeError(f"two classes have one logit a row, not {prediction.shape[-1]}")
    return prediction.squeeze(-1)


@loss("binary_cross_entropy")
@dataclass(frozen=True, kw_only=True)
class BinaryCrossEntropy(Loss):
    """Cross-entropy of two classes from one logit; exact for logits of any size.

    Args:
        label_smoothing: share of the target's weight spread over both classes; in [0, 1).
        class_weight: factors on the losses of rows of class 0 and 1; > 0. None: 1 each.
    """

    tasks = ("binary",)
    why = "the likelihood of two classes: gives probabilities"
    label_smoothing: float = 0.0
    class_weight: tuple[float, ...] | None = None

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """The negative log-likelihood of a Bernoulli variable.

        Args:
            prediction: (…, B, 1) logits of class 1.
            target: (B,) or (…, B), 0 or 1, or the probability of 1.
        Returns:
            (…, B), in nats.
        Raises:
            ShapeError: there is not exactly one logit for each target.

        >>> BinaryCrossEntropy()(torch.tensor([[0.0], [1e4]]), torch.tensor([1, 0]))
        tensor([6.9315e-01, 1.0000e+04])
        """
        z = one_logit(prediction, target)
        check_weights(self.class_weight, 2)
        if target.is_floating_point() or self.label_smoothing:
            y = self._softened(target.to(z.dtype))
            each = -(y * functional.logsigmoid(z) + (1 - y) * functional.logsigmoid(-z))
        else:
            each = -functional.logsigmoid(z * (2 * target - 1))
        return weighted(each, self.class_weight, target)

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        y = self._softened(target).unsqueeze(-1)
        return times(prediction.sigmoid().sub_(y), share_of(self.class_weight, target, share))

    def _softened(self, target: Tensor) -> Tensor:
        if not self.label_smoothing:
            return target
        return target * (1 - self.label_smoothing) + self.label_smoothing / 2


@loss("cross_entropy")
@dataclass(frozen=True, kw_only=True)
class CrossEntropy(Loss):
    """Cross-entropy of C classes from C logits, with optional label smoothing.

    Args:
        label_smoothing: share of the target's weight spread over all classes; in [0, 1).
        class_weight: (C,) factors on the losses of rows of each class; > 0. None: 1 each.
    """

    tasks = ("multiclass",)
    why = "the likelihood of several classes: gives probabilities"
    label_smoothing: float = 0.0
    class_weight: tuple[float, ...] | None = None

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
        check_weights(self.class_weight, prediction.shape[-1])
        log_p = functional.log_softmax(prediction, dim=-1)
        each = -log_p.gather(-1, _index(prediction, target)).squeeze(-1)
        if self.label_smoothing:
            each = torch.lerp(each, -log_p.mean(-1), self.label_smoothing)
        return weighted(each, self.class_weight, target)

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        p = functional.softmax(prediction, dim=-1)
        if self.label_smoothing:
            p.sub_(self.label_smoothing / p.shape[-1])
        hit = p.new_full((1,), self.label_smoothing - 1).expand(*p.shape[:-1], 1)
        p.scatter_add_(-1, _index(prediction, target), hit)
        return times(p, share_of(self.class_weight, target, share))


def _index(prediction: Tensor, target: Tensor) -> Tensor:
    return target.unsqueeze(-1).expand(*prediction.shape[:-1], 1)
