"""Gradient descent: batch, stochastic or mini-batch by the rows of a step."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from .base import Convention, optimizer
from .descent import descend
from .rule import Group, State, TensorRule, step_along
from .spans import Span

__all__ = ["SGD"]


@optimizer("sgd")
@dataclass(frozen=True, kw_only=True)
class SGD(TensorRule):
    """w ← w − lr·g (Robbins and Monro, Ann. Math. Stat. 22, 1951); the same everywhere.

    Args:
        lr: step size; ≥ 0. None: 0.01.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient. None or true; else
            weight_decay · w joins the gradient, which is the same here.
        convention: of no effect: the rule is the same everywhere.

    >>> import torch
    >>> w = torch.nn.Parameter(torch.tensor([2.0]))
    >>> w.grad = torch.tensor([1.0])
    >>> SGD(lr=0.5).build([w]).step()
    >>> w.data
    tensor([1.5000])
    """

    usual = {name: {"lr": 0.01} for name in ("document", "torch", "keras")}  # noqa: RUF012
    rows_alone = True
    gathers = False

    convention: Convention = "document"

    def move_all(self, spans: Sequence[Span], group: Group) -> bool:
        return descend(spans, group, shrinks=self.shrinks)

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        step_along(w, g, h["lr"])
