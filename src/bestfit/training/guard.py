"""What must act inside a step: clipping, unscaling, and gradients that are not finite.

Members are judged apart: a sick one does not slow the others.
"""

import math

import torch
from torch import Tensor

from ..clippers import Clipper
from .state import TrainState

__all__ = ["guard_gradients"]

TINY = 1e-12


def guard_gradients(
    state: TrainState, clip_norm: float | None, clipper: Clipper | None = None
) -> list[int]:
    """Clip each member's gradient; count, and leave out, what is not finite.

    Args:
        state: with gradients.
        clip_norm: the largest norm; None leaves gradients alone.
        clipper: in its place.
    Returns:
        the positions of members that must rest this step. On a GPU, which is not waited for, the
        gradient of such a member is set to zero instead, and the list is empty.
    """
    if clipper is not None:
        sick = guard_gradients(state, None)
        weights, gradients = zip(*state.trained(), strict=True)
        for g in gradients if sick else ():
            g[sick] = 0.0  # it rests, and must not spoil what is remembered
        clipper.clip(weights, gradients, state.clipping)
        return sick
    if clip_norm is None and state.scale is None and state.all_finite:
        return []
    norm = state.gradient_norms()
    if state.scale is not None:
        norm = norm / state.scale.factor
    if norm.device.type == "cpu":
        return _at_hand(state, norm, clip_norm)
    _far_away(state, norm, clip_norm)
    return []


def _at_hand(state: TrainState, norm: Tensor, clip_norm: float | None) -> list[int]:
    norms: list[float] = norm.tolist()
    factors = [1.0] * len(norms)
    if state.scale is not None:
        factors = (1 / state.scale.factor).tolist()
        state.scale.update(norm.isfinite())
    sick = [i for i, n in enumerate(norms) if not math.isfinite(n)]
    if clip_norm is not None:
        shrink = [min(1.0, clip_norm / max(n, TINY)) if math.isfinite(n) else 1.0 for n in norms]
        factors = [f * s for f, s in zip(factors, shrink, strict=True)]
    if any(f != 1 for f in factors):
        state.scale_gradients(torch.tensor(factors))
    for i in sick:
        state.skipped[state.members[i].number] += 1
    return sick


def _far_away(state: TrainState, norm: Tensor, clip_norm: float | None) -> None:
    finite = norm.isfinite()
    factor = torch.ones_like(norm)
    if state.scale is not None:
        factor = 1 / state.scale.factor
        state.scale.update(finite)
    if clip_norm is not None:
        factor = factor * (clip_norm / norm.clamp(min=TINY)).clamp(max=1)
    state.scale_gradients(factor)
    for grad in state.gradients():
        grad.masked_fill_(~finite.view(-1, *[1] * (grad.dim() - 1)), 0.0)
    state.skipped.index_add_(0, state.places, (~finite).to(state.skipped.dtype))
