"""Adadelta: step sizes in the units of the weights, from running means alone."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import USUAL, Convention, Numbers, optimizer
from .rule import Group, State, TensorRule, remember_square, step_along

__all__ = ["Adadelta"]


@optimizer("adadelta")
@dataclass(frozen=True, kw_only=True)
class Adadelta(TensorRule):
    """s ← ρs + (1−ρ)g², Δ = g·√(u+ε)/√(s+ε), u ← ρu + (1−ρ)Δ², w ← w − lr·Δ.

    Zeiler, arXiv 1212.5701, 2012, Algorithm 1 (with lr = 1).

    Args:
        lr: factor on the rule's own step; ≥ 0. None: 1, Keras' 0.001, at which it hardly moves.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; else
            weight_decay · w joins the gradient. None: coupled in torch's convention.
        rho: ρ, memory of both means; in [0, 1). None: 0.9, Keras' 0.95.
        eps: ε, under both roots; sets the size of the first steps; > 0. None: 1e-6, Keras' 1e-7.
        convention: whose defaults are taken; the rule is the same everywhere.
    """

    memories = ("rho",)
    usual = {  # noqa: RUF012
        "document": {"lr": 1.0, "rho": 0.9, "eps": 1e-6},
        "torch": {"lr": 1.0, "rho": 0.9, "eps": 1e-6},
        "keras": {"lr": 0.001, "rho": 0.95, "eps": 1e-7},
    }

    rho: Numbers = USUAL
    eps: Numbers = USUAL
    convention: Convention = "document"

    def start(self, w: Tensor) -> State:
        return {"s": torch.zeros_like(w), "u": torch.zeros_like(w)}

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        s, u, rho, eps = state["s"], state["u"], h["rho"], h["eps"]
        remember_square(s, g, rho)
        delta = (u + eps).div_(s + eps).sqrt_().mul_(g)
        remember_square(u, delta, rho)
        step_along(w, delta, h["lr"])
