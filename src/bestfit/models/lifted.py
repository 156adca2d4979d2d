"""A member taken out of its population: plain modules of torch, nothing packed."""

import torch
from torch import Tensor, nn

from .encoding import InputEncoding
from .packed import EPSILON, MOMENTUM, PackedConv, PackedEmbedding, PackedLinear

__all__ = ["LiftedCNN", "LiftedMLP", "lifted_conv", "lifted_embedding", "lifted_linear"]


class LiftedMLP(nn.Module):
    """One perceptron, as anybody would write it.

    Args:
        encoding: of the dense inputs.
        embedding: of the codes; None where there are none.
        hidden: the hidden layers.
        activation: after each of them.
        scale: factor on each activation's result.
        dropout: rate after each hidden layer.
        output: the last layer.
    """

    def __init__(
        self,
        *,
        encoding: InputEncoding,
        embedding: "LiftedEmbedding | None",
        hidden: list[nn.Linear],
        activation: nn.Module,
        scale: float,
        dropout: float,
        output: nn.Linear,
    ) -> None:
        super().__init__()
        self.encoding, self.embedding = encoding, embedding
        self.hidden = nn.ModuleList(hidden)
        self.activation, self.scale = activation, scale
        self.dropout = nn.Dropout(dropout)
        self.output = output

    def forward(self, *inputs: Tensor) -> Tensor:
        """(B, F) numbers and (B, C) codes, after pictures where there are any → (B, T)."""
        *pixels, dense, codes = inputs
        x = self.encoding(dense, *pixels)
        if self.embedding is not None:
            x = torch.cat([x, self.embedding(codes)], dim=1)
        for layer in self.hidden:
            x = self.dropout(self.scale * self.activation(layer(x)))
        output: Tensor = self.output(x)
        return output


class LiftedCNN(nn.Module):
    """One convolutional network, as anybody would write it.

    Args:
        encoding: of the dense inputs.
        level: (C, 1, 1) mean and deviation of the pixels.
        embedding: of the codes; None where there are none.
        blocks: convolutions with their normalisation.
        activation: after each of them.
        scale: factor on each activation's result.
        dropout: rate before the last layer.
        output: the last layer.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        *,
        encoding: InputEncoding,
        level: tuple[Tensor, Tensor],
        embedding: "LiftedEmbedding | None",
        blocks: list[nn.Sequential],
        activation: nn.Module,
        scale: float,
        dropout: float,
        output: nn.Linear,
    ) -> None:
        super().__init__()
        self.encoding, self.embedding = encoding, embedding
        self.blocks = nn.ModuleList(blocks)
        self.activation, self.scale = activation, scale
        self.dropout, self.output = nn.Dropout(dropout), output
        for name, value in zip(("mean", "deviation"), level, strict=True):
            self.register_buffer(name, value.clone())

    def forward(self, pixels: Tensor, dense: Tensor, codes: Tensor) -> Tensor:
        """(B, C, H, W) bytes, (B, F) numbers and (B, C) codes → (B, T)."""
        x = (pixels.to(self.mean.dtype) - self.mean) / self.deviation
        for block in self.blocks:
            x = self.scale * self.activation(block(x))
            if min(x.shape[2:]) > 1:
                x = nn.functional.max_pool2d(x, 2)
        parts = [self.dropout(x.amax(dim=(2, 3))), self.encoding(dense)]
        if self.embedding is not None:
            parts.append(self.embedding(codes))
        output: Tensor = self.output(torch.cat(parts, dim=1))
        return output


class LiftedEmbedding(nn.Module):
    """The learned vectors of all code columns in one table.

    Args:
        table: (rows, size).
        starts: (C,) first row of each column.
    """

    starts: Tensor

    def __init__(self, table: Tensor, starts: Tensor) -> None:
        super().__init__()
        self.table = nn.Embedding(len(table), table.shape[1], _weight=table)
        self.register_buffer("starts", starts)

    def forward(self, codes: Tensor) -> Tensor:
        """(B, C) → (B, C·size)."""
        found: Tensor = self.table(codes + self.starts)
        return found.flatten(1)


def lifted_embedding(packed: PackedEmbedding, member: int) -> LiftedEmbedding:
    """The table of one member."""
    return LiftedEmbedding(packed.weight[member].detach().clone(), packed.starts.clone())


def lifted_conv(packed: PackedConv, member: int) -> nn.Sequential:
    """The convolution of one member, and its normalisation."""
    weight = packed.weight[member].detach()
    n_out, n_in = weight.shape[:2]
    conv = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
    norm = nn.BatchNorm2d(n_out, EPSILON, MOMENTUM)
    with torch.no_grad():
        conv.weight.copy_(weight)
        norm.weight.copy_(packed.gain[member])
        norm.bias.copy_(packed.shift[member])
        norm.running_mean.copy_(packed.member_mean[member])  # type: ignore[union-attr]  # kept
        norm.running_var.copy_(packed.member_variance[member])  # type: ignore[union-attr]  # kept
    return nn.Sequential(conv, norm).to(weight.device, weight.dtype)


def lifted_linear(packed: PackedLinear, member: int) -> nn.Linear:
    """The affine map of one member; what is shared comes before what is its own."""
    parts = [packed.weight, packed.own_weight]
    weight = torch.cat([part[member].detach() for part in parts if part is not None], dim=1)
    n_out, n_in = weight.shape
    layer = nn.Linear(n_in, n_out, dtype=weight.dtype, device=weight.device)
    with torch.no_grad():
        layer.weight.copy_(weight)
        layer.bias.copy_(packed.bias[member, 0].detach())
    return layer
