"""Convolutional networks for pictures, beside numbers and categories of the same row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..rng import seed_of
from ..transforms import Layout
from .activations import Activation, activation_named
from .base import Inputs, Places, Population, model
from .dropout import Dropout
from .encoding import InputEncoding
from .lifted import LiftedCNN, lifted_conv, lifted_embedding, lifted_linear
from .links import Link
from .mlp import Layered, by_member
from .packed import PackedConv, PackedEmbedding, PackedLinear

__all__ = ["CNN", "PackedCNN"]

MAX_CHANNELS, MAX_BLOCKS = 4_096, 12
WIDEST = 8  # times the channels of the first block
SMALLEST = 3  # pixels of a side that is still worth a block


class PackedCNN(Population):
    """k convolutional networks.

    Blocks of a convolution, batch normalisation, activation and pooling by two; then the largest
    response of each channel wherever it is, beside what else the row holds; then one affine map.

    The convolutions compute in single precision whatever the rest does.

    Args:
        layout: of the inputs.
        shape: what the networks look like.
        n_outputs: T.
        members: k.
        seed: of the run.
    """

    grid_mean: Tensor
    grid_deviation: Tensor
    member_activation_scale: Tensor
    draws = True  # statistics are kept, which a step that is tried again must not take twice

    def __init__(
        self, layout: Layout, shape: "CNN", n_outputs: int, members: int, seed: int
    ) -> None:
        super().__init__()
        assert layout.grid is not None  # a run takes this model for pictures only
        self.members = members
        generator = torch.Generator().manual_seed(seed_of(seed, "init"))
        self.encoding = InputEncoding(layout.without_grid())
        self.embedding = None
        if layout.levels:
            scale = by_member(shape.embedding_scale, members)
            self.embedding = PackedEmbedding(members, layout.levels, generator, scale)
        for name in ("mean", "deviation"):
            level = torch.tensor(getattr(layout.grid, name), dtype=torch.float32)[:, None, None]
            self.register_buffer(f"grid_{name}", level, persistent=False)
        widths = [layout.grid.channels, *shape.widths]
        self.blocks = nn.ModuleList(
            PackedConv(members, n_in, n_out, generator) for n_in, n_out in pairwise(widths)
        )
        n_shared = widths[-1] + self.encoding.n_out
        n_own = self.embedding.n_out if self.embedding else 0
        self.output = PackedLinear(members, n_shared, n_outputs, generator, n_own)
        self.activation: Activation = activation_named(shape.activation)
        self.dropout = Dropout(by_member(shape.dropout, members), widths[-1])
        scales = by_member(shape.activation_scale, members)
        self.register_buffer("member_activation_scale", scales, persistent=False)
        self.scaled = bool((scales != 1).any())

    @property
    def dropouts(self) -> list[Dropout]:
        return [self.dropout] if self.dropout.active else []

    def encode(self, inputs: Inputs) -> Inputs:
        pixels, dense, codes = inputs
        return pixels, self.encoding(dense), codes

    def compute(self, encoded: Inputs, masks: Sequence[Tensor] | None) -> Tensor:
        pixels, dense, codes = encoded
        x = torch.stack([self._seen(pixels, j) for j in range(self.members)])
        if masks:
            x = x * masks[0]
        x = x.to(self.output.weight.dtype)
        if dense.shape[-1]:
            dense = dense if dense.dim() == 3 else dense.expand(self.members, *dense.shape)
            x = torch.cat([x, dense.to(x.dtype)], dim=2)
        output: Tensor = self.output(x, None if self.embedding is None else self.embedding(codes))
        return output

    def _seen(self, pixels: Tensor, j: int) -> Tensor:
        """(B, H): the largest response of each channel of a member's last block."""
        x = pixels if pixels.dim() == 4 else pixels[j]
        alone = len(x) == 1 and not self.training
        if alone:  # a picture alone is computed as it is among others, to the last bit
            x = x.expand(2, *x.shape[1:])
        x = (x.float() - self.grid_mean.float()) / self.grid_deviation.float()
        x = x.contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = self.activation(block(x, j))
            if self.scaled:
                x = x * self.member_activation_scale[j].to(x.dtype)
            if min(x.shape[2:]) > 1:
                x = functional.max_pool2d(x, 2)
        largest = x.amax(dim=(2, 3))
        return largest[:1] if alone else largest

    @property
    def chainable(self) -> bool:
        return False

    def links(self, places: Places) -> list[Link]:
        raise NotImplementedError("convolutions go by autograd")

    def decays(self, parameter: str) -> bool:
        return parameter.endswith("weight")

    def lift(self, member: int) -> nn.Module:
        return LiftedCNN(
            encoding=self.encoding,
            level=(self.grid_mean, self.grid_deviation),
            embedding=None if self.embedding is None else lifted_embedding(self.embedding, member),
            blocks=[lifted_conv(block, member) for block in self.blocks],  # type: ignore[arg-type]  # convolutions all
            activation=self.activation.module(),
            scale=float(self.member_activation_scale[member]),
            dropout=1 - 1 / float(self.dropout.member_scale[member]),
            output=lifted_linear(self.output, member),
        )


@model("cnn")
@dataclass(frozen=True, kw_only=True)
class CNN(Layered):
    """Convolutional networks (LeCun et al., 1998; batch normalisation: Ioffe and Szegedy, 2015).

    Args:
        dropout: rate before the last layer, one for all members or one each; in [0, 1).
        width: channels of the first block; each further block has twice as many, up to 8 times.
        blocks: of a convolution 3 × 3 and pooling by two; ≥ 1.
        activation: as of ``mlp``.
        activation_scale: as of ``mlp``.
        embedding_scale: as of ``mlp``.
    """

    pictures = True
    sizes = ((1, 16), (2, 16), (2, 24), (2, 32), (4, 48))
    usual = 1
    widest, deepest = MAX_CHANNELS, MAX_BLOCKS
    few_epochs = 30.0
    patience = 40  # with large steps the statistics of batches change a lot; small ones settle it

    width: int = 16
    blocks: int = 3

    @property
    def widths(self) -> list[int]:
        """Channels of each block."""
        return [self.width * min(2**i, WIDEST) for i in range(self.blocks)]

    @classmethod
    def usual_blocks(cls, layout: Layout) -> int:
        if layout.grid is None:
            return 1
        side = min(layout.grid.height, layout.grid.width)
        return max(1, min(MAX_BLOCKS, int(math.log2(max(1, side / SMALLEST)))))

    def products(self, layout: Layout) -> int:
        grid = layout.grid
        if grid is None:
            return 0
        height, width, n_in, total = grid.height, grid.width, grid.channels, 0
        for n_out in self.widths:
            total += height * width * 9 * n_in * n_out
            height, width, n_in = max(1, height // 2), max(1, width // 2), n_out
        return total

    def build(self, layout: Layout, n_outputs: int, members: int, seed: int) -> Population:
        return PackedCNN(layout, self, n_outputs, members, seed)
