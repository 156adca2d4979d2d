"""What the clock decides under ``--time``, before training begins; and how a run keeps to it."""

from collections.abc import Callable
from dataclasses import replace

import torch

from ..config import ModelConfig, RunConfig
from .costs import Bench, Costs
from .events import Clock
from .sizes import FEWEST_LOOKS, LOOK_SHARE, LOOKS, MAX_EPOCHS, kind_of

__all__ = ["Pacer", "decide_pace"]

REPORT_S, EXIT_SHARE = 1.0, 0.4  # for the report and the end; the latter of what loading took
EXPLAIN_SHARE = 0.05  # of the time, for the importance of the columns
MIN_TRAINING_SHARE = 0.2  # of the time, also when what came before took too long
MEASURED_SHARE = 0.03  # of the time that is left goes into measuring
PRECISION_SHARE = 0.03  # and as much into trying another precision, where there is one
FASTER, TOLERATED = 0.85, 0.02  # of the time of a step; of what is learnt in as many, less
ENOUGH = 60.0  # epochs that a larger population than the usual must bear
REVISED_AT = (0.1, 0.25, 0.4, 0.6, 0.75, 0.85, 0.95)  # of the steps
NEAR_ENOUGH = 0.03  # of the steps that are left: nothing is revised for less
MAX_LONGER = 1.5  # times the steps that were planned first


def decide_pace(
    config: RunConfig,
    asked: ModelConfig,
    bench: Bench,
    clock: Clock,
    cores: int,
    judging_s: float,
) -> tuple[RunConfig, "Pacer"]:
    """A config under ``time_s`` with threads, precision, members, width, epochs and looks.

    Args:
        config: resolved but for these.
        asked: the model as it was asked for: what is given there stays.
        bench: to try on.
        clock: of the run.
        cores: threads at most.
        judging_s: what judging one simple model took.
    Returns:
        and who keeps the run in its time.
    """
    total_s = config.training.time_s or 0.0
    measured_s = MEASURED_SHARE * (total_s - clock.elapsed)
    # The model is judged on three parts of the rows and against the simple ones, which are on two.
    after_s = REPORT_S + EXIT_SHARE * clock.loading_s + 2.5 * judging_s

    def left(costs: Costs) -> float:
        """Seconds for training and learning curve."""
        finish_s, _ = bench.finish(costs.look, EXPLAIN_SHARE * total_s)
        seconds = total_s - clock.elapsed - after_s - finish_s
        return max(seconds, MIN_TRAINING_SHARE * total_s)

    def epochs(costs: Costs) -> float:
        steps = costs.steps_in(left(costs), _looks(costs, left(costs)))
        return steps / bench.steps_per_epoch(config)

    config = _with_threads(config, bench, cores, 0.3 * measured_s)
    config = _with_precision(config, bench, PRECISION_SHARE * (total_s - clock.elapsed))
    costs = bench.costs(config, 0.4 * measured_s)
    if asked.members is None and asked.width is None and config.model.width is not None:
        config, costs = _sized(config, bench, costs, epochs, 0.1 * measured_s)
    looks = config.training.looks or _looks(costs, left(costs))
    settled = replace(config.training, epochs=round(min(MAX_EPOCHS, epochs(costs)), 3), looks=looks)
    steps = (settled.epochs or 0.0) * bench.steps_per_epoch(config)
    training_s = costs.training_share(steps, looks) * left(costs)
    pacer = Pacer(clock, clock.elapsed + training_s)
    selection = config.selection
    if selection.explain_rows is None:
        _, rows = bench.finish(costs.look, EXPLAIN_SHARE * total_s)
        selection = replace(selection, explain_rows=rows)
    return replace(config, training=settled, selection=selection), pacer


def _with_threads(config: RunConfig, bench: Bench, cores: int, seconds: float) -> RunConfig:
    """The faster number of threads; beside other busy processes one is often faster than all."""
    able = [config.training.threads or cores]
    if config.training.threads is None and cores > 1:
        able.append(1)
    times = []
    for threads in able:
        torch.set_num_threads(threads)
        times.append(bench.step_s(config, seconds / len(able)))
    chosen = able[times.index(min(times))]
    torch.set_num_threads(chosen)
    return replace(config, training=replace(config.training, threads=chosen))


def _with_precision(config: RunConfig, bench: Bench, seconds: float) -> RunConfig:
    """bfloat16 where the device multiplies it, that is faster, and it learns as much."""
    if config.training.precision is not None or not bench.multiplies_bfloat16:
        return config
    single, half = (
        replace(config, training=replace(config.training, precision=precision))
        for precision in ("float32", "bfloat16")
    )
    step_s = bench.step_s(single, 0.2 * seconds)
    if bench.step_s(half, 0.2 * seconds) > FASTER * step_s:
        return single
    steps = max(1, int(0.3 * seconds / step_s))
    learnt = bench.learns(single, steps)
    return half if bench.learns(half, steps) >= learnt - TOLERATED * abs(learnt) else single


def _looks(costs: Costs, seconds: float) -> int:
    return int(max(FEWEST_LOOKS, min(LOOKS, LOOK_SHARE * seconds / costs.look)))


def _sized(
    config: RunConfig,
    bench: Bench,
    costs: Costs,
    epochs: Callable[[Costs], float],
    seconds: float,
) -> tuple[RunConfig, Costs]:
    """A smaller population where the usual one bears too few epochs, a larger one if it can be."""
    kind = kind_of(config.model)
    down = epochs(costs) < kind.few_epochs
    if not down and epochs(costs) < MAX_EPOCHS:
        return config, costs
    sizes = reversed(kind.sizes[: kind.usual]) if down else kind.sizes[kind.usual + 1 :]
    for members, width in sizes:
        other = replace(config, model=replace(config.model, members=members, width=width))
        found = bench.costs(other, seconds)
        if not down and epochs(found) < ENOUGH:
            break
        config, costs = other, found
        if down and epochs(costs) >= kind.few_epochs:
            break
    return config, costs


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
