"""What the clock decides, before training begins: threads, epochs and looks. Written down, kept."""

from dataclasses import replace

from ..config import RunConfig
from ..metrics import metric
from ..table import Target
from ..training import take_step
from .events import Clock
from .look import Look
from .populate import Members, build_loss, build_plan, device_of, fresh_state, rows_of
from .rows import Encoded
from .sizes import LOOKS, MAX_EPOCHS, measure_pace

__all__ = ["Pacer", "decide_pace"]

REVISED_AT = (0.1, 0.25, 0.4, 0.6, 0.75, 0.85, 0.95)  # of the steps
NEAR_ENOUGH = 0.03  # of the steps that are left: nothing is revised for less
MAX_LONGER = 1.5  # times the steps that were planned first

FINISHING_S = 6.0  # seconds kept for starting, the report and the files
FINISHING_SHARE = 0.08  # of the time, for importance and intervals
MIN_TRAINING_SHARE = 0.4  # of the time, also when what came before took too long
CURVE_SHARE = 0.18  # of the training time, for the learning curve


def decide_pace(
    config: RunConfig, encoded: Encoded, target: Target, clock: Clock, cores: int
) -> tuple[RunConfig, "Pacer | None"]:
    """The config with threads, and with epochs and looks where they hang on the time.

    Args:
        config: resolved but for these.
        encoded: the rows.
        target: what is predicted.
        clock: how much of the time is gone.
        cores: threads at most.
    Returns:
        and who keeps the run in its time, where there is one that is not decided yet.
    """
    wanted = config.training
    if wanted.epochs is not None or wanted.time_s is None:
        settled = replace(wanted, threads=cores, looks=wanted.looks or LOOKS)
        return replace(config, training=settled), None
    left = wanted.time_s * (1 - FINISHING_SHARE) - clock.elapsed - FINISHING_S
    left = max(left, MIN_TRAINING_SHARE * wanted.time_s)
    members, (loss, _) = Members(config, wanted.seed), build_loss(config, target)
    device = device_of(config)
    rows, valid = (rows_of(encoded, part, device) for part in ("train", "valid"))
    scored_by = metric[config.selection.metric or ""]()
    look = Look(valid, encoded.y["valid"], target, scored_by, encoded.scale)
    state = fresh_state(config, encoded, members, target, 1_000_000)
    plan = build_plan(config, loss, len(rows), 1_000_000)
    some = rows.take(slice(0, plan.sampler.batch_size)).mapped(state.population.encode)
    batch = next(some.blocks(plan.sampler.batch_size))
    pace = measure_pace(
        lambda: take_step(state, plan, batch),
        lambda: look.criterion(look(state)[1]),
        plan.sampler.steps_per_epoch,
        left / (1 + CURVE_SHARE),
        (cores,) if wanted.threads or cores == 1 else (cores, 1),
    )
    settled = replace(
        wanted, threads=pace.threads, epochs=pace.epochs, looks=wanted.looks or pace.looks
    )
    pacer = Pacer(clock, clock.elapsed + left / (1 + CURVE_SHARE))
    return replace(config, training=settled), pacer


class Pacer:
    """Keeps a timed training in its time: the machine may slow down, or members drop out.

    Args:
        clock: of the run.
        ends_s: when training should end, by that clock.
    """

    def __init__(self, clock: Clock, ends_s: float) -> None:
        self.clock, self.ends_s = clock, ends_s
        self._first = 0  # steps that were planned first
        self._since = (0, 0.0)  # step and time at which the pace was taken last
        self._next = 0

    def revise(self, step: int, n_steps: int, per_epoch: int) -> int | None:
        """How many steps there are to be in all; None where the plan is near enough.

        Args:
            step: steps done; asked at each look.
            n_steps: as planned.
            per_epoch: steps of an epoch.
        """
        now = self.clock.elapsed
        if not self._first:
            self._first, self._since = n_steps, (step, now)
            return None
        if self._next >= len(REVISED_AT) or step < REVISED_AT[self._next] * n_steps:
            return None
        self._next += sum(at * n_steps <= step for at in REVISED_AT[self._next :])
        pace_s = (now - self._since[1]) / (step - self._since[0])
        self._since = (step, now)
        most = min(MAX_LONGER * self._first, max(self._first, MAX_EPOCHS * per_epoch))
        revised = int(max(step + 1, min(most, step + (self.ends_s - now) / max(pace_s, 1e-9))))
        near = abs(revised - n_steps) <= NEAR_ENOUGH * (n_steps - step)
        return None if near else revised
