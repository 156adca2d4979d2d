"""Nesterov's momentum: the gradient is taken where the momentum is about to lead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from .base import USUAL, Convention, Numbers, optimizer
from .descent import descend
from .rule import Group, State, TensorRule, step_along
from .spans import Span

__all__ = ["Nesterov"]


@optimizer("nesterov")
@dataclass(frozen=True, kw_only=True)
class Nesterov(TensorRule):
    """v ← β·v + (1 − β)·∇L(w − lr·β·v), w ← w − lr·v (Nesterov, Soviet Math. Dokl. 27, 1983).

    The parameters stand at the point looked ahead to, w − lr·β·v, where the next gradient is
    taken; ``eval()`` of the built optimizer puts w in place, ``train()`` goes back.

    Args:
        lr: step size; ≥ 0. None: 0.01.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; else
            weight_decay · w joins the gradient. None: coupled in torch's convention.
        beta: β, memory of the mean; in [0, 1). None: 0.9.
        lookahead: ``scaled`` by lr, as the step is; ``literal``: to w − β·v, which diverges for
            any lr where a curvature exceeds (1 + β) / (β(1 − β)), 21 at β = 0.9. Of the document's
            convention only.
        convention: ``document``: as above. ``torch``: v ← β·v + g, w ← w − lr·(g + β·v).
            ``keras``: v ← β·v − lr·g, w ← w + β·v − lr·g.
    """

    memories = ("beta",)
    gathers = False
    usual = {name: {"lr": 0.01, "beta": 0.9} for name in ("document", "torch", "keras")}  # noqa: RUF012

    beta: Numbers = USUAL
    lookahead: Literal["scaled", "literal"] = "scaled"
    convention: Convention = "document"

    def start(self, w: Tensor) -> State:
        if self.convention == "document":
            return {"v": torch.zeros_like(w), "ahead": torch.zeros_like(w)}
        return {"v": torch.zeros_like(w)}

    def move_all(self, spans: Sequence[Span], group: Group) -> bool:
        if self.convention != "torch":
            return False
        velocities = [span.state["v"] for span in spans]
        return descend(spans, group, velocities, shrinks=self.shrinks, nesterov=True)

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        v, beta, lr = state["v"], h["momentum"], h["lr"]
        if self.convention == "keras":
            step_along(v.mul_(beta), g, lr)
            w.add_(v * beta)
            step_along(w, g, lr)
        elif self.convention == "torch":
            v.mul_(beta).add_(g)
            step_along(w, g + v * beta, lr)
        else:
            ahead = state["ahead"]
            w.add_(ahead)  # back to where the weights are
            step_along(w, v.lerp_(g, 1 - beta), lr)
            torch.mul(v, beta if self.lookahead == "literal" else beta * lr, out=ahead)
            w.sub_(ahead)

    def judged(self, w: Tensor, state: State) -> Tensor | None:
        return w + state["ahead"] if "ahead" in state else None
