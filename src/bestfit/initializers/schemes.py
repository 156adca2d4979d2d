"""Schemes that go by the shape of a layer."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .base import Initializer, fans, initializer

__all__ = [
    "HeNormal",
    "HeUniform",
    "LeCunNormal",
    "LeCunUniform",
    "Orthogonal",
    "TorchUniform",
    "XavierNormal",
    "XavierUniform",
    "ZeroLast",
]


def _normal(w: Tensor, random: torch.Generator, deviation: float) -> None:
    w.copy_(torch.randn(w.shape, generator=random) * deviation)


def _uniform(w: Tensor, random: torch.Generator, deviation: float) -> None:
    """Of the same standard deviation."""
    bound = math.sqrt(3) * deviation
    w.copy_(torch.rand(w.shape, generator=random) * (2 * bound) - bound)


@initializer("torch")
@dataclass(frozen=True)
class TorchUniform(Initializer):
    """Uniform in ±1/√in, as torch's own layers: smaller than He's by √6."""

    def draw(self, w: Tensor, random: torch.Generator, gain: float = 1.0) -> None:
        _uniform(w, random, 1 / math.sqrt(3 * fans(w)[0]))


@initializer("xavier_uniform")
@dataclass(frozen=True)
class XavierUniform(Initializer):
    """Variance gain²·2/(in + out), uniform (Glorot and Bengio, AISTATS 2010)."""

    def draw(self, w: Tensor, random: torch.Generator, gain: float = 1.0) -> None:
        _uniform(w, random, gain * math.sqrt(2 / sum(fans(w))))


@initializer("xavier_normal")
@dataclass(frozen=True)
class XavierNormal(Initializer):
    """Variance gain²·2/(in + out), normal (Glorot and Bengio, AISTATS 2010)."""

    def draw(self, w: Tensor, random: torch.Generator, gain: float = 1.0) -> None:
        _normal(w, random, gain * math.sqrt(2 / sum(fans(w))))


@initializer("he_uniform")
@dataclass(frozen=True)
class HeUniform(Initializer):
    """Variance gain²/in, uniform (He et al., ICCV 2015)."""

    def draw(self, w: Tensor, random: torch.Generator, gain: float = 1.0) -> None:
        _uniform(w, random, gain / math.sqrt(fans(w)[0]))


@initializer("he_normal")
@dataclass(frozen=True)
class HeNormal(Initializer):
    """Variance gain²/in, normal (He et al., ICCV 2015)."""

    def draw(self, w: Tensor, random: torch.Generator, gain: float = 1.0) -> None:
        _normal(w, random, gain / math.sqrt(fans(w)[0]))


@initializer("lecun_uniform")
@dataclass(frozen=True)
class LeCunUniform(Initializer):
    """Variance 1/in, uniform (LeCun et al., Efficient BackProp, 1998)."""

    def draw(self, w: Tensor, random: torch.Generator, gain: float = 1.0) -> None:
        _uniform(w, random, 1 / math.sqrt(fans(w)[0]))


@initializer("lecun_normal")
@dataclass(frozen=True)
class LeCunNormal(Initializer):
    """Variance 1/in, normal (LeCun et al., 1998); what SELU asks for."""

    def draw(self, w: Tensor, random: torch.Generator, gain: float = 1.0) -> None:
        _normal(w, random, 1 / math.sqrt(fans(w)[0]))


@initializer("orthogonal")
@dataclass(frozen=True)
class Orthogonal(Initializer):
    """Rows or columns at right angles, times the gain (Saxe et al., ICLR 2014)."""

    def draw(self, w: Tensor, random: torch.Generator, gain: float = 1.0) -> None:
        drawn = torch.randn(w.shape, generator=random)
        wide = w.shape[-2] < w.shape[-1]
        q, r = torch.linalg.qr(drawn.mT if wide else drawn)
        q = q * r.diagonal(dim1=-2, dim2=-1).sign().unsqueeze(-2)  # so that it is uniform
        w.copy_(gain * (q.mT if wide else q))


@initializer("zero_last")
@dataclass(frozen=True)
class ZeroLast(HeNormal):
    """He's normal weights, and an output layer of zeros: the first answer is the same for all."""

    last_zero = True
