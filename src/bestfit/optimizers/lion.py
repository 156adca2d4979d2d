"""Lion: only the sign of a mean gradient moves the weights."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import USUAL, Numbers, optimizer
from .rule import Group, State, TensorRule, step_along

__all__ = ["Lion"]


@optimizer("lion")
@dataclass(frozen=True, kw_only=True)
class Lion(TensorRule):
    """w ← w − lr·sign(β₁m + (1 − β₁)g), m ← β₂m + (1 − β₂)g (Chen et al., NeurIPS 2023).

    Args:
        lr: size of every step of every weight; ≥ 0. None: 1e-4.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; None or true.
        beta1: memory of the mean whose sign is taken; in [0, 1). None: 0.9.
        beta2: memory of the mean that is kept; in [0, 1). None: 0.99.
    """

    memories = ("beta1", "beta2")
    usual = {"document": {"lr": 1e-4, "beta1": 0.9, "beta2": 0.99}}  # noqa: RUF012

    beta1: Numbers = USUAL
    beta2: Numbers = USUAL

    def start(self, w: Tensor) -> State:
        return {"m": torch.zeros_like(w)}

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        m, (beta1, beta2) = state["m"], h["betas"]
        step_along(w, m.lerp(g, 1 - beta1).sign_(), h["lr"])
        m.lerp_(g, 1 - beta2)
