"""SOAP: Adam in the eigenbasis of Shampoo."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .adam import USUAL_ADAM, AdamRule
from .base import USUAL, Numbers, optimizer
from .matrices import MatrixOptimizer
from .rule import Group, State

__all__ = ["SOAP"]


@optimizer("soap")
@dataclass(frozen=True, kw_only=True)
class SOAP(AdamRule):
    """Matrices move by Adam along the axes of their gradients' covariance, the rest by AdamW.

    Vyas et al., ICLR 2025, Algorithm 3.

    Args:
        lr: step size; ≥ 0. None: 0.003.
        weight_decay: shrinkage of the weights by lr · weight_decay; ≥ 0. None: 0.01.
        decoupled: as weight_decay says; None or true.
        beta1: memory of the mean gradient; in [0, 1). None: 0.95.
        beta2: memory of the mean square; in [0, 1). None: 0.95.
        eps: ε, beside the root; > 0. None: 1e-8.
        amsgrad: of AdamW.
        shampoo_beta: memory of the covariances; in [0, 1).
        frequency: steps between two looks for the axes; ≥ 1.
        max_side: a longer side of a matrix keeps its own axes; ≥ 1.
        convention: AdamW's.
    """

    memories = ("beta1", "beta2", "shampoo_beta")
    only_decoupled = True
    usual = {  # noqa: RUF012
        "document": {
            **USUAL_ADAM, "lr": 0.003, "weight_decay": 0.01, "beta1": 0.95, "beta2": 0.95
        }
    }  # fmt: skip

    weight_decay: Numbers = USUAL
    shampoo_beta: float = 0.95
    frequency: int = 10
    max_side: int = 1024

    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        return SOAPOptimizer(params, self)


class SOAPOptimizer(MatrixOptimizer):
    """The torch optimizer of ``SOAP``."""

    def start_matrix(self, w: Tensor) -> State:
        state = {"m": torch.zeros_like(w), "v": torch.zeros_like(w)}
        for side, n in (("left", w.shape[-2]), ("right", w.shape[-1])):
            if n <= self.rule.max_side:
                eye = torch.eye(n, dtype=w.dtype, device=w.device).expand(*w.shape[:-2], n, n)
                state[side], state[f"{side}_axes"] = torch.zeros_like(eye), eye.clone()
        return {**state, "step": torch.zeros((), dtype=torch.float32)}

    def direction(self, g: Tensor, state: State, h: Group) -> Tensor:
        beta1, beta2 = h["betas"]
        t = float(state["step"].add_(1))
        if t == 1:
            self._look(g, state, h, first=True)
        m, v = state["m"].lerp_(g, 1 - beta1), state["v"]
        turned = _turn(g, state, back=False)
        v.mul_(beta2).addcmul_(turned, turned * (1 - beta2))
        root = (v / (1 - beta2**t)).sqrt_().add_(h["eps"])
        made: Tensor = _turn(_turn(m, state, back=False) / root, state, back=True) / (1 - beta1**t)
        if t > 1:
            self._look(g, state, h, first=False, turn=t % int(h["frequency"]) == 0)
        return made

    def _look(self, g: Tensor, state: State, h: Group, *, first: bool, turn: bool = True) -> None:
        """Add a gradient to the covariances, and turn the axes to theirs."""
        for side, x in (("left", g), ("right", g.mT)):
            if side not in state:
                continue
            covariance, axes = state[side], state[f"{side}_axes"]
            covariance.lerp_(x @ x.mT, 1.0 if first else 1 - h["shampoo_beta"])
            if first:
                axes.copy_(_axes(covariance))
            elif turn:  # one step of the power iteration
                axes.copy_(torch.linalg.qr(covariance @ axes).Q)


def _axes(covariance: Tensor) -> Tensor:
    """Eigenvectors (…, n, n), in double precision and of the unit's size, where they are found."""
    trace = covariance.diagonal(dim1=-2, dim2=-1).sum(-1)[..., None, None]
    unit = covariance.double() / trace.double().clamp(min=torch.finfo(torch.float64).tiny)
    try:
        axes: Tensor = torch.linalg.eigh(unit).eigenvectors
        return axes
    except RuntimeError:  # too many of one size, or not finite
        return torch.eye(covariance.shape[-1], device=covariance.device).expand_as(covariance)


def _turn(x: Tensor, state: State, *, back: bool) -> Tensor:
    """A matrix in the axes of its gradients, or back."""
    if "left" in state:
        axes = state["left_axes"]
        x = (axes if back else axes.mT) @ x
    if "right" in state:
        axes = state["right_axes"]
        x = x @ (axes.mT if back else axes)
    return x
