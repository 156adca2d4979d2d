"""The one training loop: a generator of steps; who wants to watch, iterates."""

from collections.abc import Iterator

from ..batching import Rows
from .state import Plan, TrainState
from .step import Step, take_step

__all__ = ["train"]

MAX_ENCODED_BYTES = 1 << 30  # of training rows that are encoded once, and not again in each epoch


def train(state: TrainState, plan: Plan, rows: Rows) -> Iterator[Step]:
    """Take the planned steps from where the state stands, and yield each.

    Between two steps the caller may look, save, drop or replace members; with none left the loop
    ends.

    Args:
        state: changed in place.
        plan: what to do.
        rows: the training rows.
    """
    encode = None
    few = rows.take(slice(0, 1)).mapped(state.population.encode)
    if few.row_bytes * len(rows) <= MAX_ENCODED_BYTES:
        rows = rows.mapped(state.population.encode)
    else:
        encode = state.population.encode
    per_epoch = plan.sampler.steps_per_epoch
    while state.step < state.n_steps and state.members:
        epoch, position = divmod(state.step, per_epoch)
        for batch in plan.sampler.epoch(
            rows, epoch, position, members=lambda: state.numbers, encode=encode
        ):
            if state.step >= state.n_steps or not state.members:
                return
            yield take_step(state, plan, batch)
