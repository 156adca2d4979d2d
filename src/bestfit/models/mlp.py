"""Multilayer perceptrons, and the linear model as the one without a hidden layer."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from ..rng import seed_of
from ..transforms import Layout
from .base import Model, Population, model
from .packed import Dropout, InputEncoding, PackedEmbedding, PackedLinear

__all__ = ["MLP", "Linear", "PackedMLP"]

MAX_WIDTH, MAX_BLOCKS = 65_536, 256

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "gelu": nn.functional.gelu,
    "silu": nn.functional.silu,
    "tanh": torch.tanh,
    "selu": nn.functional.selu,
}


class PackedMLP(Population):
    """k perceptrons: input encoding, hidden layers with dropout after each, one output layer.

    Args:
        layout: of the inputs.
        hidden: units of each hidden layer.
        n_outputs: T.
        members: k.
        seed: of the run.
    """

    def __init__(
        self, layout: Layout, hidden: tuple[int, ...], n_outputs: int, members: int, seed: int
    ) -> None:
        super().__init__()
        self.members = members
        self.hidden_units = sum(hidden)
        generator = torch.Generator().manual_seed(seed_of(seed, "init"))
        self.encoding = InputEncoding(layout)
        self.embedding = (
            PackedEmbedding(members, layout.levels, generator) if layout.levels else None
        )
        n_in = self.encoding.n_out + (self.embedding.n_out if self.embedding else 0)
        widths = (n_in, *hidden)
        self.blocks = nn.ModuleList(
            PackedLinear(members, a, b, generator) for a, b in zip(widths, hidden, strict=False)
        )
        self.output = PackedLinear(members, widths[-1], n_outputs, generator)
        self.dropout: Dropout | None = None
        self.activation: Callable[[Tensor], Tensor] = torch.relu

    def noise_size(self, n_rows: int) -> int:
        active = self.dropout is not None and self.dropout.active
        return self.members * n_rows * self.hidden_units if active else 0

    def forward(self, dense: Tensor, codes: Tensor, noise: Tensor | None = None) -> Tensor:
        x: Tensor = self.encoding(dense)
        own = None if self.embedding is None else self.embedding(codes)
        used = 0
        for block in self.blocks:
            x, own = self.activation(block(x, own)), None
            if self.dropout is not None and noise is not None:
                x, used = self.dropout(x, noise[used:]), used + x.numel()
        output: Tensor = self.output(x, own)
        return output


@model("mlp")
@dataclass(frozen=True, kw_only=True)
class MLP(Model):
    """Multilayer perceptrons with piecewise-linear input encoding and learned embeddings.

    Args:
        dropout: rate after each hidden layer, one for all members or one each; in [0, 1).
        width: units of each hidden layer; ≥ 1.
        blocks: hidden layers; ≥ 1.
        activation: after each hidden layer: relu, gelu, silu, tanh or selu.
    """

    width: int = 128
    blocks: int = 2
    activation: str = "relu"

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise ConfigError(
                f"no activation is called {self.activation!r}", hint=", ".join(ACTIVATIONS)
            )
        if not (1 <= self.width <= MAX_WIDTH and 0 <= self.blocks <= MAX_BLOCKS):
            raise ConfigError(
                f"{self.blocks} blocks of width {self.width} cannot be built",
                hint=f"at most {MAX_BLOCKS} blocks of width {MAX_WIDTH}",
            )

    def build(self, layout: Layout, n_outputs: int, members: int, seed: int) -> Population:
        population = PackedMLP(layout, (self.width,) * self.blocks, n_outputs, members, seed)
        population.activation = ACTIVATIONS[self.activation]
        population.dropout = Dropout(torch.tensor(self.dropout).broadcast_to(members))
        return population


@model("linear")
@dataclass(frozen=True, kw_only=True)
class Linear(Model):
    """One affine map of the encoded inputs: linear or logistic regression by gradient descent.

    Args:
        dropout: of no effect, as there is no hidden layer.
    """

    hidden = False

    def build(self, layout: Layout, n_outputs: int, members: int, seed: int) -> Population:
        return PackedMLP(layout, (), n_outputs, members, seed)
