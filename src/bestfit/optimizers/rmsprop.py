"""RMSProp: divide by a running root mean square of the gradient."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Number, TensorRule, optimizer

__all__ = ["RMSProp"]


@optimizer("rmsprop")
@dataclass(frozen=True, kw_only=True)
class RMSProp(TensorRule):
    """s ← ρ·s + (1 − ρ)·g², w ← w − lr·g / √(s + ε) (Hinton, Coursera lecture 6e, 2012).

    Args:
        lr: step size; ≥ 0.
        weight_decay: decoupled shrinkage, as a share of lr; ≥ 0.
        rho: ρ, memory of the mean; in [0, 1).
        eps: ε, under the root; > 0.
    """

    lr: float = 0.001
    rho: float = 0.9
    memories = ("rho",)
    eps: float = 1e-8

    def start(self, w: Tensor) -> dict[str, Tensor]:
        return {"s": torch.zeros_like(w)}

    def move(self, w: Tensor, g: Tensor, state: dict[str, Tensor], lr: Number) -> None:
        s = state["s"].lerp_(g.square(), 1 - self.rho)
        w.sub_(g * (s + self.eps).rsqrt() * lr)
