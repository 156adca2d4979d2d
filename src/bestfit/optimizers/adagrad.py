"""AdaGrad: a step size for each coordinate that shrinks with what it has seen."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Number, TensorRule, optimizer

__all__ = ["AdaGrad"]


@optimizer("adagrad")
@dataclass(frozen=True, kw_only=True)
class AdaGrad(TensorRule):
    """G ← G + g², w ← w − lr·g / √(G + ε) (Duchi, Hazan and Singer, JMLR 12, 2011).

    Args:
        lr: step size; ≥ 0.
        weight_decay: decoupled shrinkage, as a share of lr; ≥ 0.
        eps: ε, keeps the first steps finite; > 0.
    """

    eps: float = 1e-8

    def start(self, w: Tensor) -> dict[str, Tensor]:
        return {
            "G": torch.full_like(w, self.eps)
        }  # ε under the root, once: torch's own place for it

    def move(self, w: Tensor, g: Tensor, state: dict[str, Tensor], lr: Number) -> None:
        G = state["G"].addcmul_(g, g)
        w.sub_(g * G.rsqrt() * lr)
