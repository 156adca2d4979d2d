"""Momentum: step along a running mean of gradients."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .base import USUAL, Convention, Numbers, optimizer
from .descent import descend
from .rule import Group, State, TensorRule, step_along
from .spans import Span

__all__ = ["Momentum"]


@optimizer("momentum")
@dataclass(frozen=True, kw_only=True)
class Momentum(TensorRule):
    """v ← β·v + (1 − β)·g, w ← w − lr·v (Polyak, USSR Comp. Math. 4, 1964, as a mean).

    Args:
        lr: step size; ≥ 0. None: 0.01.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; else
            weight_decay · w joins the gradient. None: coupled in torch's convention.
        beta: β, memory of the mean; in [0, 1). None: 0.9.
        convention: ``document``: as above. ``torch``: v ← β·v + g. ``keras``: v ← β·v − lr·g,
            w ← w + v, which differs from torch's where lr changes.
    """

    memories = ("beta",)
    gathers = False
    usual = {name: {"lr": 0.01, "beta": 0.9} for name in ("document", "torch", "keras")}  # noqa: RUF012

    beta: Numbers = USUAL
    convention: Convention = "document"

    def start(self, w: Tensor) -> State:
        return {"v": torch.zeros_like(w)}

    def move_all(self, spans: Sequence[Span], group: Group) -> bool:
        if self.convention == "keras":
            return False
        dampening = group["momentum"] if self.convention == "document" else 0.0
        velocities = [span.state["v"] for span in spans]
        return descend(spans, group, velocities, shrinks=self.shrinks, dampening=dampening)

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        v, beta, lr = state["v"], h["momentum"], h["lr"]
        if self.convention == "document":
            v.lerp_(g, 1 - beta)
        elif self.convention == "torch":
            v.mul_(beta).add_(g)
        else:
            step_along(v.mul_(beta), g, lr)
            w.add_(v)
            return
        step_along(w, v, lr)
