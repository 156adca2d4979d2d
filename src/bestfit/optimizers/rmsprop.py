"""RMSProp: divide by a running root mean square of the gradient."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import USUAL, Convention, Numbers, optimizer
from .rule import Group, State, TensorRule, remember_square, step_along, step_by_ratio

__all__ = ["RMSProp"]


@optimizer("rmsprop")
@dataclass(frozen=True, kw_only=True)
class RMSProp(TensorRule):
    """s ← ρ·s + (1 − ρ)·g², w ← w − lr·g / √(s + ε) (Hinton, Coursera lecture 6e, 2012).

    Args:
        lr: step size; ≥ 0. None: 0.001, torch's 0.01.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; else
            weight_decay · w joins the gradient. None: coupled in torch's convention.
        rho: ρ, memory of the mean; in [0, 1). None: 0.9, torch's 0.99.
        eps: ε; > 0. None: 1e-8, Keras' 1e-7.
        centered: divide by the standard deviation: s − m², with m the mean gradient, stands for s.
        beta: momentum of the steps; in [0, 1).
        convention: ``document`` and ``keras``: ε under the root. ``torch``: beside it. With beta,
            Keras keeps lr inside the momentum.
    """

    memories = ("rho", "beta")
    in_parts = False  # it makes too little on the way
    usual = {  # noqa: RUF012
        "document": {"lr": 0.001, "rho": 0.9, "eps": 1e-8},
        "torch": {"lr": 0.01, "rho": 0.99, "eps": 1e-8},
        "keras": {"lr": 0.001, "rho": 0.9, "eps": 1e-7},
    }

    rho: Numbers = USUAL
    eps: Numbers = USUAL
    centered: bool = False
    beta: float = 0.0
    convention: Convention = "document"

    def start(self, w: Tensor) -> State:
        names = ["s", *(["m"] if self.centered else []), *(["v"] if self.beta else [])]
        return {name: torch.zeros_like(w) for name in names}

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        rho, eps, lr = h["rho"], h["eps"], h["lr"]
        s = remember_square(state["s"], g, rho)
        if self.centered:
            m = state["m"].lerp_(g, 1 - rho)
            s = torch.addcmul(s, m, m, value=-1)
        root = s.sqrt().add_(eps) if self.convention == "torch" else (s + eps).sqrt_()
        if not self.beta:
            step_by_ratio(w, g, root, lr)
            return
        direction = g / root
        v = state["v"].mul_(h["momentum"])
        if self.convention == "keras":
            w.sub_(v.add_(direction * lr))
        else:
            step_along(w, v.add_(direction), lr)
