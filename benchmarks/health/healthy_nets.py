"""Networks of healthy jobs that look odd and are not; and a short way to write a job down."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from job import Data, Job
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

__all__ = [
    "CLASSES", "NUMBERS", "TWO", "Experts", "Frozen", "Gates", "Heads", "MaxOut", "OwnAttention",
    "Residual", "ResidualConv", "Shared", "Signal", "Sines", "Sparse", "TwoTowers", "healthy",
]  # fmt: skip

CLASSES: dict[str, Any] = {
    "loss": "cross_entropy", "optimizer": "adam", "lr": 3e-3, "batch_size": 32, "epochs": 12,
    "metric": "accuracy",
}  # fmt: skip
TWO = {**CLASSES, "loss": "binary_cross_entropy"}
NUMBERS = {**CLASSES, "loss": "mse", "metric": "r2"}


def healthy(
    name: str,
    make: Callable[..., nn.Module],
    data: Callable[[], Data],
    base: dict[str, Any],
    **options: Any,
) -> Job:
    """A healthy job; ``make`` takes the width as a factor, and 1 without."""
    return Job(name=f"healthy/{name}", make=make, data=data, options={**base, **options})


class Sparse(nn.Module):
    """Of a wide hidden layer a row keeps only its largest units; each unit is some row's."""

    def __init__(self, n_in: int, width: int, n_out: int, share: float = 0.1) -> None:
        super().__init__()
        self.into, self.out = nn.Linear(n_in, width), nn.Linear(width, n_out)
        self.k = max(1, int(width * share))

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.into(x))
        least = x.topk(self.k, dim=1).values[:, -1:]
        return self.out(x * (x >= least))


class MaxOut(nn.Module):
    """The larger of two linear maps."""

    def __init__(self, n_in: int, width: int, n_out: int) -> None:
        super().__init__()
        self.into, self.out = nn.Linear(n_in, 2 * width), nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.into(x).chunk(2, dim=1)
        return self.out(torch.maximum(a, b))


class Gates(nn.Module):
    """Gated linear units."""

    def __init__(self, n_in: int, width: int, n_out: int) -> None:
        super().__init__()
        self.into, self.mid = nn.Linear(n_in, 2 * width), nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(F.glu(self.mid(F.glu(self.into(x)))))


class Experts(nn.Module):
    """A softmax chooses among small networks."""

    def __init__(self, n_in: int, width: int, n_out: int, n: int = 3) -> None:
        super().__init__()
        self.gate = nn.Linear(n_in, n)
        self.into = nn.ModuleList(nn.Linear(n_in, width) for _ in range(n))
        self.out = nn.ModuleList(nn.Linear(width, n_out) for _ in range(n))

    def forward(self, x: Tensor) -> Tensor:
        share = F.softmax(self.gate(x), dim=1)
        each = [o(F.relu(i(x))) for i, o in zip(self.into, self.out, strict=True)]
        return (torch.stack(each, dim=2) * share[:, None]).sum(2)


class Frozen(nn.Module):
    """Random features that stay as they are, as of a network that was trained before."""

    def __init__(self, n_in: int, width: int, n_out: int) -> None:
        super().__init__()
        self.features = nn.Linear(n_in, width).requires_grad_(False)
        nn.init.normal_(self.features.weight, std=1 / n_in**0.5)
        self.mid, self.out = nn.Linear(width, width // 4), nn.Linear(width // 4, n_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(F.relu(self.mid(F.relu(self.features(x)))))


class Sines(nn.Module):
    """Sines as activations."""

    def __init__(self, n_in: int, width: int, n_out: int) -> None:
        super().__init__()
        self.into, self.mid = nn.Linear(n_in, width), nn.Linear(width, width)
        self.out = nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(torch.sin(self.mid(torch.sin(2 * self.into(x)))))


class Shared(nn.Module):
    """One layer, used three times."""

    def __init__(self, n_in: int, width: int, n_out: int) -> None:
        super().__init__()
        self.into, self.mid = nn.Linear(n_in, width), nn.Linear(width, width)
        self.out = nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.into(x))
        for _ in range(3):
            x = x + F.relu(self.mid(x)) / 3
        return self.out(x)


class TwoTowers(nn.Module):
    """The columns in two halves, each through a network of its own."""

    def __init__(self, n_in: int, width: int, n_out: int) -> None:
        super().__init__()
        self.cut = n_in // 2
        self.left, self.right = nn.Linear(self.cut, width), nn.Linear(n_in - self.cut, width)
        self.mid, self.out = nn.Linear(2 * width, width), nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        halves = torch.cat([self.left(x[:, : self.cut]), self.right(x[:, self.cut :])], 1)
        return self.out(F.relu(self.mid(F.relu(halves))))


class Heads(nn.Module):
    """A head for each of several numbers."""

    def __init__(self, n_in: int, width: int, n: int) -> None:
        super().__init__()
        self.into = nn.Linear(n_in, width)
        self.heads = nn.ModuleList(nn.Linear(width, 1) for _ in range(n))

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.into(x))
        return torch.cat([head(x) for head in self.heads], 1)


class Residual(nn.Module):
    """Many blocks that each begin as nothing: x + a · f(x) with a = 0."""

    def __init__(self, n_in: int, width: int, n_out: int, blocks: int = 12) -> None:
        super().__init__()
        self.into = nn.Linear(n_in, width)
        self.mids = nn.ModuleList(nn.Linear(width, width) for _ in range(blocks))
        self.share = nn.ParameterList(nn.Parameter(torch.zeros(1)) for _ in range(blocks))
        self.out = nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        x = self.into(x)
        for share, mid in zip(self.share, self.mids, strict=True):
            x = x + share * F.relu(mid(x))
        return self.out(F.relu(x))


class ResidualConv(nn.Module):
    """Convolutions with normalisation and a way past them; the mean over places."""

    def __init__(self, channels: int, n_out: int, blocks: int = 3) -> None:
        super().__init__()
        self.into = nn.Conv2d(1, channels, 3, padding=1)
        self.convs = nn.ModuleList(
            nn.Conv2d(channels, channels, 3, padding=1) for _ in range(blocks)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for _ in range(blocks))
        self.out = nn.Linear(channels * 16, n_out)

    def forward(self, x: Tensor) -> Tensor:
        x = self.into(x)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = x + F.relu(norm(conv(x)))
        return self.out(F.avg_pool2d(x, 2).flatten(1))


class Signal(nn.Module):
    """Convolutions along one axis, the largest over places."""

    def __init__(self, *channels: int, n_out: int, stride: int = 1) -> None:
        super().__init__()
        sizes = (1, *channels)
        self.convs = nn.ModuleList(
            nn.Conv1d(a, b, 5, padding=2, stride=stride) for a, b in pairwise(sizes)
        )
        self.out = nn.Linear(channels[-1], n_out)

    def forward(self, x: Tensor) -> Tensor:
        for conv in self.convs:
            x = F.relu(conv(x))
        return self.out(x.amax(2))


class OwnAttention(nn.Module):
    """Attention written out; its softmax is where it belongs."""

    def __init__(self, n_in: int, width: int, n_out: int) -> None:
        super().__init__()
        self.embed, self.keys = nn.Linear(n_in, width), nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, n_out)

    def forward(self, x: Tensor) -> Tensor:
        x = F.gelu(self.embed(x))
        q, k, v = self.keys(x).chunk(3, dim=2)
        share = torch.softmax(q @ k.transpose(1, 2) / q.shape[2] ** 0.5, dim=-1)
        return self.out((x + share @ v).mean(1))
