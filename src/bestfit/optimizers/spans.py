"""Tensors that move as one: neighbours in one buffer, or small ones gathered into one.

One pass over memory, and few calls, whatever the number of tensors.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

__all__ = ["Span", "lay_out", "spans_of"]

ALIGNMENT = 16  # numbers: a tensor of a buffer begins on a cache line of single precision
SMALL = 1 << 16  # numbers: up to here a copy costs less than calls of its own

State = dict[str, Tensor]


def lay_out(shapes: Sequence[torch.Size], like: Tensor) -> tuple[Tensor, list[Tensor]]:
    """Zeros of these shapes side by side: their buffer, and each of them.

    >>> buffer, (a, b) = lay_out([torch.Size([2]), torch.Size([3])], torch.zeros(0))
    >>> len(buffer), b.storage_offset()
    (32, 16)
    """
    starts = [0]
    for shape in shapes:
        starts.append(_aligned(starts[-1] + shape.numel()))
    buffer = torch.zeros(starts[-1], dtype=like.dtype, device=like.device)
    places = zip(starts, shapes, strict=False)
    return buffer, [buffer[at : at + shape.numel()].view(shape) for at, shape in places]


@dataclass
class Span:
    """What one call moves: a tensor, or several as one flat tensor.

    Args:
        params: the tensors.
        grads: their gradients when the span was made.
        w: the parameter, or the flat view or copy of all.
        g: its gradient.
        state: of the rule, for ``w``.
        entry: what the optimizer keeps for the first parameter.
        copies: of gathered tensors, where they and their gradients are copied to.
    """

    params: list[Tensor]
    grads: list[Tensor]
    w: Tensor
    g: Tensor
    state: State
    entry: State
    copies: tuple[list[Tensor], list[Tensor]] | None = None
    sources: list[Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.alone = self.params[0] if len(self.params) == 1 else None
        self.sparse = self.g.is_sparse
        self.on_cpu = self.w.device.type == "cpu"

    def refresh(self, entries: Mapping[Tensor, Any]) -> bool:
        """Take the gradients of this step; False where the span no longer stands for them."""
        if entries.get(self.params[0]) is not self.entry:
            return False  # another state was loaded
        if self.alone is not None:
            g = self.alone.grad
            if g is None or g.is_sparse != self.sparse:
                return False
            self.g = g
            return True
        if self.copies is not None:
            found = [p.grad for p in self.params if p.grad is not None and not p.grad.is_sparse]
            self.grads = found
            return len(found) == len(self.params)
        return all(p.grad is g for p, g in zip(self.params, self.grads, strict=True))

    def gather(self) -> None:
        """Bring ``w`` and ``g`` up to date."""
        if self.copies is not None:
            torch._foreach_copy_(self.copies[0], self.sources)
            torch._foreach_copy_(self.copies[1], self.grads)

    def scatter(self) -> None:
        """Give what became of ``w`` to the parameters."""
        if self.copies is not None:
            torch._foreach_copy_(self.sources, self.copies[0])


def spans_of(
    params: Sequence[Tensor],
    entries: Mapping[Tensor, Any],
    start: Callable[[Tensor], State],
    *,
    merge: bool,
    gather: bool = False,
) -> list[Span]:
    """The spans of parameters that have gradients.

    Args:
        params: in the order of their group.
        entries: the optimizer's state by parameter; what is missing is started here.
        start: the state of a tensor before its first step.
        merge: join neighbours; else each tensor is a span of its own.
        gather: copy small tensors that are not neighbours into one.
    """
    runs: list[list[Tensor]] = []
    for p in params:
        if p.grad is None:
            continue
        if merge and runs and _joins(runs[-1][-1], p, entries):
            runs[-1].append(p)
        else:
            runs.append([p])
    if not (merge and gather):
        return [_span(run, entries, start) for run in runs]
    kinds: dict[Any, list[Tensor]] = {}
    for (p,) in (run for run in runs if len(run) == 1):
        if p.numel() <= SMALL and p.grad is not None and not p.grad.is_sparse:
            kinds.setdefault(_kind(p, entries), []).append(p)
    together = [small for small in kinds.values() if len(small) > 1]
    gathered = {id(p) for small in together for p in small}
    alone = [run for run in runs if id(run[0]) not in gathered]
    return [_span(run, entries, start) for run in alone] + [
        _gather(small, entries, start) for small in together
    ]


def _kind(p: Tensor, entries: Mapping[Tensor, Any]) -> Any:
    """What tensors must have in common to be gathered."""
    known = entries.get(p) or {}
    counts = tuple(sorted((key, float(v)) for key, v in known.items() if not v.dim()))
    return p.dtype, p.device, tuple(sorted(known)), counts


def _joins(a: Tensor, b: Tensor, entries: Mapping[Tensor, Any]) -> bool:
    if a.grad is None or b.grad is None or not (_adjacent(a, b) and _adjacent(a.grad, b.grad)):
        return False
    first, second = entries.get(a) or {}, entries.get(b) or {}
    scalars = [key for key, value in first.items() if not value.dim()]
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in scalars)


def _adjacent(a: Tensor, b: Tensor) -> bool:
    return (
        not (a.is_sparse or b.is_sparse)
        and a.dtype == b.dtype
        and a.is_contiguous()
        and b.is_contiguous()
        and a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
        and _aligned(int(a.storage_offset()) + a.numel()) == b.storage_offset()
    )


def _span(run: list[Tensor], entries: Mapping[Tensor, Any], start: Callable[..., State]) -> Span:
    grads = [p.grad for p in run if p.grad is not None]
    if len(run) == 1:
        entry = entries[run[0]]
        # A count may have been shared with neighbours of old.
        entry.update({k: v.clone() for k, v in entry.items() if not v.dim()})
        if not entry:
            entry.update(start(run[0].detach()))
        return Span(run, grads, run[0].detach(), grads[0], entry, entry)
    w = _flat(run)
    places = [int(p.storage_offset() - w.storage_offset()) for p in run]
    state = _state_of(run, entries, start, w, places)
    return Span(run, grads, w, _flat(grads), state, entries[run[0]])


def _gather(run: list[Tensor], entries: Mapping[Tensor, Any], start: Callable[..., State]) -> Span:
    shapes = [p.shape for p in run]
    (w, own), (g, their) = (lay_out(shapes, run[0].detach()) for _ in range(2))
    sources = [p.detach() for p in run]
    torch._foreach_copy_(own, sources)
    state = _state_of(run, entries, start, w, [int(view.storage_offset()) for view in own])
    grads = [p.grad for p in run if p.grad is not None]
    return Span(run, grads, w, g, state, entries[run[0]], (own, their), sources)


def _state_of(
    run: list[Tensor],
    entries: Mapping[Tensor, Any],
    start: Callable[..., State],
    w: Tensor,
    places: Sequence[int],
) -> State:
    """The state of a flat ``w``; each parameter's entry becomes its part of that."""
    known = entries[run[0]]
    state = start(w)
    if known:
        state = {key: _joined(run, entries, key, w, places) for key in known}
    for p, at in zip(run, places, strict=True):
        part = slice(at, at + p.numel())
        entries[p].update({k: v[part].view(p.shape) if v.dim() else v for k, v in state.items()})
    return state


def _flat(run: Sequence[Tensor]) -> Tensor:
    first, last = run[0].detach(), run[-1]
    return first.as_strided((last.storage_offset() + last.numel() - first.storage_offset(),), (1,))


def _joined(
    run: list[Tensor], entries: Mapping[Tensor, Any], key: str, w: Tensor, places: Sequence[int]
) -> Tensor:
    """The state of neighbours, as it was loaded, in one tensor that is laid out as they are."""
    parts: list[Tensor] = [entries[p][key] for p in run]
    if not parts[0].dim():
        return parts[0].clone()
    whole = torch.zeros_like(w, dtype=parts[0].dtype)
    for at, part in zip(places, parts, strict=True):
        whole[at:][: part.numel()] = part.reshape(-1)
    return whole


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNMENT) * ALIGNMENT
