"""Nadam: Adam that looks ahead."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Number, TensorRule, optimizer

__all__ = ["Nadam"]


@optimizer("nadam")
@dataclass(frozen=True, kw_only=True)
class Nadam(TensorRule):
    """Adam with Nesterov's look-ahead (Dozat, ICLR workshop 2016, with its momentum schedule).

    Args:
        lr: step size; ≥ 0.
        weight_decay: decoupled shrinkage, as a share of lr; ≥ 0.
        beta1: memory of the mean gradient; in [0, 1).
        beta2: memory of the mean square; in [0, 1).
        eps: ε, beside the root; > 0.
        momentum_decay: how fast the momentum grows to beta1; ≥ 0.
    """

    memories = ("beta1", "beta2")
    lr: float = 0.002
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    momentum_decay: float = 0.004

    def start(self, w: Tensor) -> dict[str, Tensor]:
        one = torch.ones((), dtype=torch.float64, device=w.device)
        return {"m": torch.zeros_like(w), "v": torch.zeros_like(w), "t": one - 1, "product": one}

    def move(self, w: Tensor, g: Tensor, state: dict[str, Tensor], lr: Number) -> None:
        t = state["t"].add_(1)
        mu = self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))
        mu_next = self.beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * self.momentum_decay))
        product = state["product"].mul_(mu)
        m = state["m"].lerp_(g, 1 - self.beta1)
        v = state["v"].lerp_(g.square(), 1 - self.beta2)
        root = (v / (1 - self.beta2**t).to(w.dtype)).sqrt_().add_(self.eps)
        ahead = (mu_next / (1 - product * mu_next)).to(w.dtype) * m
        ahead += ((1 - mu) / (1 - product)).to(w.dtype) * g
        w.sub_(ahead / root * lr)
