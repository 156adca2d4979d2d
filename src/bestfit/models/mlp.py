"""Multilayer perceptrons, and the linear model as the one without a hidden layer."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..errors import ConfigError
from ..rng import seed_of
from ..transforms import Layout
from .activations import Activation, activation_named
from .base import Inputs, Model, Places, Population, model
from .dropout import Dropout
from .encoding import InputEncoding
from .lifted import LiftedMLP, lifted_embedding, lifted_linear
from .links import Activate, Affine, Embed, Link, Mask, Scale
from .packed import PackedEmbedding, PackedLinear

__all__ = ["MLP", "Layered", "Linear", "PackedMLP"]

MAX_WIDTH, MAX_BLOCKS = 65_536, 256

Numbers = float | tuple[float, ...]


class PackedMLP(Population):
    """k perceptrons: input encoding, hidden layers with dropout after each, one output layer.

    Args:
        layout: of the inputs.
        shape: what the networks look like.
        n_outputs: T.
        members: k.
        seed: of the run.
    """

    member_activation_scale: Tensor

    def __init__(
        self, layout: Layout, shape: "MLP", n_outputs: int, members: int, seed: int
    ) -> None:
        super().__init__()
        self.members = members
        generator = torch.Generator().manual_seed(seed_of(seed, "init"))
        self.encoding = InputEncoding(layout)
        self.embedding = None
        if layout.levels:
            scale = by_member(shape.embedding_scale, members)
            self.embedding = PackedEmbedding(members, layout.levels, generator, scale)
        n_own = self.embedding.n_out if self.embedding else 0
        widths = [self.encoding.n_out, *[shape.width] * shape.blocks, n_outputs]
        layers = [
            PackedLinear(members, n_in, n_out, generator, n_own if i == 0 else 0)
            for i, (n_in, n_out) in enumerate(pairwise(widths))
        ]
        self.blocks, self.output = nn.ModuleList(layers[:-1]), layers[-1]
        self.activation: Activation = activation_named(shape.activation)
        rates = by_member(shape.dropout, members)
        self.dropout_layers = nn.ModuleList(Dropout(rates, b.weight.shape[1]) for b in layers[:-1])
        scales = by_member(shape.activation_scale, members)[:, None, None]
        self.register_buffer("member_activation_scale", scales, persistent=False)
        self.scaled = bool((scales != 1).any())

    @property
    def dropouts(self) -> list[Dropout]:
        return [layer for layer in self.dropout_layers if layer.active]  # type: ignore[misc]  # Dropout all

    def encode(self, inputs: Inputs) -> Inputs:
        *pixels, dense, codes = inputs
        return self.encoding(dense, *pixels), codes

    def compute(self, encoded: Inputs, masks: Sequence[Tensor] | None) -> Tensor:
        x, codes = encoded
        own = None if self.embedding is None else self.embedding(codes)
        for i, block in enumerate(self.blocks):
            x, own = self.activation(block(x, own)), None
            if self.scaled:
                x = x * self.member_activation_scale
            if masks:
                x = x * masks[i]
        output: Tensor = self.output(x, own)
        return output

    @property
    def chainable(self) -> bool:
        return True

    def links(self, places: Places) -> list[Link]:
        def both(parameter: Tensor) -> tuple[Tensor, Tensor]:
            weight, grad = places(parameter)
            assert grad is not None  # all of ours are trained
            return (weight[0], grad[0]) if self.members == 1 else (weight, grad)

        embed, own = None, self.layer(0).own_weight
        if self.embedding is not None and own is not None:
            embed = Embed(both(self.embedding.weight), both(own), self.embedding.starts)
        links: list[Link] = []
        for i in range(len(self.blocks) + 1):
            if links:
                links.append(Activate(self.activation))
                if self.scaled:
                    scale = self.member_activation_scale
                    links.append(Scale(scale[0] if self.members == 1 else scale))
                if self.dropouts:
                    links.append(Mask(in_place=self.scaled or self.activation.gate))
            layer, first = self.layer(i), not links
            weight, bias = both(layer.weight), both(layer.bias)
            links.append(Affine(weight, bias, first=first, embed=embed if first else None))
        return links

    def decays(self, parameter: str) -> bool:
        return parameter.endswith("weight")

    def layer(self, i: int) -> PackedLinear:
        """The i-th affine map; the last is the output."""
        return self.blocks[i] if i < len(self.blocks) else self.output  # type: ignore[return-value]  # packed all

    def lift(self, member: int) -> nn.Module:
        layers = [lifted_linear(self.layer(i), member) for i in range(len(self.blocks) + 1)]
        scale = float(self.member_activation_scale[member])
        rate = 0.0
        if self.dropout_layers:
            rate = 1 - 1 / float(self.dropout_layers[0].member_scale[member])  # type: ignore[index]  # a Dropout
        return LiftedMLP(
            encoding=self.encoding,
            embedding=None if self.embedding is None else lifted_embedding(self.embedding, member),
            hidden=layers[:-1],
            activation=self.activation.module(),
            scale=scale,
            dropout=rate,
            output=layers[-1],
        )


def by_member(number: Numbers, members: int) -> Tensor:
    """(k,) of one number for all members, or one each."""
    return torch.tensor(number, dtype=torch.float32).broadcast_to(members).clone()


@dataclass(frozen=True, kw_only=True)
class Layered(Model):
    """What networks with hidden layers have in common.

    Args:
        width: of the first hidden layer; ≥ 1.
        blocks: hidden layers; ≥ 1.
        activation: after each hidden layer.
        activation_scale: factor on each activation's result, one for all members or one each.
        embedding_scale: factor on the first embedding vectors, one for all or one each.
    """

    widest: ClassVar[int] = MAX_WIDTH
    deepest: ClassVar[int] = MAX_BLOCKS

    width: int
    blocks: int
    activation: str = "relu"
    activation_scale: Numbers = 1.0
    embedding_scale: Numbers = 1.0

    def __post_init__(self) -> None:
        activation_named(self.activation)
        if not (1 <= self.width <= self.widest and 0 <= self.blocks <= self.deepest):
            raise ConfigError(
                f"{self.blocks} blocks of width {self.width} cannot be built",
                hint=f"at most {self.deepest} blocks of width {self.widest}",
            )


@model("mlp")
@dataclass(frozen=True, kw_only=True)
class MLP(Layered):
    """Multilayer perceptrons with piecewise-linear input encoding and learned embeddings.

    Args:
        dropout: rate after each hidden layer, one for all members or one each; in [0, 1).
        width: units of each hidden layer; ≥ 1.
        blocks: hidden layers; ≥ 1.
        activation: after each hidden layer: relu, gelu, silu, tanh, selu, elu, sigmoid or
            leaky_relu.
        activation_scale: factor on each activation's result, one for all members or one each;
            > 0.
        embedding_scale: factor on the first embedding vectors, one for all or one each; > 0.
    """

    sizes = ((4, 64), (4, 128), (8, 128), (16, 128), (32, 128), (32, 256))
    usual = 3

    width: int = 128
    blocks: int = 2

    def products(self, layout: Layout) -> int:
        return layout.n_encoded * self.width + max(0, self.blocks - 1) * self.width**2

    def build(self, layout: Layout, n_outputs: int, members: int, seed: int) -> Population:
        return PackedMLP(layout, self, n_outputs, members, seed)


@model("linear")
@dataclass(frozen=True, kw_only=True)
class Linear(Model):
    """One affine map of the encoded inputs: linear or logistic regression by gradient descent.

    Args:
        dropout: of no effect, as there is no hidden layer.
    """

    hidden = False

    def products(self, layout: Layout) -> int:
        return 0

    def build(self, layout: Layout, n_outputs: int, members: int, seed: int) -> Population:
        return PackedMLP(layout, MLP(blocks=0), n_outputs, members, seed)
