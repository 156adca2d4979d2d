"""How large and how long: members, width, batch and epochs, from rows, columns and clock."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch

from ..config import RunConfig
from ..models import model as models
from ..optimizers import optimizer
from ..transforms import Layout

__all__ = ["LOOKS", "Pace", "default_bins", "measure_pace", "resolve_sizes", "usual_lr"]

LOOKS = 40  # looks at the validation rows that a run plans
# Rows of a step by training rows, after TabM (Gorishniy et al., ICLR 2025).
BATCHES = ((2_800, 32), (4_500, 64), (6_400, 128), (32_000, 256), (108_000, 512))
WORK = 40e9  # multiply-adds a second that the default budget assumes: two plain cores
TUNED_LR = {"adamw": 4e-3, "adam": 4e-3, "nadam": 4e-3, "rmsprop": 1e-3, "sgd": 0.1}
MAX_EPOCHS, MIN_EPOCHS = 120.0, 8.0
MEASURED_SHARE = 0.02  # of the training time goes into measuring a step
LOOK_SHARE = 0.15  # of the training time may go into looks
FEWEST_LOOKS = 8


def default_bins(n_rows: int, n_numbers: int) -> int:
    """Bins of a number's piecewise-linear encoding: more rows bear more, many columns need fewer.

    >>> default_bins(500, 5), default_bins(40_000, 6), default_bins(40_000, 60)
    (8, 48, 16)
    """
    by_rows = 8 if n_rows < 2_000 else 16 if n_rows < 10_000 else 48
    return min(by_rows, max(16, 600 // max(1, n_numbers))) if by_rows > 8 else 8


def usual_lr(name: str) -> float:
    """The step size of an optimizer where none is asked for."""
    return TUNED_LR.get(name, float(getattr(optimizer[name](), "lr", 1e-2)))


def resolve_sizes(config: RunConfig, n_rows: int, layout: Layout) -> RunConfig:
    """Fill in what is left to choose, but for the epochs of a run under ``time_s``."""
    model, training, chosen = config.model, config.training, config.optimizer
    batch = training.batch_size or next((b for n, b in BATCHES if n_rows < n), 1024)
    if models[model.name].hidden:
        model = replace(
            model,
            members=model.members or 16,
            width=model.width or 128,
            blocks=model.blocks or 2,
            dropout=0.3 if model.dropout is None else model.dropout,
        )
    model = replace(model, members=model.members or 4)
    chosen = replace(
        chosen,
        lr=usual_lr(chosen.name) if chosen.lr is None else chosen.lr,
        spread=(3.0 if chosen.lr is None else 1.0) if chosen.spread is None else chosen.spread,
        weight_decay=0.01 if chosen.weight_decay is None else chosen.weight_decay,
    )
    training = replace(training, batch_size=batch, patience=training.patience or 12)
    if training.time_s is None:
        training = replace(training, looks=training.looks or LOOKS)
    if training.epochs is None and training.time_s is None:
        epochs = default_epochs(
            n_rows, layout, model.members or 1, model.width or 0, model.blocks or 0
        )
        training = replace(training, epochs=epochs)
    return replace(config, model=model, optimizer=chosen, training=training)


def default_epochs(n_rows: int, layout: Layout, members: int, width: int, blocks: int) -> float:
    """Passes over the rows without a clock: 12 s of work at 5,000 rows, growing like n^0.7."""
    n_in = len(layout.names) + sum(max(0, len(e) - 1) for e in layout.edges)
    per_row = 6 * members * (n_in * width + max(0, blocks - 1) * width**2 + 1000)
    budget_s = 12 * float(n_rows / 5_000) ** 0.7
    return float(round(min(MAX_EPOCHS, max(MIN_EPOCHS, budget_s * WORK / (per_row * n_rows)))))


class Pace(NamedTuple):
    """What the clock decides, once and early.

    Args:
        threads: of the processor.
        epochs: that fit into the time.
        looks: at the validation rows, at most ``LOOKS``.
    """

    threads: int
    epochs: float
    looks: int


def measure_pace(
    step: Callable[[], object],
    look: Callable[[], object],
    steps_per_epoch: int,
    seconds: float,
    threads: Sequence[int],
) -> Pace:
    """Time steps and looks done on a throwaway population, and fill the time with them.

    Args:
        step: takes one step.
        look: scores the validation rows once.
        steps_per_epoch: steps of an epoch.
        seconds: left for training.
        threads: numbers of threads to try; the fastest is kept. Beside other busy processes one
            thread is often faster than all.
    """
    each = MEASURED_SHARE / len(threads) * seconds
    step_s, chosen = min((_with_threads(step, n, each), n) for n in threads)
    look_s = _with_threads(look, chosen, MEASURED_SHARE / 2 * seconds)
    looks = int(max(FEWEST_LOOKS, min(LOOKS, LOOK_SHARE * seconds / look_s)))
    n_steps = max((seconds - looks * look_s) / step_s, 0.25 * seconds / step_s, 1.0)
    return Pace(chosen, min(MAX_EPOCHS, round(n_steps / steps_per_epoch, 3)), looks)


def _with_threads(work: Callable[[], object], threads: int, seconds: float) -> float:
    """Seconds that the work takes with so many threads, over about so many seconds."""
    torch.set_num_threads(threads)
    work()  # the first call also allocates
    begun, times = time.perf_counter(), 0
    while times < 3 or time.perf_counter() - begun < seconds:
        work()
        times += 1
    return (time.perf_counter() - begun) / times
