"""Clipping by what a gradient is now."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .base import TINY, Clipper, Memory, clipper, norms_of, times

__all__ = ["AGC", "ClipNorm", "ClipTensorNorm", "ClipValue"]


@clipper("norm")
@dataclass(frozen=True, kw_only=True)
class ClipNorm(Clipper):
    """The whole gradient is at most so long; its direction stays (Pascanu et al., ICML 2013).

    Args:
        limit: largest norm; > 0.
    """

    limit: float = 1.0

    def clip(self, weights: Sequence[Tensor], gradients: Sequence[Tensor], memory: Memory) -> None:
        times(gradients, (self.limit / norms_of(gradients).clamp(min=TINY)).clamp(max=1))


@clipper("tensor_norm")
@dataclass(frozen=True, kw_only=True)
class ClipTensorNorm(Clipper):
    """The gradient of each tensor is at most so long.

    Args:
        limit: largest norm; > 0.
    """

    limit: float = 1.0

    def clip(self, weights: Sequence[Tensor], gradients: Sequence[Tensor], memory: Memory) -> None:
        for g in gradients:
            times([g], (self.limit / norms_of([g]).clamp(min=TINY)).clamp(max=1))


@clipper("value")
@dataclass(frozen=True, kw_only=True)
class ClipValue(Clipper):
    """Each number of the gradient lies within ± limit, which may turn its direction.

    Args:
        limit: largest size of a number; > 0.
    """

    limit: float = 1.0

    def clip(self, weights: Sequence[Tensor], gradients: Sequence[Tensor], memory: Memory) -> None:
        for g in gradients:
            g.clamp_(-self.limit, self.limit)


@clipper("agc")
@dataclass(frozen=True, kw_only=True)
class AGC(Clipper):
    """The gradient of each unit is at most a share of the unit's weights (Brock et al., ICML 2021).

    A unit is a row of a matrix (out, in), a filter of a convolution, or a whole vector.

    Args:
        share: largest norm of a unit's gradient, as a share of that of its weights; > 0.
        least: smallest norm that weights count with; > 0.
    """

    share: float = 0.01
    least: float = 1e-3

    def clip(self, weights: Sequence[Tensor], gradients: Sequence[Tensor], memory: Memory) -> None:
        for w, g in zip(weights, gradients, strict=True):
            largest = self.share * _units(w).clamp(min=self.least)
            factor = (largest / _units(g).clamp(min=TINY)).clamp(max=1)
            g.mul_(factor.view(*factor.shape, *[1] * (g.dim() - factor.dim())))


def _units(t: Tensor) -> Tensor:
    """The norm of each unit: (k, out) of matrices and filters (k, out, …), (k,) of vectors."""
    flat = t.flatten(2) if t.dim() > 2 else t.reshape(len(t), -1)
    norms: Tensor = torch.linalg.vector_norm(flat, dim=-1)
    return norms
