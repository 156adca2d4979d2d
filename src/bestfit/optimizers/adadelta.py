"""Adadelta: step sizes in the units of the weights, from running means alone."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Number, TensorRule, optimizer

__all__ = ["Adadelta"]


@optimizer("adadelta")
@dataclass(frozen=True, kw_only=True)
class Adadelta(TensorRule):
    """s ← ρs + (1−ρ)g², Δ = g·√(u+ε)/√(s+ε), u ← ρu + (1−ρ)Δ², w ← w − lr·Δ.

    Zeiler, arXiv 1212.5701, 2012, Algorithm 1 (with lr = 1).

    Args:
        lr: factor on the rule's own step; ≥ 0.
        weight_decay: decoupled shrinkage, as a share of lr; ≥ 0.
        rho: ρ, memory of both means; in [0, 1).
        eps: ε, under both roots; sets the size of the first steps; > 0.
    """

    lr: float = 1.0
    rho: float = 0.9
    memories = ("rho",)
    eps: float = 1e-6

    def start(self, w: Tensor) -> dict[str, Tensor]:
        return {"s": torch.zeros_like(w), "u": torch.zeros_like(w)}

    def move(self, w: Tensor, g: Tensor, state: dict[str, Tensor], lr: Number) -> None:
        s, u = state["s"], state["u"]
        s.lerp_(g.square(), 1 - self.rho)
        delta = (u + self.eps).sqrt_().mul_((s + self.eps).rsqrt_()).mul_(g)
        u.lerp_(delta.square(), 1 - self.rho)
        w.sub_(delta * lr)
