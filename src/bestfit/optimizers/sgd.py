"""Gradient descent: batch, stochastic or mini-batch by the rows of a step."""

from dataclasses import dataclass

from torch import Tensor

from .base import Number, TensorRule, optimizer

__all__ = ["SGD"]


@optimizer("sgd")
@dataclass(frozen=True, kw_only=True)
class SGD(TensorRule):
    """w ← w − lr·g (Robbins and Monro, Ann. Math. Stat. 22, 1951).

    Args:
        lr: step size; ≥ 0.
        weight_decay: decoupled shrinkage, as a share of lr; ≥ 0.
    """

    def start(self, w: Tensor) -> dict[str, Tensor]:
        return {}

    def move(self, w: Tensor, g: Tensor, state: dict[str, Tensor], lr: Number) -> None:
        if isinstance(lr, Tensor):
            w.addcmul_(g, lr, value=-1)
        else:
            w.add_(g, alpha=-lr)
