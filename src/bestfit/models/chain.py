"""The chain rule written out for a stack of affine maps and activations."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .base import Inputs, Places, Population
from .links import Affine, Calls, Mask
from .propagation import Autograd, Propagation

__all__ = ["Chain", "propagation_of"]

MAX_STACKS = 2  # numbers of rows whose buffers are kept


class Chain(Propagation):
    """Links from input to output, wired once for a number of rows.

    Args:
        population: the networks; their gradients have their places.
        dtype: of what is computed. Where the weights are of another, the chain goes by copies.
    """

    def __init__(self, population: Population, dtype: torch.dtype) -> None:
        self._population, self.dtype = population, dtype
        self.packed = population.members > 1
        self._copies: dict[Tensor, tuple[Tensor, Tensor]] = {}
        trained = [p for p in population.parameters() if p.grad is not None]
        if dtype != trained[0].dtype:
            for p in trained:
                lower = p.detach().to(dtype)
                self._copies[p] = lower, torch.empty_like(lower)
        self._stacks: dict[torch.Size, _Stack] = {}
        self._stack: _Stack | None = None

    def forward(self, encoded: Inputs, masks: Sequence[Tensor]) -> Tensor:
        x, *codes = encoded if self.packed else [t[0] if t.dim() == 3 else t for t in encoded]
        if self._copies:
            x = x.to(self.dtype)
            for p, (lower, _) in self._copies.items():
                lower.copy_(p)
        stack = self._stack
        if stack is None or stack.shape != x.shape:
            stack = self._stack = self._wired(x)
        stack.first.enter(x)
        if stack.first.embed is not None:
            stack.first.embed.enter(codes[0])
        for link, mask in zip(stack.masks, masks, strict=True):
            link.mask = (mask if self.packed else mask[0]).to(self.dtype)
        for call in stack.ahead:
            call()
        return stack.output.float() if self._copies else stack.output

    def backward(self, slope: Tensor, *, add: bool = False) -> None:
        assert self._stack is not None
        self._stack.slope.copy_(slope)
        for call in self._stack.back(add=add and not self._copies):
            call()
        for p, (_, grad) in self._copies.items():
            assert p.grad is not None
            p.grad.add_(grad) if add else p.grad.copy_(grad)

    def release(self) -> None:
        self._stacks, self._stack = {}, None

    def _wired(self, x: Tensor) -> "_Stack":
        """The calls for an input like this, and their buffers."""
        if x.shape not in self._stacks:
            while len(self._stacks) >= MAX_STACKS:
                del self._stacks[next(iter(self._stacks))]
            self._stacks[x.shape] = _Stack(self._population, self._place, x)
        return self._stacks[x.shape]

    def _place(self, parameter: Tensor) -> tuple[Tensor, Tensor | None]:
        if self._copies and parameter.grad is not None:
            return self._copies[parameter]
        return parameter.detach().to(self.dtype), parameter.grad


class _Stack:
    """The links of a population, wired for an input like x.

    Args:
        population: the networks.
        places: of a parameter and its gradient.
        x: (B, F), or (k, B, F).
    """

    def __init__(self, population: Population, places: Places, x: Tensor) -> None:
        links = population.links(places)
        assert isinstance(links[0], Affine)
        self.shape, self.first = x.shape, links[0]
        self.masks = [link for link in links if isinstance(link, Mask)]
        self.ahead: Calls = []
        for link in links:
            x, calls = link.wire(x)
            self.ahead += calls
        alone = population.members == 1
        self.output = x.unsqueeze(0) if alone else x
        self.slope = torch.empty_like(self.output)
        self._links, self._slope = links, self.slope[0] if alone else self.slope
        self._back: dict[bool, Calls] = {}

    def back(self, *, add: bool) -> Calls:
        """From the slope by the output to gradients, which are added to what is there or not."""
        if add not in self._back:
            slope, made = self._slope, []
            for link in reversed(self._links):
                slope, calls = link.wire_back(slope, add=add)
                made += calls
            self._back[add] = made
        return self._back[add]


def propagation_of(population: Population, dtype: torch.dtype) -> Propagation:
    """The faster of the two that can do it.

    Args:
        population: where its stack is plain, gradients have their places.
        dtype: of products; weights of double precision stay in it.
    """
    own = next(population.parameters()).dtype
    lower = dtype if own == torch.float32 else own
    return Chain(population, lower) if population.chainable else Autograd(population, lower)
