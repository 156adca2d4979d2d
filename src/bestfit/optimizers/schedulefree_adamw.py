"""Schedule-free AdamW: an average of the weights takes the place of a falling step size."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import USUAL, Numbers, optimizer
from .rule import Group, State, TensorRule, counted, remember_square, step_along

__all__ = ["ScheduleFreeAdamW"]


@optimizer("schedulefree_adamw")
@dataclass(frozen=True, kw_only=True)
class ScheduleFreeAdamW(TensorRule):
    """Gradients at y = (1 − β₁)z + β₁x; z steps like AdamW, x is the mean of all z.

    Defazio et al., "The Road Less Scheduled", NeurIPS 2024, Algorithm 1. The parameters stand at
    y; ``eval()`` of the built optimizer puts x in place, ``train()`` goes back. Meant for the
    schedule ``constant``; statistics of batch normalisation belong to y.

    Args:
        lr: step size; ≥ 0. None: 0.0025.
        weight_decay: shrinkage of the weights, at y; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the means of the gradient; None
            or true.
        beta1: where between z and x gradients are taken; in (0, 1). None: 0.9.
        beta2: memory of the mean square; in [0, 1). None: 0.999.
        eps: ε, beside the root; > 0. None: 1e-8.
        warmup_steps: steps over which lr rises from lr / warmup_steps; ≥ 0.
        power: the weight of a step in the mean is t to this power …; ≥ 0.
        lr_power: … times the largest step size so far to this one; ≥ 0.
    """

    memories = ("beta1", "beta2")
    usual = {"document": {"lr": 0.0025, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}}  # noqa: RUF012

    beta1: Numbers = USUAL
    beta2: Numbers = USUAL
    eps: Numbers = USUAL
    warmup_steps: int = 0
    power: float = 0.0
    lr_power: float = 2.0

    by_itself = only_decoupled = True

    def start(self, w: Tensor) -> State:
        return {
            "z": w.clone(), "x": w.clone(), "v": torch.zeros_like(w),
            "step": torch.zeros((), dtype=torch.float32),
            "largest": torch.zeros((), dtype=torch.float64),
            "total": torch.zeros((), dtype=torch.float64),
        }  # fmt: skip

    def prepare(self, state: State, h: Group) -> Group:
        t, beta2 = counted(state), h["betas"][1]
        lr = h["lr"] * min(1.0, t / self.warmup_steps if self.warmup_steps else 1.0)
        # Members' step sizes are in constant proportion, which cancels in the weight of a step.
        one = float(lr.flatten()[0]) if isinstance(lr, Tensor) else lr
        largest = float(torch.clamp_(state["largest"], min=one))
        weight = t**self.power * largest**self.lr_power
        total = float(state["total"].add_(weight))
        return {
            **h, "lr": lr, "share": weight / total if total else 0.0, "c2": 1 - beta2**t
        }  # fmt: skip

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        z, x, v = state["z"], state["x"], state["v"]
        lr, decay, (beta1, beta2) = h["lr"], h["weight_decay"], h["betas"]
        remember_square(v, g, beta2)
        direction = g / (v / h["c2"]).sqrt_().add_(h["eps"])
        if isinstance(decay, Tensor) or decay:
            direction.add_(w * decay)
        step_along(z, direction, lr)
        x.lerp_(z, h["share"])
        w.copy_(z.lerp(x, beta1))

    def judged(self, w: Tensor, state: State) -> Tensor | None:
        return state["x"]
