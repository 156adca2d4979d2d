"""Build what is trained: members with settings of their own, their optimizer, their plan."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ..batching import Rows, Sampler
from ..config import RunConfig
from ..errors import ConfigError, MachineError
from ..losses import Loss, loss
from ..models import Model, Population, model
from ..optimizers import optimizer
from ..rng import stream
from ..schedules import schedule
from ..table import Target
from ..training import Plan, TrainState
from .rows import Encoded
from .sizes import LOOKS

__all__ = ["Members", "build_members", "build_plan", "device_of", "fresh_state", "rows_of"]

LOSSES = {"binary": "binary_cross_entropy", "multiclass": "cross_entropy", "regression": "mse"}


class Members:
    """The hyper-parameters of each member.

    Member 0 has the central ones; the others are spread evenly (a Latin hypercube), so that a
    good value is among them whatever the table.

    Args:
        config: resolved.
        seed: of the run.
    """

    def __init__(self, config: RunConfig, seed: int) -> None:
        k = config.model.members or 1
        random = stream(seed, "members")
        spread, top = config.optimizer.spread or 1.0, config.model.dropout or 0.0
        exponents = [self._even(random, k) * 2 - 1 for _ in range(2)]
        self.lr = (config.optimizer.lr or 0.0) * spread ** exponents[0]
        self.weight_decay = (config.optimizer.weight_decay or 0.0) * spread ** (2 * exponents[1])
        self.dropout = top * self._even(random, k)
        self.lr[0], self.weight_decay[0] = config.optimizer.lr, config.optimizer.weight_decay
        self.dropout[0] = top / 2 if k > 1 else top

    @staticmethod
    def _even(random: np.random.Generator, k: int) -> np.ndarray:
        return (random.permutation(k) + 0.5) / k

    def settings(self, member: int) -> dict[str, float]:
        """For the report."""
        names = ("lr", "weight_decay", "dropout")
        return {name: float(f"{getattr(self, name)[member]:.6g}") for name in names}


def build_loss(config: RunConfig, target: Target) -> tuple[Loss, RunConfig]:
    """The loss asked for, or the likelihood of the task.

    Raises:
        ConfigError: the loss is not one for this task.
    """
    name = config.loss.name or LOSSES[target.task]
    chosen = loss[name]
    if target.task not in chosen.tasks:
        fit = [n for n, cls in loss.items() if target.task in cls.tasks]
        raise ConfigError(f"the loss {name!r} is not for {target.task}", hint=", ".join(fit))
    return chosen(), replace(config, loss=replace(config.loss, name=name))


def build_members(config: RunConfig, members: Members) -> Model:
    """The shape of the population."""
    wanted = config.model
    if not model[wanted.name].hidden:
        return model[wanted.name]()
    settings: dict[str, Any] = {
        "width": wanted.width, "blocks": wanted.blocks,
        "activation": wanted.activation, "dropout": tuple(members.dropout.tolist()),
    }  # fmt: skip
    return model[wanted.name](**settings)


def build_plan(config: RunConfig, chosen_loss: Loss, n_rows: int, n_steps: int | None) -> Plan:
    """What training is told; ``n_steps`` overrides the epochs."""
    wanted = config.training
    batch = n_rows if wanted.batch_size == "full" else min(n_rows, wanted.batch_size or n_rows)
    sampler = Sampler(n_rows, batch, wanted.seed)
    if n_steps is None:
        n_steps = max(1, round((wanted.epochs or 1.0) * sampler.steps_per_epoch))
    return Plan(
        sampler=sampler,
        loss=chosen_loss,
        schedule=schedule[config.schedule.name](),
        n_steps=n_steps,
        validate_every=max(1, n_steps // (wanted.looks or LOOKS)),
        clip_norm=wanted.clip_norm,
        seed=wanted.seed,
    )


def fresh_state(
    config: RunConfig, encoded: Encoded, shape: Model, members: Members, target: Target
) -> TrainState:
    """A population with fresh weights and its optimizer, on the device."""
    k = len(members.lr)
    population = shape.build(encoded.encoder.layout, target.n_outputs, k, config.training.seed)
    population.to(device_of(config))
    rule = optimizer[config.optimizer.name](**config.optimizer.options)
    return TrainState(population, rule.build(_groups(population, members)), list(range(k)))


def _groups(population: Population, members: Members) -> list[dict[str, Any]]:
    """Weights decay, biases do not; each member has its own step size."""
    lr = torch.from_numpy(members.lr).float()
    decay = torch.from_numpy(members.weight_decay).float()
    weights = [p for n, p in population.named_parameters() if n.endswith("weight")]
    biases = [p for n, p in population.named_parameters() if not n.endswith("weight")]
    return [
        {"params": weights, "lr": lr, "weight_decay": decay},
        {"params": biases, "lr": lr, "weight_decay": torch.zeros_like(decay)},
    ]


def rows_of(encoded: Encoded, part: str, device: torch.device) -> Rows:
    """A part's rows as tensors."""
    return Rows.of(encoded.features[part], encoded.training_target(part), device)


def device_of(config: RunConfig) -> torch.device:
    """The device asked for.

    Raises:
        MachineError: it is not there.
    """
    name = config.training.device or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise MachineError(
            f"no device {name!r} on this machine", where="--device", hint="--device cpu"
        ) from error
