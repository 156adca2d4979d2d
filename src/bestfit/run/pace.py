"""What the clock decides, before training begins: threads, epochs and looks. Written down, kept."""

from dataclasses import replace

from ..config import RunConfig
from ..metrics import metric
from ..table import Target
from ..training import take_step
from .events import Clock
from .fit import Look
from .populate import (
    Members,
    build_loss,
    build_members,
    build_plan,
    device_of,
    fresh_state,
    rows_of,
)
from .rows import Encoded
from .sizes import LOOKS, measure_pace

__all__ = ["decide_pace"]

FINISHING_S = 6.0  # seconds kept for starting, the report and the files
FINISHING_SHARE = 0.08  # of the time, for importance and intervals
MIN_TRAINING_SHARE = 0.4  # of the time, also when what came before took too long
CURVE_SHARE = 0.18  # of the training time, for the learning curve


def decide_pace(
    config: RunConfig, encoded: Encoded, target: Target, clock: Clock, cores: int
) -> RunConfig:
    """The config with threads, and with epochs and looks where they hang on the time.

    Args:
        config: resolved but for these.
        encoded: the rows.
        target: what is predicted.
        clock: how much of the time is gone.
        cores: threads at most.
    """
    wanted = config.training
    if wanted.epochs is not None or wanted.time_s is None:
        settled = replace(wanted, threads=cores, looks=wanted.looks or LOOKS)
        return replace(config, training=settled)
    left = wanted.time_s * (1 - FINISHING_SHARE) - clock.elapsed - FINISHING_S
    left = max(left, MIN_TRAINING_SHARE * wanted.time_s)
    members = Members(config, wanted.seed)
    shape, (loss, _) = build_members(config, members), build_loss(config, target)
    device = device_of(config)
    rows, valid = (rows_of(encoded, part, device) for part in ("train", "valid"))
    look = Look(valid, encoded.y["valid"], target, metric[config.selection.metric or ""](), encoded)
    state = fresh_state(config, encoded, shape, members, target)
    plan = build_plan(config, loss, len(rows), 1_000_000)
    batch = next(plan.sampler.epoch(rows, 0))
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
    return replace(config, training=settled)
