"""Weights before the first step."""

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from ..registry import Registry

__all__ = ["Initializer", "affine_layers", "fans", "gain_of", "initializer"]

GAINS = {
    "linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75,
    "leaky_relu": math.sqrt(2 / (1 + 0.01**2)), "elu": math.sqrt(1.55), "gelu": math.sqrt(2),
    "silu": math.sqrt(2),
}  # fmt: skip


class Initializer(ABC):
    """A component that draws weights; its fields are its hyper-parameters.

    ``last_zero``: the output layer begins at zero. ``by_data``: what weights give is looked at.
    """

    name: ClassVar[str]
    last_zero: ClassVar[bool] = False
    by_data: ClassVar[bool] = False

    @abstractmethod
    def draw(self, w: Tensor, random: torch.Generator, gain: float = 1.0) -> None:
        """Fill a weight, in place.

        Args:
            w: (…, out, in) of an affine map, or of k at once.
            random: on the CPU; all that is drawn comes from it.
            gain: of the activation that follows, where the scheme asks for it.
        """

    @torch.no_grad()
    def apply(self, module: nn.Module, seed: int = 0, activation: str = "relu") -> nn.Module:
        """Fill the weights of a network's linear and convolutional layers, and zero their biases.

        Args:
            module: changed in place, and returned.
            seed: of the weights.
            activation: that follows the layers; the last one counts as linear.

        >>> from bestfit.initializers import HeNormal
        >>> layer = HeNormal().apply(nn.Sequential(nn.Linear(100, 50), nn.ReLU(), nn.Linear(50, 1)))
        >>> round(float(layer[0].weight.detach().std()), 2)
        0.14
        """
        random = torch.Generator().manual_seed(seed)
        layers = affine_layers(module)
        for layer in layers:
            last = layer is layers[-1]
            if last and self.last_zero:
                layer.weight.zero_()
            else:
                gain = gain_of("linear" if last else activation)
                self.draw(layer.weight.data.flatten(1), random, gain)
            if layer.bias is not None:
                layer.bias.zero_()
        return module


initializer: Registry[Initializer] = Registry("initializer")


def affine_layers(module: nn.Module) -> list[nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d]:
    """The linear and convolutional layers of a network, in the order in which it has them."""
    kinds = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d
    return [m for m in module.modules() if isinstance(m, kinds)]


def gain_of(activation: str) -> float:
    """By how much an activation's inputs must be larger than its outputs, to keep their size.

    Raises:
        ConfigError: the activation is unknown.
    """
    if activation not in GAINS:
        raise ConfigError(f"no gain is known for {activation!r}", hint=", ".join(GAINS))
    return GAINS[activation]


def fans(w: Tensor) -> tuple[int, int]:
    """Inputs and outputs of a weight (…, out, in)."""
    return max(1, w.shape[-1]), max(1, w.shape[-2])
