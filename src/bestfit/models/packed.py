"""Layers with a member axis."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from ..transforms import Layout

__all__ = ["Dropout", "InputEncoding", "PackedEmbedding", "PackedLinear"]


class PackedLinear(nn.Module):
    """k affine maps in one product.

    Args:
        members: k.
        n_in: inputs of each.
        n_out: outputs of each.
        generator: draws the weights, uniform in ±1/√n_in.
    """

    def __init__(self, members: int, n_in: int, n_out: int, generator: torch.Generator) -> None:
        super().__init__()
        bound = 1 / math.sqrt(max(1, n_in))
        draw = torch.empty(members, n_in, n_out).uniform_(-bound, bound, generator=generator)
        self.weight = nn.Parameter(draw)
        bias = torch.empty(members, 1, n_out).uniform_(-bound, bound, generator=generator)
        self.bias = nn.Parameter(bias)

    def forward(self, x: Tensor, own: Tensor | None = None) -> Tensor:
        """The map of x, or of x and ``own`` side by side.

        Args:
            x: (B, a) shared by the members, or (k, B, a).
            own: (k, B, b) of each member, with a + b = n_in; apart from x, so that nothing is
                copied and no gradient is computed for what is shared.
        Returns:
            (k, B, n_out).
        """
        if x.dim() == 2:
            x = x.expand(self.weight.shape[0], *x.shape)
        if own is None:
            return torch.baddbmm(self.bias, x, self.weight)
        shared, rest = torch.split(self.weight, [x.shape[2], own.shape[2]], dim=1)
        return torch.baddbmm(torch.baddbmm(self.bias, own, rest), x, shared)


class PackedEmbedding(nn.Module):
    """k tables of learned vectors for each code column.

    Args:
        members: k.
        levels: how many codes each column has.
        generator: draws the vectors, normal with standard deviation 1/√size.
    """

    starts: Tensor

    def __init__(self, members: int, levels: tuple[int, ...], generator: torch.Generator) -> None:
        super().__init__()
        self.sizes = [embedding_size(n) for n in levels]
        self.size = max(self.sizes, default=0)
        starts = torch.tensor([0, *levels]).cumsum(0)[:-1]
        self.register_buffer("starts", starts, persistent=False)
        table = torch.randn(members, sum(levels), self.size, generator=generator)
        self.weight = nn.Parameter(table / math.sqrt(self.size))

    @property
    def n_out(self) -> int:
        """Numbers a row is turned into."""
        return len(self.sizes) * self.size

    def forward(self, codes: Tensor) -> Tensor:
        """(B, C) → (k, B, C·size)."""
        places = (codes + self.starts).reshape(-1)
        found = self.weight.index_select(1, places)
        return found.view(self.weight.shape[0], len(codes), self.n_out)


def embedding_size(levels: int) -> int:
    """Length of a learned vector for a column of so many levels: 4 … 16, growing slowly.

    >>> embedding_size(20), embedding_size(5000)
    (4, 16)
    """
    return int(max(4, min(16, round(1.6 * float(levels) ** 0.3))))


class Dropout(nn.Module):
    """Dropout at a rate of its own for each member (Srivastava et al., JMLR 15, 2014).

    Args:
        rates: (k,) in [0, 1); resolved to 1/256.
    """

    member_cut: Tensor
    member_scale: Tensor

    def __init__(self, rates: Tensor) -> None:
        super().__init__()
        cut = (rates * 256).round().clamp(0, 255)
        self.register_buffer("member_cut", cut.to(torch.uint8)[:, None, None], persistent=False)
        self.register_buffer("member_scale", (256 / (256 - cut))[:, None, None], persistent=False)
        self.active = bool((cut > 0).any())

    def forward(self, x: Tensor, noise: Tensor | None) -> Tensor:
        """x: (k, B, H); noise: at least k·B·H random bytes, or None to leave x alone."""
        if noise is None or not self.active:
            return x
        kept = noise[: x.numel()].view(x.shape) >= self.member_cut
        return x * (kept * self.member_scale)


class InputEncoding(nn.Module):
    """Dense inputs as they are, and the piecewise-linear encoding of the continuous ones.

    Gorishniy et al., "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS
    2022: between edges e₀ < … < e_T the t-th of T outputs grows from 0 at e_{t−1} to 1 at e_t;
    the first goes on below e₀, the last above e_T.

    Args:
        layout: names and bin edges of the inputs.
    """

    place: Tensor
    start: Tensor
    per_width: Tensor
    below: Tensor
    above: Tensor

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        place, start, width, below, above = [], [], [], [], []
        for i, edges in enumerate(layout.edges):
            for t, (low, high) in enumerate(pairwise(edges)):
                place.append(i)
                start.append(low)
                width.append(high - low)
                below.append(-math.inf if t == 0 else 0.0)
                above.append(math.inf if t == len(edges) - 2 else 1.0)
        self.register_buffer("place", torch.tensor(place, dtype=torch.int64), persistent=False)
        for name, values in {"start": start, "below": below, "above": above}.items():
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32), persistent=False)
        inverse = 1 / torch.tensor(width, dtype=torch.float64)
        self.register_buffer("per_width", inverse.float(), persistent=False)
        self.n_out = len(layout.names) + len(place)

    def forward(self, dense: Tensor) -> Tensor:
        """(B, F) → (B, n_out)."""
        if self.n_out == dense.shape[1]:
            return dense
        inside = (dense[:, self.place] - self.start) * self.per_width
        encoded = torch.minimum(torch.maximum(inside, self.below), self.above)
        return torch.cat([dense, encoded], dim=1)
