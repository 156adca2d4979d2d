"""What large weights cost, beside the loss."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from ..errors import ConfigError
from ..registry import Registry

__all__ = ["Penalty", "penalty", "soft"]


@dataclass(frozen=True, kw_only=True)
class Penalty(ABC):
    """A component that is added to the loss; its fields are its hyper-parameters.

    Args:
        strength: λ; ≥ 0.
        proximal: weights are shrunk after each step, by lr · λ, instead of through the gradient:
            then weights become exactly zero where the penalty is not smooth there.
    """

    name: ClassVar[str]

    strength: float = 1e-4
    proximal: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.strength < float("inf"):
            raise ConfigError(f"strength must be ≥ 0 and finite, not {self.strength}")

    @abstractmethod
    def __call__(self, w: Tensor) -> Tensor:
        """(k, …) weights of k members → (k,) what they cost."""

    @abstractmethod
    def slope(self, w: Tensor) -> Tensor:
        """The derivative by each weight, (k, …)."""

    @abstractmethod
    def shrink(self, w: Tensor, lr: Any) -> None:
        """The proximal step, in place: the weights nearest to w, plus lr times the penalty.

        Args:
            w: (k, …).
            lr: step size, one for all or a tensor that broadcasts against w.
        """

    def value(self, params: Iterable[Tensor]) -> Tensor:
        """What the weights of one network cost: a number to add to a loss.

        Args:
            params: usually the weights without the biases.

        >>> from bestfit.penalties import L2
        >>> L2(strength=0.5).value([torch.tensor([1.0, 2.0])])
        tensor(2.5000)
        """
        return torch.stack([self(p.unsqueeze(0)).sum() for p in params]).sum()


penalty: Registry[Penalty] = Registry("penalty")


def soft(w: Tensor, threshold: Any) -> Tensor:
    """Soft thresholding, in place: towards zero by a threshold, and not beyond."""
    return w.copy_(w.sign() * (w.abs() - threshold).clamp(min=0))


def total(each: Tensor) -> Tensor:
    """(k, …) → (k,)."""
    return each.reshape(len(each), -1).sum(dim=1)
