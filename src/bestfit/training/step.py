"""One step: forward, backward, guards, update."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

import torch
from torch import Tensor

from ..batching import Batch
from ..errors import ConfigError, MachineError, is_shortage
from ..penalties import Penalty
from ..rng import seed_of
from .guard import guard_gradients
from .state import Plan, TrainState

__all__ = ["Step", "gradients", "take_step"]

TINY = 1e-12


class Step(NamedTuple):
    """What a step leaves behind; tensors stay on the device.

    Args:
        number: steps done, this one included.
        total: (k,) loss of each member, summed over the rows of the step.
        rows: of the step.
        validate: whether it is time to look at the validation rows.
    """

    number: int
    total: Tensor
    rows: float
    validate: bool

    @property
    def loss(self) -> Tensor:
        """(k,) mean loss of each member over the rows of the step."""
        return self.total / self.rows


def take_step(state: TrainState, plan: Plan, batch: Batch) -> Step:
    """Move every member once.

    Args:
        state: changed in place.
        plan: what to do.
        batch: of encoded inputs.
    """
    # A chain needs nothing of autograd, whose book-keeping would cost more than a small product.
    with torch.inference_mode() if state.population.chainable else torch.no_grad():
        total, rows = gradients(state, plan, batch)
        if state.searches:
            _search(state, plan, batch, total / rows)
        else:
            sick = guard_gradients(state, plan.clip_norm, plan.clipper)
            if plan.penalty is not None and not plan.penalty.proximal:
                _penalize(state, plan.penalty)
            for mover in state.movers:
                progress = (state.step - mover.born) / max(1, state.n_steps - mover.born)
                mover.step(plan.schedule.at(progress), resting=sick)
                if plan.penalty is not None and plan.penalty.proximal:
                    mover.shrink(plan.penalty)
        state.loss_sum += total
    state.step += 1
    state.loss_rows += rows
    done = state.step == state.n_steps
    return Step(state.step, total, rows, done or state.step % plan.validate_every == 0)


def _search(state: TrainState, plan: Plan, batch: Batch, first: Tensor) -> None:
    """A step that evaluates the same rows again; neither clipped nor scheduled, as that would
    hide the loss from the search.

    Args:
        state: changed in place.
        plan: what to do.
        batch: of the step.
        first: (k,) mean losses where the weights stand, whose gradients are in place.
    """
    if len(state.movers) > 1:
        raise ConfigError("an optimizer that searches trains alone", hint="no other beside lbfgs")
    known = [first]

    def closure() -> Tensor:
        if known:
            loss = known.pop()
        else:
            total, rows = gradients(state, plan, batch)
            loss = total / rows
        if state.scale is not None:
            factor = state.scale.factor
            state.scale.update(state.gradient_norms().isfinite())
            state.scale_gradients(1 / factor)
        if plan.penalty is not None:
            loss = loss + _penalize(state, plan.penalty)
        return loss

    state.movers[0].search(closure)


def _penalize(state: TrainState, penalty: Penalty) -> Tensor:
    """Add a penalty to the gradients; (k,) what the weights cost."""
    cost = torch.zeros(len(state.members), device=state.device)
    for w, g in state.penalized():
        cost += penalty(w)
        g += penalty.slope(w)
    return cost


def gradients(state: TrainState, plan: Plan, batch: Batch) -> tuple[Tensor, float]:
    """Every parameter's gradient, of fewer rows at a time where memory is short; nothing moves.

    Args:
        state: whose parameters' ``grad`` are filled.
        plan: what to do.
        batch: of encoded inputs.
    Returns:
        (k,) losses summed over rows, and how many rows these are.
    Raises:
        MachineError: there is no memory for a single row.
    """
    masks: list[Tensor] = []
    if state.dropouts:
        masks = state.noise.masks(state.dropouts, state.numbers, state.step, batch.rows)
    most = min(batch.rows, plan.microbatch or batch.rows, state.microbatch or batch.rows)
    buffers = list(state.population.buffers()) if state.population.draws else []
    kept = [buffer.clone() for buffer in buffers]  # statistics of rows that are tried again
    while True:
        try:
            with _randomness(state, plan.seed) if state.population.draws else nullcontext():
                return _sum_of_parts(state, plan, batch, masks, most)
        except (RuntimeError, MemoryError) as error:
            if not is_shortage(error):
                raise
            if most == 1:
                problem = "out of memory with one row at a time"
                raise MachineError(problem, hint="fewer members, or a smaller width") from None
        for buffer, before in zip(buffers, kept, strict=True):
            buffer.copy_(before)
        most = state.microbatch = -(-most // 2)
        state.propagation.release()


def _sum_of_parts(
    state: TrainState, plan: Plan, batch: Batch, masks: Sequence[Tensor], most: int
) -> tuple[Tensor, float]:
    total: Tensor | float = float(batch.rows)
    if batch.weight is not None:
        total = batch.weight.sum(dim=1, keepdim=True).clamp(min=TINY)
    loss: Tensor | None = None
    for start in range(0, batch.rows, most):
        part, own = batch, masks
        if most < batch.rows:
            part = batch.part(start, start + most)
            own = [mask[:, start : start + most] for mask in masks]
        output = state.propagation.forward(part.inputs, own)
        each = plan.loss(output, part.target)
        share: Tensor | float = 1 / total if part.weight is None else part.weight / total
        own_loss = each.sum(dim=1) if part.weight is None else (each * share).sum(dim=1)
        slope = plan.loss.slope(output, part.target, share)
        if state.scale is not None:
            slope.mul_(state.scale.factor[:, None, None])
        state.propagation.backward(slope, add=start > 0)
        loss = own_loss if loss is None else loss + own_loss
    assert loss is not None
    return loss, 1.0 if batch.weight is not None else float(batch.rows)


@contextmanager
def _randomness(state: TrainState, seed: int) -> Iterator[None]:
    """Within, what a network draws for itself follows from seed and step, and disturbs nobody."""
    drawn = seed_of(seed, "network", state.step)
    if state.device.type != "cpu":
        with torch.random.fork_rng([state.device]):
            torch.manual_seed(drawn)
            yield
        return
    # As above, without the milliseconds that torch takes to tell devices that are not here.
    before = torch.get_rng_state()
    torch.default_generator.manual_seed(drawn)
    try:
        yield
    finally:
        torch.set_rng_state(before)
