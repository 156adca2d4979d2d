"""Wider hidden layers for a chain of dense layers, convolutions and batch norms."""

from copy import deepcopy
from functools import partial
from typing import Any

from torch import nn

from ..graph import Graph
from .rewired import seeded
from .surgery import put

__all__ = ["is_small_stack", "widened"]

CONVS = (nn.Conv1d, nn.Conv2d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
FACTOR = 4
UNITS, CHANNELS = 64, 16  # at least


def widened(module: nn.Module, graph: Graph, seed: int) -> nn.Module | None:
    """A copy whose hidden layers have four times as many units or channels; None of another kind of
    network. What does more with its layers than to call one after the other may not run any more.

    Args:
        module: left alone.
        graph: what it does.
        seed: of the new weights.
    """
    parts = _in_turn(module, graph)
    maps = [p for _, p in parts if not isinstance(p, NORMS)]
    plain = all(type(p) in (nn.Linear, *CONVS, *NORMS) for _, p in parts)
    if not plain or len(maps) < 2:
        return None
    own, before, after = deepcopy(module), 1, 1  # what the last layer gave, and what it gives now
    for i, (name, part) in enumerate(parts):
        wanted = _reads(part)
        if wanted % before or getattr(part, "groups", 1) != 1:
            return None
        reads = wanted // before * after
        made, before, after = _wider(part, reads, grows=part is not maps[-1])
        put(own, name, seeded(made, seed + i).to(next(part.parameters()).device))
    return own


def _in_turn(module: nn.Module, graph: Graph) -> list[tuple[str, nn.Module]]:
    """Each part with parameters of its own, as they are called; none where one is called twice, or
    never."""
    used = [n.rpartition(".")[0] for op in graph.operations for n in op.parameters[:1]]
    known = {n: p for n, p in module.named_modules() if list(p.parameters(recurse=False))}
    return [(n, known[n]) for n in used] if sorted(used) == sorted(known) else []


def is_small_stack(module: nn.Module, most: int) -> bool:
    """Whether it is nothing but dense layers and activations, with so many units at most."""
    parts = list(module) if type(module) is nn.Sequential else [module]
    parts = parts[1:] if type(parts[0]) is nn.Flatten else parts
    maps = [p for p in parts if type(p) is nn.Linear]
    known = all(p in maps or type(p).__module__ == nn.ReLU.__module__ for p in parts)
    return known and parts[-1:] == maps[-1:] != [] and all(m.out_features <= most for m in maps)


def _reads(part: Any) -> int:
    """Units or channels that come in."""
    names = ("in_features", "in_channels", "num_features")
    return int(next(getattr(part, name) for name in names if hasattr(part, name)))


def _wider(part: Any, reads: int, *, grows: bool) -> tuple[Any, int, int]:
    """What makes the layer, and what it gave and will give."""
    kind: Any = type(part)
    if isinstance(part, NORMS):
        made = partial(kind, reads, part.eps, part.momentum, part.affine)
        return made, part.num_features, reads
    dense = isinstance(part, nn.Linear)
    gives = part.out_features if dense else part.out_channels
    now = max(UNITS if dense else CHANNELS, FACTOR * gives) if grows else gives
    bias = part.bias is not None
    if dense:
        return partial(nn.Linear, reads, now, bias=bias), gives, now
    made = partial(
        kind, reads, now, part.kernel_size, part.stride, part.padding, part.dilation,
        bias=bias, padding_mode=part.padding_mode,
    )  # fmt: skip
    return made, gives, now
