"""A network of the user's own, as a population of one."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ShapeError
from .activations import activation_of
from .base import Inputs, Places, Population
from .dropout import Dropout
from .links import Activate, Affine, Link, Mask

__all__ = ["Own"]


class Own(Population):
    """A module that maps (B, …) to (B, T) or (B,); bytes reach it as numbers in [0, 1].

    A plain ``nn.Sequential`` of linear maps, activations and dropout is trained by the written-out
    chain rule; anything else by autograd.

    Args:
        module: the network; it is trained in place.
        inputs: rows of what it will see, of which two are tried.
        changed: whether regularizers change the rows of each step, which they do before the network
            flattens them.
    Raises:
        RuntimeError: or whatever else the network raises where it does not take them.
    """

    packed = False

    def __init__(self, module: nn.Module, inputs: Inputs, *, changed: bool = False) -> None:
        super().__init__()
        self.members = 1
        self.module = module
        self._format, self._clones = _tried(module, tuple(t[:2] for t in inputs))
        if self._format is torch.channels_last:
            for parameter in module.parameters():
                if parameter.dim() == 4:
                    parameter.data = parameter.data.contiguous(memory_format=self._format)
        flat = len(inputs) == 1 and inputs[0].is_floating_point()
        stack = list(_plain(module)) if flat else []
        self._call: Callable[..., Any] = self._eager
        self._flattens = bool(stack) and type(stack[0]) is nn.Flatten
        self._stack = _chainable(stack[1:] if self._flattens else stack)
        if changed if self._flattens else inputs[0].dim() != 2:
            self._stack = []
        self.draws = not self._stack
        self._dropouts = [
            Dropout(torch.tensor([part.p]), width)
            for part, width in _with_width(self._stack)
            if type(part) is nn.Dropout and part.p > 0
        ]

    def use_compiled(self, compiled: bool) -> None:
        """Let torch compile forward and backward of training, or leave them as they are."""
        self._call = torch.compile(self._eager) if compiled else self._eager

    def _eager(self, *inputs: Tensor) -> Any:
        return self.module(*inputs)

    @property
    def largest_map(self) -> int:
        """Weights of the largest linear map of a plain stack; 0 where it is none."""
        maps = [part for part in self._stack if isinstance(part, nn.Linear)]
        return max((part.weight.numel() for part in maps), default=0)

    @property
    def dropouts(self) -> list[Dropout]:
        return self._dropouts

    def encode(self, inputs: Inputs) -> Inputs:
        return (inputs[0].flatten(1),) if self._stack and self._flattens else inputs

    def compute(self, encoded: Inputs, masks: Sequence[Tensor] | None) -> Tensor:
        call = self._call if torch.is_grad_enabled() else self._eager
        output: Any = call(*_given(encoded, self._format, clones=self._clones))
        if isinstance(output, Tensor) and output.dim() == 1:
            output = output.unsqueeze(1)
        if not isinstance(output, Tensor) or output.dim() != 2:
            found = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise ShapeError(
                f"the network gives {found} for {len(encoded[0])} rows",
                hint="outputs (B, T): logits of T classes, or T numbers a row",
            )
        raw: Tensor = output.unsqueeze(0)
        return raw

    @property
    def chainable(self) -> bool:
        return bool(self._stack)

    def links(self, places: Places) -> list[Link]:
        made: list[Link] = []
        for part in self._stack:
            if isinstance(part, nn.Linear):
                bias = None
                if part.bias is not None:
                    b, grad = places(part.bias)
                    bias = b.unsqueeze(0), None if grad is None else grad.unsqueeze(0)
                made.append(Affine(places(part.weight), bias, first=not made))
            elif isinstance(part, nn.Dropout):
                before = made[-1]
                made.append(Mask(in_place=not isinstance(before, Activate) or before.gate))
            elif (activation := activation_of(part)) is not None:
                made.append(Activate(activation))
        return made

    def decays(self, parameter: str) -> bool:
        return True  # as in torch

    def lift(self, member: int) -> nn.Module:
        return self.module


def _tried(module: nn.Module, few: Inputs) -> tuple[torch.memory_format, bool]:
    """The order of pictures in memory that the network takes, and whether it writes into inputs.

    Convolutions are faster with the channels last; a network that then asks for a view of its
    numbers in the usual order is given that order.
    """
    modes = [(part, part.training) for part in module.modules()]
    orders = [torch.contiguous_format]
    if few[0].dim() == 4:
        orders.insert(0, torch.channels_last)
    module.eval()
    try:
        for order in orders:
            given = _given(few, order, clones=True)
            before = [t._version for t in given]
            try:
                with torch.no_grad(), torch.random.fork_rng([]):
                    module(*given)
            except RuntimeError:
                if order is orders[-1]:
                    raise
                continue
            return order, [t._version for t in given] != before
    finally:
        for part, mode in modes:
            part.training = mode
    raise AssertionError


def _given(inputs: Inputs, order: torch.memory_format, *, clones: bool) -> Inputs:
    """Inputs as layers take them: bytes, as pictures are kept, become numbers in [0, 1]."""
    numbers = [x.float().div_(255) if x.dtype == torch.uint8 else x for x in inputs]
    if order is torch.channels_last:
        numbers = [x.contiguous(memory_format=order) if x.dim() == 4 else x for x in numbers]
    return tuple(x.clone() for x in numbers) if clones else tuple(numbers)


def _plain(module: nn.Module) -> Iterator[nn.Module]:
    """The parts of nested sequentials in order."""
    if type(module) is nn.Sequential and not _has_hooks(module):
        for part in module:
            yield from _plain(part)
    else:
        yield module


def _chainable(stack: list[nn.Module]) -> list[nn.Module]:
    """The stack without what does nothing, if a chain can compute it; else nothing."""
    kept = [
        part
        for part in stack
        if type(part) is not nn.Identity and not (type(part) is nn.Dropout and part.p == 0)
    ]
    linear = [part for part in kept if type(part) is nn.Linear]
    own = [p for part in linear for p in part.parameters()]
    known = all(
        type(part) in (nn.Linear, nn.Dropout) or activation_of(part) is not None for part in kept
    )
    # An activation may write over its input, which one before it would need for its derivative.
    between = [type(part) is nn.Linear for part in kept if type(part) is not nn.Dropout]
    doubled = any(not (a or b) for a, b in pairwise(between))
    dtypes = {p.dtype for p in own}
    if (
        not known
        or not kept
        or type(kept[0]) is not nn.Linear
        or type(kept[-1]) is not nn.Linear
        or doubled
        or len(set(map(id, own))) < len(own)
        or dtypes - {torch.float32, torch.float64}
        or any(map(_has_hooks, kept))
        or any(map(_has_hooks, own))
    ):
        return []
    return kept


def _with_width(stack: list[nn.Module]) -> Iterator[tuple[nn.Module, int]]:
    width = 0
    for part in stack:
        if isinstance(part, nn.Linear):
            width = part.out_features
        yield part, width


def _has_hooks(part: nn.Module | Tensor) -> bool:
    """Whether more happens in it than its class says."""
    kinds = (
        "_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks",
        "_post_accumulate_grad_hooks",
    )  # fmt: skip
    return "forward" in vars(part) or any(getattr(part, kind, None) for kind in kinds)
