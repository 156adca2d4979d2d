"""Momentum: step along a running mean of gradients."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Number, TensorRule, optimizer

__all__ = ["Momentum"]


@optimizer("momentum")
@dataclass(frozen=True, kw_only=True)
class Momentum(TensorRule):
    """v ← β·v + (1 − β)·g, w ← w − lr·v (Polyak, USSR Comp. Math. 4, 1964, as a mean).

    ``torch.optim.SGD(momentum=β)`` with a step size of lr·(1 − β) takes the same steps.

    Args:
        lr: step size; ≥ 0.
        weight_decay: decoupled shrinkage, as a share of lr; ≥ 0.
        beta: β, memory of the mean; in [0, 1).
    """

    beta: float = 0.9
    memories = ("beta",)

    def start(self, w: Tensor) -> dict[str, Tensor]:
        return {"v": torch.zeros_like(w)}

    def move(self, w: Tensor, g: Tensor, state: dict[str, Tensor], lr: Number) -> None:
        w.sub_(state["v"].lerp_(g, 1 - self.beta) * lr)
