"""Muon: momentum whose matrices are made orthogonal."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from .adam import USUAL_ADAM, AdamRule
from .base import USUAL, Numbers, optimizer
from .matrices import MatrixOptimizer
from .rule import Group, State

__all__ = ["Muon"]

COEFFICIENTS = (3.4445, -4.775, 2.0315)  # of the quintic that Jordan tuned to be steep at zero


@optimizer("muon")
@dataclass(frozen=True, kw_only=True)
class Muon(AdamRule):
    """Matrices move along their orthogonalised momentum, the rest by AdamW (Jordan et al., 2024).

    A group with ``matrices=False`` is all AdamW's: usual for embeddings and the output layer.

    Args:
        lr: step size; ≥ 0. None: 0.001.
        weight_decay: shrinkage of the weights by lr · weight_decay; ≥ 0. None: 0.1.
        decoupled: as weight_decay says; None or true.
        beta1: AdamW's memory of the mean gradient; in [0, 1). None: 0.9.
        beta2: AdamW's memory of the mean square; in [0, 1). None: 0.999.
        eps: ε of AdamW; > 0. None: 1e-8.
        amsgrad: of AdamW.
        momentum: memory of the matrices' mean gradient; in [0, 1).
        iterations: of Newton and Schulz; ≥ 1.
        adjust: ``match_rms_adamw`` makes steps as large as AdamW's, whose lr and decay then fit
            (Liu et al., arXiv 2502.16982); ``original`` scales by √max(1, out/in).
        convention: AdamW's.
    """

    memories = ("beta1", "beta2", "momentum")
    only_decoupled = True
    usual = {"document": {**USUAL_ADAM, "weight_decay": 0.1}}  # noqa: RUF012

    weight_decay: Numbers = USUAL
    momentum: float = 0.95
    iterations: int = 5
    adjust: Literal["match_rms_adamw", "original"] = "match_rms_adamw"

    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        return MuonOptimizer(params, self)


class MuonOptimizer(MatrixOptimizer):
    """The torch optimizer of ``Muon``."""

    def start_matrix(self, w: Tensor) -> State:
        return {"m": torch.zeros_like(w)}

    def direction(self, g: Tensor, state: State, h: Group) -> Tensor:
        m = state["m"].lerp_(g, 1 - h["momentum"])
        made: Tensor = orthogonalised(g.lerp(m, h["momentum"]), int(h["iterations"]))
        out, n_in = g.shape[-2:]
        if self.rule.adjust == "original":
            return made * float(max(1.0, out / n_in) ** 0.5)
        return made * (0.2 * float(max(out, n_in) ** 0.5))


def orthogonalised(g: Tensor, iterations: int) -> Tensor:
    """A matrix (…, out, in) with about the same singular vectors, and singular values near 1.

    >>> values = torch.linalg.svdvals(orthogonalised(torch.diag(torch.tensor([4.0, 1.0])), 5))
    >>> bool((values > 0.6).all() and (values < 1.3).all())
    True
    """
    a, b, c = COEFFICIENTS
    x: Tensor
    tall = g.shape[-2] > g.shape[-1]
    x = g.mT if tall else g
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp(min=1e-7)
    for _ in range(iterations):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if tall else x
