"""What stands between two layers: a function, and its derivative from what is kept of it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..errors import ConfigError

__all__ = ["Activation", "activation_named", "activation_of"]

ops = torch.ops.aten
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


@dataclass(frozen=True)
class Activation(ABC):
    """A function of each number alone.

    ``in_place`` says that the derivative follows from the result, so that the input need not be
    kept; ``gate`` says that it is 0 or a constant wherever the result is 0 or not.
    """

    in_place = True
    gate = False

    @abstractmethod
    def __call__(self, z: Tensor) -> Tensor:
        """The function, for autograd."""

    @abstractmethod
    def forward(self, z: Tensor, out: Tensor) -> None:
        """The function of z into ``out``, which is z itself where ``in_place``."""

    @abstractmethod
    def pull_back(self, slope: Tensor, z: Tensor, h: Tensor) -> None:
        """Turn the derivative by the result h into that by z, in place."""

    @abstractmethod
    def module(self) -> nn.Module:
        """torch's own module of it."""


class ReLU(Activation):
    """max(z, 0)."""

    gate = True

    def __call__(self, z: Tensor) -> Tensor:
        return torch.relu(z)

    def forward(self, z: Tensor, out: Tensor) -> None:
        out.relu_()

    def pull_back(self, slope: Tensor, z: Tensor, h: Tensor) -> None:
        ops.threshold_backward.grad_input(slope, h, 0, grad_input=slope)

    def module(self) -> nn.Module:
        return nn.ReLU()


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """z, or ``negative_slope``·z below 0.

    Args:
        negative_slope: > 0.
    """

    negative_slope: float = 0.01

    def __call__(self, z: Tensor) -> Tensor:
        return functional.leaky_relu(z, self.negative_slope)

    def forward(self, z: Tensor, out: Tensor) -> None:
        functional.leaky_relu_(out, self.negative_slope)

    def pull_back(self, slope: Tensor, z: Tensor, h: Tensor) -> None:
        ops.leaky_relu_backward.grad_input(slope, h, self.negative_slope, True, grad_input=slope)

    def module(self) -> nn.Module:
        return nn.LeakyReLU(self.negative_slope)


class Tanh(Activation):
    """The hyperbolic tangent."""

    def __call__(self, z: Tensor) -> Tensor:
        return torch.tanh(z)

    def forward(self, z: Tensor, out: Tensor) -> None:
        out.tanh_()

    def pull_back(self, slope: Tensor, z: Tensor, h: Tensor) -> None:
        ops.tanh_backward.grad_input(slope, h, grad_input=slope)

    def module(self) -> nn.Module:
        return nn.Tanh()


class Sigmoid(Activation):
    """1 / (1 + e⁻ᶻ)."""

    def __call__(self, z: Tensor) -> Tensor:
        return torch.sigmoid(z)

    def forward(self, z: Tensor, out: Tensor) -> None:
        out.sigmoid_()

    def pull_back(self, slope: Tensor, z: Tensor, h: Tensor) -> None:
        ops.sigmoid_backward.grad_input(slope, h, grad_input=slope)

    def module(self) -> nn.Module:
        return nn.Sigmoid()


@dataclass(frozen=True)
class ELU(Activation):
    """z, or ``scale``·α·(eᶻ − 1) below 0; scaled above too.

    Args:
        alpha: α, > 0.
        scale: 1, or that of SELU (Klambauer et al., NeurIPS 2017).
    """

    alpha: float = 1.0
    scale: float = 1.0

    def __call__(self, z: Tensor) -> Tensor:
        return functional.elu(z, self.alpha) * self.scale

    def forward(self, z: Tensor, out: Tensor) -> None:
        ops.elu_(out, self.alpha, self.scale)

    def pull_back(self, slope: Tensor, z: Tensor, h: Tensor) -> None:
        ops.elu_backward.grad_input(
            slope, self.alpha, self.scale, 1.0, True, h, grad_input=slope
        )  # fmt: skip

    def module(self) -> nn.Module:
        return nn.ELU(self.alpha) if self.scale == 1.0 else nn.SELU()


@dataclass(frozen=True)
class GELU(Activation):
    """z·Φ(z) (Hendrycks and Gimpel, 2016).

    Args:
        approximate: ``none``, or ``tanh`` for the usual approximation.
    """

    approximate: str = "none"
    in_place = False

    def __call__(self, z: Tensor) -> Tensor:
        return functional.gelu(z, approximate=self.approximate)

    def forward(self, z: Tensor, out: Tensor) -> None:
        ops.gelu.out(z, approximate=self.approximate, out=out)

    def pull_back(self, slope: Tensor, z: Tensor, h: Tensor) -> None:
        ops.gelu_backward.grad_input(slope, z, approximate=self.approximate, grad_input=slope)

    def module(self) -> nn.Module:
        return nn.GELU(self.approximate)


class SiLU(Activation):
    """z·sigmoid(z), also called swish."""

    in_place = False

    def __call__(self, z: Tensor) -> Tensor:
        return functional.silu(z)

    def forward(self, z: Tensor, out: Tensor) -> None:
        ops.silu.out(z, out=out)

    def pull_back(self, slope: Tensor, z: Tensor, h: Tensor) -> None:
        ops.silu_backward.grad_input(slope, z, grad_input=slope)

    def module(self) -> nn.Module:
        return nn.SiLU()


BY_NAME: dict[str, Activation] = {
    "relu": ReLU(),
    "gelu": GELU(),
    "silu": SiLU(),
    "tanh": Tanh(),
    "selu": ELU(SELU_ALPHA, SELU_SCALE),
    "elu": ELU(),
    "sigmoid": Sigmoid(),
    "leaky_relu": LeakyReLU(),
}


def activation_named(name: str) -> Activation:
    """The activation of a config.

    Raises:
        ConfigError: there is none of this name.
    """
    if name not in BY_NAME:
        raise ConfigError(f"no activation is called {name!r}", hint=", ".join(BY_NAME))
    return BY_NAME[name]


def activation_of(module: nn.Module) -> Activation | None:
    """The activation that a module of torch computes; None where it is another kind of module."""
    plain: dict[type[nn.Module], Activation] = {
        nn.ReLU: BY_NAME["relu"],
        nn.Tanh: BY_NAME["tanh"],
        nn.Sigmoid: BY_NAME["sigmoid"],
        nn.SELU: BY_NAME["selu"],
        nn.SiLU: BY_NAME["silu"],
    }
    if type(module) in plain:
        return plain[type(module)]
    if type(module) is nn.ELU and module.alpha > 0:
        return ELU(module.alpha)
    if type(module) is nn.GELU:
        return GELU(module.approximate)
    if type(module) is nn.LeakyReLU and module.negative_slope > 0:
        return LeakyReLU(module.negative_slope)
    return None
