"""Dense inputs, and the piecewise-linear encoding of the continuous ones."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from ..transforms import Layout

__all__ = ["InputEncoding"]


class InputEncoding(nn.Module):
    """Dense inputs as they are, and the piecewise-linear encoding of the continuous ones.

    Gorishniy et al., "On Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS
    2022: between edges e₀ < … < e_T the t-th of T outputs grows from 0 at e_{t−1} to 1 at e_t;
    the first goes on below e₀, the last above e_T.

    Pictures, if there are any, come after these, pixel by pixel.

    Args:
        layout: names and bin edges of the inputs.
    """

    mean: Tensor
    deviation: Tensor
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
        self.n_bins, grid = len(place), layout.grid
        self.n_out = len(layout.names) + len(place) + (grid.size if grid else 0)
        for name in ("mean", "deviation"):
            level = torch.tensor(getattr(grid, name, ()), dtype=torch.float32)[:, None, None]
            self.register_buffer(name, level, persistent=False)

    def forward(self, dense: Tensor, pixels: Tensor | None = None) -> Tensor:
        """(…, F), and pictures (…, C, H, W) uint8 → (…, n_out)."""
        parts = [dense]
        if self.n_bins:
            parts.append(self._bins(dense))
        if pixels is not None:
            bright: Tensor = (pixels.to(dense.dtype) - self.mean) / self.deviation
            parts.append(bright.flatten(-3))
        return torch.cat(parts, dim=-1) if len(parts) > 1 else dense

    def _bins(self, dense: Tensor) -> Tensor:
        inside = (dense[..., self.place] - self.start) * self.per_width
        return torch.minimum(torch.maximum(inside, self.below), self.above)
