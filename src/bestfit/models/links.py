"""The links of a chain: each maps its input into a buffer, and a slope back, without autograd.

A link is wired once for a number of rows: it makes its buffers, and prepares its calls of torch
with all their arguments. A step only makes the calls. A tensor is (B, H) where there is one
network, and (k, B, H) where there are k.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from .activations import Activation

__all__ = ["Activate", "Affine", "Calls", "Embed", "Link", "Mask", "Scale"]

Calls = list[Callable[[], object]]
WithGrad = tuple[Tensor, Tensor | None]


class Link(ABC):
    """One map of a chain."""

    @abstractmethod
    def wire(self, x: Tensor) -> tuple[Tensor, Calls]:
        """The buffer of the output for an input in x, and the calls that fill it."""

    @abstractmethod
    def wire_back(self, slope: Tensor, *, add: bool) -> tuple[Tensor, Calls]:
        """The buffer of the slope by the input, from that by the output, which may be overwritten.

        Args:
            slope: like the output.
            add: the gradients of weights to what is there.
        """


class Affine(Link):
    """z = x·Wᵀ + b.

    Args:
        weight: (n_out, n_in) or (k, n_out, n_in), and where its gradient goes.
        bias: (1, n_out) or (k, 1, n_out), and where its gradient goes; None is zero.
        first: whether x is the input of the chain, which is another tensor each step and whose
            slope nobody asks for.
        embed: learned vectors that are inputs, too.
    """

    def __init__(
        self,
        weight: WithGrad,
        bias: WithGrad | None,
        *,
        first: bool = False,
        embed: "Embed | None" = None,
    ) -> None:
        self.weight, self.weight_grad = weight
        self.bias: Tensor | None = None if bias is None else bias[0]
        self.bias_grad = None if bias is None else bias[1]
        self.first, self.embed = first, embed
        packed = self.weight.dim() == 3
        self._add = torch.baddbmm if packed else torch.addmm
        self._multiply = torch.bmm if packed else torch.mm
        # Plain products of numbers are faster than matrices of one column and one row.
        self._thin = packed and self.weight.shape[-2] == 1

    def wire(self, x: Tensor) -> tuple[Tensor, Calls]:
        self.x = self._for_all(x)
        self.z = x.new_empty((*self.x.shape[:-1], self.weight.shape[-2]))
        self.x_slope = x.new_empty(0 if self.first else self.x.shape)
        calls: Calls = self._map()
        if self.embed is not None:
            calls += self.embed.wire(self.z)
        return self.z, calls

    def enter(self, x: Tensor) -> None:
        """Take the input of this step."""
        self.x = self._for_all(x)

    def wire_back(self, slope: Tensor, *, add: bool) -> tuple[Tensor, Calls]:
        calls: Calls = []
        if self.weight_grad is not None:
            product = partial(self._add, self.weight_grad) if add else self._multiply
            into = partial(product, slope.mT, out=self.weight_grad)
            calls.append((lambda: into(self.x)) if self.first else partial(into, self.x))
        if (grad := self.bias_grad) is not None:
            if add:
                calls.append(lambda: grad.add_(slope.sum(-2, keepdim=True)))
            else:
                calls.append(partial(torch.sum, slope, -2, keepdim=True, out=grad))
        if self.embed is not None:
            calls += self.embed.wire_back(slope, add=add)
        if self.first:
            return slope, calls
        times = torch.mul if self._thin else self._multiply
        return self.x_slope, [*calls, partial(times, slope, self.weight, out=self.x_slope)]

    def _for_all(self, x: Tensor) -> Tensor:
        return x.expand(len(self.weight), *x.shape) if self.weight.dim() > x.dim() else x

    def _map(self) -> Calls:
        """What fills z."""
        transposed, z = self.weight.mT, self.z
        product = self._multiply if self.bias is None else partial(self._add, self.bias)
        if self.first:
            return [lambda: product(self.x, transposed, out=z)]
        return [partial(product, self.x, transposed, out=z)]


class Embed:
    """Learned vectors of codes, which join the first affine map by a weight of their own.

    Args:
        table: (k, rows, size), or (rows, size) of one network, and where its gradient goes.
        weight: (k, n_out, C·size), or (n_out, C·size), and where its gradient goes.
        starts: (C,) first row of each column in the table.
    """

    def __init__(
        self, table: tuple[Tensor, Tensor], weight: tuple[Tensor, Tensor], starts: Tensor
    ) -> None:
        self.table, self.table_grad = table
        self.weight, self.weight_grad = weight
        self.starts = starts
        members = self.table.shape[:-2]
        self.size = self.table.shape[-1]
        self._add = torch.baddbmm if members else torch.addmm
        self._multiply = torch.bmm if members else torch.mm
        self._tables = starts.new_zeros(1)
        if members:
            k, rows = self.table.shape[:2]
            self._tables = torch.arange(0, k * rows, rows, device=starts.device)[:, None, None]

    def enter(self, codes: Tensor) -> None:
        """Take the codes (B, C), or (k, B, C) of each member, of this step."""
        self.places = (codes + self.starts + self._tables).reshape(-1)

    def wire(self, z: Tensor) -> Calls:
        """What adds the map of the vectors to z."""
        self.vectors = z.new_empty(*z.shape[:-1], self.weight.shape[-1])
        return [self._look_up, partial(self._add, z, self.vectors, self.weight.mT, out=z)]

    def wire_back(self, slope: Tensor, *, add: bool) -> Calls:
        """What computes the gradients of the weight and of the vectors that were looked up."""
        product = partial(self._add, self.weight_grad) if add else self._multiply
        return [
            partial(product, slope.mT, self.vectors, out=self.weight_grad),
            *([] if add else [self.table_grad.zero_]),
            partial(self._multiply, slope, self.weight, out=self.vectors),
            self._give_back,
        ]

    def _look_up(self) -> None:
        rows = self.vectors.view(-1, self.size)
        torch.index_select(self.table.view(-1, self.size), 0, self.places, out=rows)

    def _give_back(self) -> None:
        rows = self.vectors.view(-1, self.size)
        self.table_grad.view(-1, self.size).index_add_(0, self.places, rows)


class Activate(Link):
    """h = f(z).

    Args:
        activation: f.
    """

    def __init__(self, activation: Activation) -> None:
        self.activation, self.gate = activation, activation.gate

    def wire(self, x: Tensor) -> tuple[Tensor, Calls]:
        self.z = x
        self.h = x if self.activation.in_place else torch.empty_like(x)
        return self.h, [partial(self.activation.forward, x, self.h)]

    def wire_back(self, slope: Tensor, *, add: bool) -> tuple[Tensor, Calls]:
        return slope, [partial(self.activation.pull_back, slope, self.z, self.h)]


class Scale(Link):
    """h·s, with a factor of its own for each member.

    Args:
        factor: (k, 1, 1), or of one network (1, 1).
    """

    def __init__(self, factor: Tensor) -> None:
        self.factor = factor

    def wire(self, x: Tensor) -> tuple[Tensor, Calls]:
        h = torch.empty_like(x)
        return h, [partial(torch.mul, x, self.factor, out=h)]

    def wire_back(self, slope: Tensor, *, add: bool) -> tuple[Tensor, Calls]:
        return slope, [partial(slope.mul_, self.factor)]


class Mask(Link):
    """Dropout: h·m, with the mask of the step.

    Args:
        in_place: whether what comes before can do without its own result.
    """

    def __init__(self, *, in_place: bool) -> None:
        self.in_place = in_place
        self.mask = torch.empty(0)  # set for each step

    def wire(self, x: Tensor) -> tuple[Tensor, Calls]:
        h = x if self.in_place else torch.empty_like(x)
        return h, [lambda: torch.mul(x, self.mask, out=h)]

    def wire_back(self, slope: Tensor, *, add: bool) -> tuple[Tensor, Calls]:
        return slope, [lambda: slope.mul_(self.mask)]
