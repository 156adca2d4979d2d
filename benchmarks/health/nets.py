"""Small networks, plain and of the user's own, some with places for a fault."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

__all__ = ["Attention", "Conv", "Dense", "Recurrent", "dense", "started"]

Act = Callable[[Tensor], Tensor]


def dense(
    *sizes: int,
    act: Callable[[], nn.Module] | None = nn.ReLU,
    norm: Callable[[int], nn.Module] | None = None,
    drop: float = 0.0,
    end: tuple[nn.Module, ...] = (),
) -> nn.Sequential:
    """Linear maps with an activation between; ``end`` follows the last."""
    parts: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes[:-1]):
        parts.append(nn.Linear(n_in, n_out))
        if norm is not None:
            parts.append(norm(n_out))
        if act is not None:
            parts.append(act())
        if drop:
            parts.append(nn.Dropout(drop))
    return nn.Sequential(*parts, nn.Linear(*sizes[-2:]), *end)


class Dense(nn.Module):
    """The same with functions in ``forward``."""

    def __init__(self, *sizes: int, act: Act = F.relu, end: Act | None = None) -> None:
        super().__init__()
        self.layers = nn.ModuleList(map(nn.Linear, sizes[:-1], sizes[1:]))
        self.act, self.end = act, end

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = self.act(layer(x))
        x = self.layers[-1](x)
        return x if self.end is None else self.end(x)


class Conv(nn.Module):
    """Convolutions of pictures (B, 1, 8, 8), the mean or all of the last map, a linear map."""

    def __init__(
        self,
        *channels: int,
        n_out: int = 10,
        act: Act = F.relu,
        end: Act | None = None,
        norm: Callable[[int], nn.Module] | None = None,
        pool: int = 2,
    ) -> None:
        super().__init__()
        sizes = (1, *channels)
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in pairwise(sizes))
        self.norms = nn.ModuleList(nn.Identity() if norm is None else norm(c) for c in channels)
        self.head = nn.Linear(channels[-1] * (8 // pool) ** 2, n_out)
        self.act, self.end, self.pool = act, end, pool

    def forward(self, x: Tensor) -> Tensor:
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = self.act(norm(conv(x)))
        x = self.head(F.max_pool2d(x, self.pool).flatten(1))
        return x if self.end is None else self.end(x)


class Recurrent(nn.Module):
    """The last state of an RNN, LSTM or GRU over (B, T, D), and a linear map."""

    def __init__(
        self,
        kind: str,
        n_in: int,
        hidden: int,
        n_out: int,
        *,
        nonlinearity: str | None = None,
        end: Act | None = None,
        keep: float | None = None,
    ) -> None:
        super().__init__()
        more = {} if nonlinearity is None else {"nonlinearity": nonlinearity}
        cell = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind]
        self.cell = cell(n_in, hidden, batch_first=True, **more)
        self.head, self.end = nn.Linear(hidden, n_out), end
        if keep is not None:  # bias of the gate that keeps the state
            gate = slice(hidden, 2 * hidden)
            nn.init.constant_(self.cell.bias_ih_l0.data[gate], keep)

    def forward(self, x: Tensor) -> Tensor:
        x = self.head(self.cell(x)[0][:, -1])
        return x if self.end is None else self.end(x)


class Attention(nn.Module):
    """One block of self-attention over (B, T, D), the mean over time, a linear map."""

    def __init__(
        self, n_in: int, length: int, width: int, n_out: int, drop: float = 0.0,
        end: Act | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.embed = nn.Linear(n_in, width)
        self.place = nn.Parameter(torch.randn(length, width) * 0.1)
        self.attend = nn.MultiheadAttention(width, 2, batch_first=True)
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.wide, self.back = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.head, self.drop, self.end = nn.Linear(width, n_out), nn.Dropout(drop), end

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x) + self.place
        y = self.norms[0](x)
        x = x + self.drop(self.attend(y, y, y, need_weights=False)[0])
        x = x + self.drop(self.back(F.gelu(self.wide(self.norms[1](x)))))
        x = self.head(self.drop(x.mean(1)))
        return x if self.end is None else self.end(x)


def started(
    module: nn.Module,
    weights: Callable[[Tensor], object] | None = None,
    biases: Callable[[Tensor], object] | None = None,
    kinds: tuple[type[nn.Module], ...] = (nn.Linear, nn.Conv2d),
    last: bool = True,
) -> nn.Module:
    """Other first weights or biases; ``last`` also those of the last layer."""
    parts = [part for part in module.modules() if isinstance(part, kinds)]
    with torch.no_grad():
        for part in parts if last else parts[:-1]:
            for parameter in part.parameters():
                change = weights if parameter.dim() > 1 else biases
                if change is not None:
                    change(parameter)
    return module
