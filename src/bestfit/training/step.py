"""One step: forward, backward, guards, update. The only ``backward()`` of the package."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..batching import Batch
from ..probes import member_norms
from .state import Plan, TrainState

__all__ = ["Step", "take_step"]


@dataclass(frozen=True)
class Step:
    """What a step leaves behind; tensors stay on the device.

    Args:
        number: steps done, this one included.
        loss: (k,) mean loss of each member over the rows of the step.
        validate: whether it is time to look at the validation rows.
    """

    number: int
    loss: Tensor
    validate: bool


def take_step(state: TrainState, plan: Plan, batch: Batch) -> Step:
    """Move every member once."""
    state.set_lr(plan.schedule.at(state.step / plan.n_steps))
    noise = state.noise(plan, state.population.noise_size(len(batch)))
    output = state.population(batch.dense, batch.codes, noise)
    loss = mean_loss(plan.loss(output, batch.target), batch.weight, state.members)
    state.optimizer.zero_grad(set_to_none=True)
    loss.sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    guard_gradients(state, plan.clip_norm)
    state.optimizer.step()
    state.step += 1
    state.loss_sum += loss.detach()
    state.loss_steps += 1
    done = state.step == plan.n_steps
    return Step(state.step, loss.detach(), done or state.step % plan.validate_every == 0)


def mean_loss(per_row: Tensor, weight: Tensor | None, members: list[int]) -> Tensor:
    """(k, B) losses → (k,), each member's mean over the rows that it counts."""
    if weight is None:
        return per_row.mean(dim=1)
    own = weight[members]
    return (per_row * own).sum(dim=1) / own.sum(dim=1).clamp(min=1e-12)


def guard_gradients(state: TrainState, clip_norm: float | None) -> None:
    """Clip each member's gradient to a norm, and drop one that is not finite, counting it.

    Members are judged apart: a sick one does not slow the others.
    """
    grads = [w.grad for w in state.population.parameters() if w.grad is not None]
    norm = torch.stack([member_norms(g) for g in grads]).square().sum(dim=0).sqrt()
    finite = norm.isfinite()
    state.skipped.index_add_(
        0, torch.tensor(state.members, device=norm.device), (~finite).to(state.skipped.dtype)
    )
    factor = torch.ones_like(norm)
    if clip_norm is not None:
        factor = (clip_norm / norm.clamp(min=1e-12)).clamp(max=1)
    sick = norm.device.type != "cpu" or not bool(finite.all())
    for g in grads:
        shape = (-1, *[1] * (g.dim() - 1))
        if clip_norm is not None:
            g.mul_(factor.view(shape))
        if sick:
            g.masked_fill_(~finite.view(shape), 0.0)
