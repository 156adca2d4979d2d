"""FTRL-Proximal: exact zeros from a step size per coordinate.

McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013, Algorithm 1.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Number, TensorRule, optimizer

__all__ = ["FTRL"]


@optimizer("ftrl")
@dataclass(frozen=True, kw_only=True)
class FTRL(TensorRule):
    """Follow the regularised leader; suits wide, sparse inputs.

    Args:
        lr: α, step size at the first touch of a coordinate; > 0.
        weight_decay: decoupled shrinkage, as a share of lr; ≥ 0.
        beta: β, delays the decay of the step size; > 0.
        l1: λ₁, pull to exact zero; ≥ 0.
        l2: λ₂, pull towards zero; ≥ 0.
    """

    lr: float = 0.1
    beta: float = 1.0
    l1: float = 0.0
    l2: float = 0.0

    def start(self, w: Tensor) -> dict[str, Tensor]:
        # The paper derives w from z. Kept here is z without its part from the initial weights,
        # and those weights, so that the step size may change and untouched weights stay put.
        return {"z": torch.zeros_like(w), "n": torch.zeros_like(w), "w0": w.clone()}

    def move(self, w: Tensor, g: Tensor, state: dict[str, Tensor], lr: Number) -> None:
        z, n = state["z"], state["n"]
        grown = n + g.square()
        z += g - (grown.sqrt() - n.sqrt()) / lr * w
        n.copy_(grown)
        w0 = state["w0"]
        pulled = z - w0 * (self.beta / lr + self.l2) - self.l1 * w0.sign()
        shrunk = pulled.sign() * (pulled.abs() - self.l1).clamp(min=0)
        w.copy_(-shrunk / ((self.beta + n.sqrt()) / lr + self.l2))
