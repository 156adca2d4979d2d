"""Layers with a member axis."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["PackedConv", "PackedEmbedding", "PackedLinear", "affine_maps"]

MOMENTUM, EPSILON = 0.1, 1e-5  # of batch normalisation, as usual


class PackedLinear(nn.Module):
    """k affine maps in one product.

    Args:
        members: k.
        n_in: inputs of each that may be shared.
        n_out: outputs of each.
        generator: draws the weights, uniform in ±1/√fan-in.
        n_own: inputs of each beside those, which are never shared: they have a weight of their
            own, so that nothing is copied and no gradient is computed for what is shared.
    """

    own_weight: nn.Parameter | None

    def __init__(
        self, members: int, n_in: int, n_out: int, generator: torch.Generator, n_own: int = 0
    ) -> None:
        super().__init__()
        bound = 1 / math.sqrt(max(1, n_in + n_own))

        def drawn(*shape: int) -> nn.Parameter:
            draw = torch.empty(members, *shape).uniform_(-bound, bound, generator=generator)
            return nn.Parameter(draw)

        self.weight = drawn(n_out, n_in)
        self.bias = drawn(1, n_out)
        self.own_weight = drawn(n_out, n_own) if n_own else None

    def forward(self, x: Tensor, own: Tensor | None = None) -> Tensor:
        """The map of x, or of x and ``own`` side by side.

        Args:
            x: (B, n_in) shared by the members, or (k, B, n_in).
            own: (k, B, n_own) of each member.
        Returns:
            (k, B, n_out).
        """
        if x.dim() == 2:
            x = x.expand(self.weight.shape[0], *x.shape)
        z = torch.baddbmm(self.bias, x, self.weight.mT)
        if own is None or self.own_weight is None:
            return z
        return torch.baddbmm(z, own, self.own_weight.mT)


class PackedEmbedding(nn.Module):
    """k tables of learned vectors for each code column.

    Args:
        members: k.
        levels: how many codes each column has.
        generator: draws the vectors, normal with standard deviation scale/√size.
        scale: (k,) of each member's first vectors.
    """

    starts: Tensor

    def __init__(
        self, members: int, levels: tuple[int, ...], generator: torch.Generator, scale: Tensor
    ) -> None:
        super().__init__()
        sizes = [embedding_size(n) for n in levels]
        self.size = max(sizes, default=0)
        self.n_out = len(sizes) * self.size
        starts = torch.tensor([0, *levels]).cumsum(0)[:-1]
        self.register_buffer("starts", starts, persistent=False)
        table = torch.randn(members, sum(levels), self.size, generator=generator)
        self.weight = nn.Parameter(table * (scale / math.sqrt(self.size))[:, None, None])

    def forward(self, codes: Tensor) -> Tensor:
        """(B, C), or (k, B, C) of each member → (k, B, C·size)."""
        k, _, size = self.weight.shape
        found = self.weight.view(-1, size).index_select(0, self.places(codes))
        return found.view(k, codes.shape[-2], self.n_out)

    def places(self, codes: Tensor) -> Tensor:
        """The codes → (k·B·C,) rows of all tables one after the other."""
        k, rows, _ = self.weight.shape
        tables = torch.arange(0, k * rows, rows, device=codes.device)
        return (codes + self.starts + tables[:, None, None]).reshape(-1)


class PackedConv(nn.Module):
    """k convolutions 3 × 3 without bias, each with its batch normalisation.

    Args:
        members: k.
        n_in: channels.
        n_out: channels.
        generator: draws the weights, uniform in ±1/√fan-in.
    """

    member_mean: Tensor
    member_variance: Tensor

    def __init__(self, members: int, n_in: int, n_out: int, generator: torch.Generator) -> None:
        super().__init__()
        bound = 1 / math.sqrt(9 * n_in)
        draw = torch.empty(members, n_out, n_in, 3, 3).uniform_(-bound, bound, generator=generator)
        self.weight = nn.Parameter(draw)
        self.gain = nn.Parameter(torch.ones(members, n_out))
        self.shift = nn.Parameter(torch.zeros(members, n_out))
        self.register_buffer("member_mean", torch.zeros(members, n_out))
        self.register_buffer("member_variance", torch.ones(members, n_out))

    def forward(self, x: Tensor, member: int) -> Tensor:
        """(B, n_in, H, W) float32 → (B, n_out, H, W) of one member; of the rows' own statistics
        in training, else of those that were kept."""
        # A view of what is kept, in single precision also where autocast computes in less.
        weight, gain, shift, mean, variance = (
            t[member].float()
            for t in (self.weight, self.gain, self.shift, self.member_mean, self.member_variance)
        )
        z = functional.conv2d(x, weight.contiguous(memory_format=torch.channels_last), padding=1)
        own = self.training and z.numel() > z.shape[1]
        return functional.batch_norm(z, mean, variance, gain, shift, own, MOMENTUM, EPSILON)


def affine_maps(networks: nn.Module) -> list[tuple[nn.Module, list[Tensor], list[Tensor]]]:
    """Each affine map or convolution from input to output, with the parts of its weight, (k, out,
    in) each, that stand side by side, and its biases."""
    found: list[tuple[nn.Module, list[Tensor], list[Tensor]]] = []
    for layer in networks.modules():
        if isinstance(layer, PackedLinear):
            parts = [layer.weight] if layer.own_weight is None else [layer.weight, layer.own_weight]
            found.append((layer, [p.data for p in parts], [layer.bias.data]))
        elif isinstance(layer, PackedConv):
            found.append((layer, [layer.weight.data.flatten(2)], [layer.shift.data]))
    return found


def embedding_size(levels: int) -> int:
    """Length of a learned vector for a column of so many levels: 4 … 16, growing slowly.

    >>> embedding_size(20), embedding_size(5000)
    (4, 16)
    """
    return int(max(4, min(16, round(1.6 * float(levels) ** 0.3))))
