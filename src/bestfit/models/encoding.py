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
        """(…, F) → (…, n_out)."""
        if self.n_out == dense.shape[-1]:
            return dense
        inside = (dense[..., self.place] - self.start) * self.per_width
        encoded = torch.minimum(torch.maximum(inside, self.below), self.above)
        return torch.cat([dense, encoded], dim=-1)
