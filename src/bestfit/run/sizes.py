"""How large and how long: members, width, batch and epochs, from rows, columns and clock."""

import time
from collections.abc import Callable
from dataclasses import replace

from ..config import RunConfig
from ..optimizers import optimizer
from ..transforms import Layout

__all__ = ["LOOKS", "default_bins", "looks_apart", "measured_epochs", "resolve_sizes"]

LOOKS = 40  # looks at the validation rows that a run plans
# Rows of a step by training rows, after TabM (Gorishniy et al., ICLR 2025).
BATCHES = ((2_800, 32), (4_500, 64), (6_400, 128), (32_000, 256), (108_000, 512))
WORK = 40e9  # multiply-adds a second that the default budget assumes: two plain cores
TUNED_LR = {"adamw": 2e-3, "adam": 2e-3, "nadam": 2e-3, "rmsprop": 1e-3, "sgd": 0.1}
MAX_EPOCHS, MIN_EPOCHS = 120.0, 8.0


def default_bins(n_rows: int, n_numbers: int) -> int:
    """Bins of a number's piecewise-linear encoding: more rows bear more, many columns need fewer.

    >>> default_bins(500, 5), default_bins(40_000, 6), default_bins(40_000, 60)
    (8, 48, 16)
    """
    by_rows = 8 if n_rows < 2_000 else 16 if n_rows < 10_000 else 48
    return min(by_rows, max(16, 600 // max(1, n_numbers))) if by_rows > 8 else 8


def resolve_sizes(config: RunConfig, n_rows: int, layout: Layout) -> RunConfig:
    """Fill in what is left to choose, but for the epochs of a run under ``time_s``."""
    model, training, chosen = config.model, config.training, config.optimizer
    batch = training.batch_size or next((b for n, b in BATCHES if n_rows < n), 1024)
    blocks = 0 if model.name == "linear" else 2 if model.blocks is None else model.blocks
    model = replace(
        model,
        members=model.members or (4 if model.name == "linear" else 16),
        width=model.width or 128,
        blocks=blocks,
        dropout=0.3 if model.dropout is None else model.dropout,
    )
    own = optimizer[chosen.name]()
    fallback = TUNED_LR.get(chosen.name, float(getattr(own, "lr", 1e-2)))
    chosen = replace(
        chosen,
        lr=fallback if chosen.lr is None else chosen.lr,
        spread=(3.0 if chosen.lr is None else 1.0) if chosen.spread is None else chosen.spread,
        weight_decay=0.01 if chosen.weight_decay is None else chosen.weight_decay,
    )
    training = replace(training, batch_size=batch, patience=training.patience or 12)
    if training.epochs is None and training.time_s is None:
        epochs = default_epochs(n_rows, layout, model.members or 1, model.width or 0, blocks)
        training = replace(training, epochs=epochs)
    return replace(config, model=model, optimizer=chosen, training=training)


def default_epochs(n_rows: int, layout: Layout, members: int, width: int, blocks: int) -> float:
    """Passes over the rows without a clock: 12 s of work at 5,000 rows, growing like n^0.7."""
    n_in = len(layout.names) + sum(max(0, len(e) - 1) for e in layout.edges)
    per_row = 6 * members * (n_in * width + max(0, blocks - 1) * width**2 + 1000)
    budget_s = 12 * float(n_rows / 5_000) ** 0.7
    return float(round(min(MAX_EPOCHS, max(MIN_EPOCHS, budget_s * WORK / (per_row * n_rows)))))


def looks_apart(n_steps: int, steps_per_epoch: int) -> int:
    """Steps between two looks at the validation rows: an epoch, or so that ``LOOKS`` are made."""
    if n_steps < LOOKS // 2 * steps_per_epoch:
        return max(1, n_steps // (LOOKS // 2))
    return max(1, -(-n_steps // (LOOKS * steps_per_epoch))) * steps_per_epoch


def measured_epochs(
    step: Callable[[], object], look: Callable[[], object], steps_per_epoch: int, seconds: float
) -> float:
    """How many epochs fit into so many seconds, from a few steps and a look done on a throwaway.

    Args:
        step: takes one step.
        look: scores the validation rows once.
        steps_per_epoch: steps of an epoch.
        seconds: left for training.
    """
    for _ in range(3):
        step()
    step_s = _median_seconds(step, 15)
    look_s = _median_seconds(look, 3)
    n_steps = max(1.0, (seconds - LOOKS * look_s) / step_s)
    n_steps = max(n_steps, 0.25 * seconds / step_s)
    return min(MAX_EPOCHS, round(n_steps / steps_per_epoch, 3))


def _median_seconds(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return sorted(taken)[times // 2]
