"""A member taken out of its population: plain modules of torch, nothing packed."""

import torch
from torch import Tensor, nn

from .encoding import InputEncoding
from .packed import PackedEmbedding, PackedLinear

__all__ = ["LiftedMLP", "lifted_embedding", "lifted_linear"]


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

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """(B, F) numbers and (B, C) codes → (B, T)."""
        x = self.encoding(dense)
        if self.embedding is not None:
            x = torch.cat([x, self.embedding(codes)], dim=1)
        for layer in self.hidden:
            x = self.dropout(self.scale * self.activation(layer(x)))
        output: Tensor = self.output(x)
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
