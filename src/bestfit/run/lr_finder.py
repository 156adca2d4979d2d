"""A step size that is proved: a ramp finds where the loss falls, short trials show that it does.

The ramp is that of Smith, "Cyclical Learning Rates", WACV 2017. Everything happens on copies.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from ..batching import Rows, Sampler
from ..errors import ConfigError
from ..losses import Loss
from ..models import Own
from ..schedules import Schedule
from ..training import Member, Plan, TrainState, outputs, train

__all__ = ["Found", "find_step_size"]

LOW, HIGH = 1e-7, 10.0
STEPS = 100  # of the ramp
TRIAL = 60  # steps of each trial, at least
FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)  # around the suggestion
SMOOTH = 0.9
TOO_FAR = 4.0  # times the best smoothed loss: the ramp ends
JUDGES = 2_000  # rows by which trials are judged
SAME = 0.02  # of the gain: a larger step size that is so near to the best is preferred


@dataclass(frozen=True)
class Found:
    """A step size, and why it is to be believed.

    Args:
        lr: the step size.
        suggested: what the ramp alone says.
        proved: whether training with ``lr`` lowered the loss in the trial.
        before: the loss with the first weights.
        trial: step sizes that were tried, and the loss after the trial; infinite where it
            diverged.
        curve: step sizes of the ramp, and the loss at each.
    """

    lr: float
    suggested: float
    proved: bool
    before: float
    trial: tuple[tuple[float, float], ...]
    curve: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Ramp(Schedule):
    """From ``LOW`` to ``HIGH`` in equal factors, relative to ``HIGH``."""

    name = "ramp"

    def at(self, progress: float) -> float:
        return float((LOW / HIGH) ** (1 - progress))


@dataclass(frozen=True)
class _Flat(Schedule):
    name = "flat"

    def at(self, progress: float) -> float:
        return 1.0


def find_step_size(
    make: Callable[[], nn.Module], rows: Rows, loss: Loss, wanted: Mapping[str, Any]
) -> Found:
    """Ramp, suggest, try, choose.

    Args:
        make: gives a fresh copy of the network, always with the same weights.
        rows: training rows.
        loss: minimised.
        wanted: settled options of a fit.
    Raises:
        ConfigError: the optimizer searches for its step by itself.
    """
    if wanted["optimizer"].searches:
        raise ConfigError("this optimizer searches for its step by itself", where="lr", hint="1.0")
    curve = _ramp(make, rows, loss, wanted)
    suggested = _valley(curve)
    judges = rows.take(slice(0, JUDGES))
    before = _judged(make(), judges, loss)
    trial = []
    for lr in [suggested * f for f in FACTORS if LOW <= suggested * f <= HIGH]:
        module = make()
        for _ in train(*_begun(module, rows, loss, wanted, lr, TRIAL, _Flat()), rows):
            pass
        trial.append((lr, _judged(module, judges, loss)))
    best = min(after for _, after in trial)
    near = best + SAME * max(0.0, before - best)
    lr = max((lr for lr, after in trial if after <= near), default=suggested)
    return Found(lr, suggested, best < before, before, tuple(trial), tuple(curve))


def _ramp(
    make: Callable[[], nn.Module], rows: Rows, loss: Loss, wanted: Mapping[str, Any]
) -> list[tuple[float, float]]:
    """The loss at each step while the step size grows, until it has become too large."""
    state, plan = _begun(make(), rows, loss, wanted, HIGH, STEPS, _Ramp())
    curve, mean, weight, best = [], 0.0, 0.0, math.inf
    for step in train(state, plan, rows):
        value = float(step.loss)
        lr = HIGH * _Ramp().at((step.number - 1) / STEPS)
        if not math.isfinite(value):
            break
        mean, weight = SMOOTH * mean + (1 - SMOOTH) * value, SMOOTH * weight + 1 - SMOOTH
        curve.append((lr, mean / weight))
        best = min(best, mean / weight)
        if mean / weight > TOO_FAR * best + 1e-12 and step.number > STEPS // 10:
            break
    return curve or [(LOW, math.inf)]


def _valley(curve: Sequence[tuple[float, float]]) -> float:
    """Two thirds down the longest fall of the smoothed loss, by its logarithm of step sizes."""
    rates, losses = [r for r, _ in curve], [v for _, v in curve]
    first = len(curve) // 10
    start, length, here = first, 1, first
    for i in range(first + 1, len(curve)):
        if losses[i] > losses[i - 1]:
            here = i
        if i - here + 1 > length:
            start, length = here, i - here + 1
    return rates[min(len(rates) - 1, start + (2 * length) // 3)]


def _begun(
    module: nn.Module, rows: Rows, loss: Loss, wanted: Mapping[str, Any], lr: float, n_steps: int,
    schedule: Schedule,
) -> tuple[TrainState, Plan]:  # fmt: skip
    size = len(rows) if wanted["batch_size"] == "full" else wanted["batch_size"]
    plan = Plan(
        sampler=Sampler(len(rows), min(len(rows), size), wanted["seed"]),
        loss=loss, schedule=schedule, validate_every=n_steps + 1, clip_norm=wanted["clip_norm"],
        seed=wanted["seed"], regularizers=wanted["regularizers"], microbatch=wanted["microbatch"],
    )  # fmt: skip
    decay = wanted["weight_decay"]
    rule = replace(wanted["optimizer"], lr=lr, **({} if decay is None else {"weight_decay": decay}))
    member = Member(0, rule, lr, float(rule.weight_decay))
    population = Own(module, rows.inputs, changed=bool(plan.regularizers))
    return TrainState(population, [member], n_steps, wanted["seed"]), plan


def _judged(module: nn.Module, rows: Rows, loss: Loss) -> float:
    raw = outputs(Own(module, rows.inputs), rows)
    with torch.no_grad():
        value = float(loss(raw, rows.target).mean())
    return value if np.isfinite(value) else math.inf
