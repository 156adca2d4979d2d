"""Penalties on single weights, and on all weights of a unit."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import ConfigError
from .base import Penalty, penalty, soft, total

__all__ = ["L1", "L2", "Elastic", "Group"]

TINY = 1e-12


@penalty("l1")
@dataclass(frozen=True, kw_only=True)
class L1(Penalty):
    """λ Σ|w|: few weights are left (Tibshirani, 1996).

    Args:
        strength: λ; ≥ 0.
        proximal: soft thresholding after each step, which gives exact zeros.
    """

    def __call__(self, w: Tensor) -> Tensor:
        return self.strength * total(w.abs())

    def slope(self, w: Tensor) -> Tensor:
        return w.sign() * self.strength

    def shrink(self, w: Tensor, lr: Any) -> None:
        soft(w, lr * self.strength)


@penalty("l2")
@dataclass(frozen=True, kw_only=True)
class L2(Penalty):
    """λ Σw², whose derivative is 2λw (Hoerl and Kennard, 1970): small weights.

    For gradient descent ``weight_decay`` = 2λ is the same.

    Args:
        strength: λ; ≥ 0.
        proximal: weights are divided by 1 + 2 · lr · λ after each step.
    """

    def __call__(self, w: Tensor) -> Tensor:
        return self.strength * total(w.square())

    def slope(self, w: Tensor) -> Tensor:
        return w * (2 * self.strength)

    def shrink(self, w: Tensor, lr: Any) -> None:
        w.div_(1 + 2 * lr * self.strength)


@penalty("elastic")
@dataclass(frozen=True, kw_only=True)
class Elastic(Penalty):
    """λ (ρ Σ|w| + (1 − ρ) Σw²): both at once (Zou and Hastie, 2005).

    Args:
        strength: λ; ≥ 0.
        proximal: both proximal steps after each step.
        ratio: ρ, the share of Σ|w|; in [0, 1].
    """

    ratio: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.ratio <= 1:
            raise ConfigError(f"ratio must be in [0, 1], not {self.ratio}")

    def __call__(self, w: Tensor) -> Tensor:
        each = self.ratio * total(w.abs()) + (1 - self.ratio) * total(w.square())
        return self.strength * each

    def slope(self, w: Tensor) -> Tensor:
        return (w.sign() * self.ratio + w * (2 - 2 * self.ratio)) * self.strength

    def shrink(self, w: Tensor, lr: Any) -> None:
        soft(w, lr * self.strength * self.ratio)
        w.div_(1 + 2 * lr * self.strength * (1 - self.ratio))


@penalty("group")
@dataclass(frozen=True, kw_only=True)
class Group(Penalty):
    """λ Σ √n ‖w of an input‖: whole inputs go (Yuan and Lin, 2006).

    The group of an input is its column of a matrix (out, in), n numbers; of a vector each number
    is a group.

    Args:
        strength: λ; ≥ 0.
        proximal: whole groups become exactly zero.
    """

    def __call__(self, w: Tensor) -> Tensor:
        return self.strength * _root(w) * total(_lengths(w))

    def slope(self, w: Tensor) -> Tensor:
        return w / _lengths(w).clamp(min=TINY) * (self.strength * _root(w))

    def shrink(self, w: Tensor, lr: Any) -> None:
        threshold = lr * (self.strength * _root(w))
        w.mul_((1 - threshold / _lengths(w).clamp(min=TINY)).clamp(min=0))


def _lengths(w: Tensor) -> Tensor:
    """(k, 1, in, …) the norm of each input's weights; of vectors (k, n) the numbers' sizes."""
    return torch.linalg.vector_norm(w, dim=1, keepdim=True) if w.dim() > 2 else w.abs()


def _root(w: Tensor) -> float:
    return float(w.shape[1] ** 0.5) if w.dim() > 2 else 1.0
