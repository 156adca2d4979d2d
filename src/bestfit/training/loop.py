"""The one training loop: a generator of steps; who wants to watch, iterates."""

from collections.abc import Iterator

import torch

from ..batching import Batch, Rows
from ..models import Population
from ..rng import seed_of
from .state import Plan, TrainState
from .step import Step, take_step

__all__ = ["encoded_once", "train"]

MAX_ENCODED_BYTES = 1 << 30  # of rows that are encoded once, and not again in each epoch


def train(state: TrainState, plan: Plan, rows: Rows) -> Iterator[Step]:
    """Take the planned steps from where the state stands, and yield each.

    Between two steps the caller may look, save, drop or replace members; with none left the loop
    ends.

    Args:
        state: changed in place.
        plan: what to do.
        rows: the training rows.
    """
    rows = encoded_once(rows, state.population)
    per_epoch = plan.sampler.steps_per_epoch
    while state.step < state.n_steps and state.members:
        epoch, position = divmod(state.step, per_epoch)
        for batch in plan.sampler.epoch(
            rows, epoch, position, members=lambda: state.numbers, encode=state.population.encode
        ):
            if state.step >= state.n_steps or not state.members:
                return
            yield take_step(state, plan, _changed(batch, plan, state.step))


def _changed(batch: Batch, plan: Plan, step: int) -> Batch:
    """The rows of a step after what the regularizers do to their first input."""
    if not plan.regularizers:
        return batch
    random = torch.Generator().manual_seed(seed_of(plan.seed, "regularizers", step))
    x, *others = batch.inputs
    changed = x.flatten(0, 1) if batch.own else x
    for each in plan.regularizers:
        changed = each.apply(changed, random)
    return batch._replace(inputs=(changed.reshape(x.shape), *others))


def encoded_once(rows: Rows, population: Population) -> Rows:
    """The rows with all that hangs on no weight done, where the result fits into memory.

    Args:
        rows: of one part.
        population: any of those that will see them.
    """
    few = rows.take(slice(0, 1)).encode(population.encode)
    fits = not rows.pages and few.row_bytes * len(rows) <= MAX_ENCODED_BYTES
    return rows.encode(population.encode) if fits else rows
