"""Losses for classes that are no likelihoods: of margins, of hard rows, of an order."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ..errors import ShapeError
from .base import (
    Loss,
    Share,
    check_weights,
    loss,
    same_rows,
    slope_by_autograd,
    weighted,
)  # fmt: skip
from .classification import one_logit

__all__ = ["Focal", "Hinge", "Ordinal"]


@loss("focal")
@dataclass(frozen=True, kw_only=True)
class Focal(Loss):
    """Cross-entropy times (1 − p)^γ of the true class: rows that are learnt weigh less.

    Lin et al., ICCV 2017.

    Args:
        gamma: γ; ≥ 0. At 0 it is the cross-entropy.
        class_weight: factors on the losses of rows of each class; > 0. None: 1 each.
    """

    tasks = ("binary", "multiclass")
    why = "hard rows weigh more than those that are learnt: for rare classes"
    gamma: float = 2.0
    class_weight: tuple[float, ...] | None = None

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, 1) or (…, B, C) logits and class index (B,) → (…, B).

        Raises:
            ShapeError: there is not one row of logits for each target.

        >>> Focal(gamma=2.0)(torch.zeros(1, 1), torch.tensor([1]))
        tensor([0.1733])
        """
        same_rows(prediction, target)
        check_weights(self.class_weight, max(2, prediction.shape[-1]))
        if prediction.shape[-1] == 1:
            log_p = functional.logsigmoid(prediction.squeeze(-1) * (2 * target - 1))
        else:
            log_p = -functional.cross_entropy(
                *_flat(prediction, target), reduction="none"
            ).view(prediction.shape[:-1])  # fmt: skip
        missing = -torch.expm1(log_p)
        return weighted(-log_p * missing.clamp(min=0) ** self.gamma, self.class_weight, target)

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        return slope_by_autograd(self, prediction, target, share)


@loss("hinge")
@dataclass(frozen=True, kw_only=True)
class Hinge(Loss):
    """How far the true class is from a margin of 1 over the best other one.

    Cortes and Vapnik, Mach. Learn. 20, 1995; of several classes Crammer and Singer, JMLR 2, 2001.

    Args:
        squared: the square of it.
        class_weight: factors on the losses of rows of each class; > 0. None: 1 each.
    """

    tasks = ("binary", "multiclass")
    why = "asks for a margin, not for a probability: as support vector machines do"
    squared: bool = False
    class_weight: tuple[float, ...] | None = None

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, 1) or (…, B, C) outputs and class index (B,) → (…, B).

        Raises:
            ShapeError: there is not one row of outputs for each target.

        >>> Hinge()(torch.tensor([[0.25], [-3.0]]), torch.tensor([1, 0]))
        tensor([0.7500, 0.0000])
        """
        same_rows(prediction, target)
        check_weights(self.class_weight, max(2, prediction.shape[-1]))
        if prediction.shape[-1] == 1:
            margin = one_logit(prediction, target) * (2 * target - 1)
        else:
            index = target.unsqueeze(-1).expand(*prediction.shape[:-1], 1)
            own = prediction.gather(-1, index)
            others = prediction.scatter(-1, index, float("-inf"))
            margin = (own - others.amax(-1, keepdim=True)).squeeze(-1)
        each = (1 - margin).clamp(min=0)
        return weighted(each.square() if self.squared else each, self.class_weight, target)

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        return slope_by_autograd(self, prediction, target, share)


@loss("ordinal")
@dataclass(frozen=True, kw_only=True)
class Ordinal(Loss):
    """Log-loss of each question "is the class above c?", so that near misses cost less.

    A proper score: it is least at the true probabilities (Good's logarithmic score of the
    cumulative distribution). The classes count in the order of their index.
    """

    tasks = ("multiclass",)
    why = "a class that is one off is less wrong than one that is far off"

    def __call__(self, prediction: Tensor, target: Tensor) -> Tensor:
        """(…, B, C) logits and class index (B,) → (…, B), mean over the C − 1 questions.

        Raises:
            ShapeError: there is not one row of logits for each target, or only one class.

        >>> z = torch.tensor([[2.0, 0.0, -2.0]])
        >>> near, far = (Ordinal()(z, torch.tensor([c])).item() for c in (1, 2))
        >>> near < far
        True
        """
        same_rows(prediction, target)
        if prediction.shape[-1] < 2:
            raise ShapeError("an order needs at least two classes")
        up_to = prediction.logcumsumexp(-1)
        whole = up_to[..., -1:]
        above = prediction.flip(-1).logcumsumexp(-1).flip(-1)[..., 1:] - whole
        at_most = up_to[..., :-1] - whole
        c = torch.arange(prediction.shape[-1] - 1, device=prediction.device)
        is_above = target.unsqueeze(-1) > c
        return -torch.where(is_above, above, at_most).mean(-1)

    def slope(self, prediction: Tensor, target: Tensor, share: Share = 1.0) -> Tensor:
        return slope_by_autograd(self, prediction, target, share)


def _flat(prediction: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    rows = prediction.shape[:-1]
    return prediction.reshape(-1, prediction.shape[-1]), target.expand(rows).reshape(-1)
