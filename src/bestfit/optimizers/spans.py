"""Tensors that lie side by side in one buffer move as one: one pass over memory, few calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["Span", "lay_out", "spans_of"]

ALIGNMENT = 16  # numbers: a tensor of a buffer begins on a cache line of single precision

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
    """What one call moves: a tensor, or a run of neighbours as one flat tensor.

    Args:
        params: the tensors.
        grads: their gradients when the span was made.
        w: the parameter, or the flat view of all.
        g: its gradient.
        state: of the rule, for ``w``.
        entry: what the optimizer keeps for the first parameter.
    """

    params: list[Tensor]
    grads: list[Tensor]
    w: Tensor
    g: Tensor
    state: State
    entry: State

    def refresh(self, entries: Mapping[Tensor, Any]) -> bool:
        """Take the gradients of this step; False where the span no longer stands for them."""
        if entries.get(self.params[0]) is not self.entry:
            return False  # another state was loaded
        if len(self.params) > 1:
            return all(p.grad is g for p, g in zip(self.params, self.grads, strict=True))
        if (g := self.params[0].grad) is None:
            return False
        self.g = g
        return True


def spans_of(
    params: Sequence[Tensor],
    entries: Mapping[Tensor, Any],
    start: Callable[[Tensor], State],
    *,
    merge: bool,
) -> list[Span]:
    """The spans of parameters that have gradients.

    Args:
        params: in the order of their group.
        entries: the optimizer's state by parameter; what is missing is started here.
        start: the state of a tensor before its first step.
        merge: join neighbours; else each tensor is a span of its own.
    """
    runs: list[list[Tensor]] = []
    for p in params:
        if p.grad is None:
            continue
        if merge and runs and _joins(runs[-1][-1], p, entries):
            runs[-1].append(p)
        else:
            runs.append([p])
    return [_span(run, entries, start) for run in runs]


def _joins(a: Tensor, b: Tensor, entries: Mapping[Tensor, Any]) -> bool:
    if a.grad is None or b.grad is None or not (_adjacent(a, b) and _adjacent(a.grad, b.grad)):
        return False
    first, second = entries.get(a) or {}, entries.get(b) or {}
    scalars = [key for key, value in first.items() if not value.dim()]
    return first.keys() == second.keys() and all(first[k] == second[k] for k in scalars)


def _adjacent(a: Tensor, b: Tensor) -> bool:
    return (
        a.dtype == b.dtype
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
    w, known = _flat(run), entries[run[0]]
    state = {key: _gathered(run, entries, key, w) for key in known} if known else start(w)
    for p in run:
        part = slice(p.storage_offset() - w.storage_offset(), None)
        entries[p].update(
            {k: v[part][: p.numel()].view_as(p) if v.dim() else v for k, v in state.items()}
        )
    return Span(run, grads, w, _flat(grads), state, entries[run[0]])


def _flat(run: Sequence[Tensor]) -> Tensor:
    first, last = run[0].detach(), run[-1]
    return first.as_strided((last.storage_offset() + last.numel() - first.storage_offset(),), (1,))


def _gathered(run: list[Tensor], entries: Mapping[Tensor, Any], key: str, w: Tensor) -> Tensor:
    """The state of neighbours, as it was loaded, in one tensor that is laid out as they are."""
    parts: list[Tensor] = [entries[p][key] for p in run]
    if not parts[0].dim():
        return parts[0].clone()
    whole = torch.zeros_like(w, dtype=parts[0].dtype)
    for p, part in zip(run, parts, strict=True):
        whole[p.storage_offset() - w.storage_offset() :][: p.numel()] = part.reshape(-1)
    return whole


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNMENT) * ALIGNMENT
