"""Build what is trained: members with settings of their own, their optimizer, their plan."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import torch

from ..batching import Rows, Sampler
from ..clippers import clipper
from ..config import RunConfig
from ..errors import ConfigError, MachineError
from ..initializers import initializer
from ..losses import Loss, loss
from ..models import Model, Population
from ..optimizers import optimizer
from ..penalties import penalty
from ..regularizers import regularizer
from ..rng import seed_of, stream
from ..schedules import schedule
from ..table import Target
from ..training import Member, Plan, TrainState
from ..transforms import Layout
from .components import checked_options, made
from .sizes import LOOKS, kind_of, usual_lr
from .weights import set_weights

__all__ = [
    "SAMPLE",
    "Ends",
    "Members",
    "build_loss",
    "build_plan",
    "device_called",
    "device_of",
    "fresh_population",
    "fresh_state",
    "loss_for",
    "newcomer",
    "sampler_of",
    "steps_in_all",
]

SAMPLE = 512  # rows by which first weights are scaled, where they are asked to be
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
        model, chosen = config.model, config.optimizer
        k = model.members or 1
        random = stream(seed, "members")
        spread, top = chosen.spread or 1.0, model.dropout or 0.0
        exponents = [self._even(random, k) * 2 - 1 for _ in range(2)]
        self.lr = (chosen.lr or 0.0) * spread ** exponents[0]
        self.weight_decay = (chosen.weight_decay or 0.0) * spread ** (2 * exponents[1])
        self.dropout = top * self._even(random, k)
        more = [self._even(random, k) * 2 - 1 for _ in range(2)]
        self.activation_scale = model.activation_spread ** more[0]
        self.embedding_scale = model.embedding_spread ** more[1]
        self.lr[0], self.weight_decay[0] = chosen.lr, chosen.weight_decay
        self.dropout[0] = top / 2 if k > 1 else top
        self.activation_scale[0] = self.embedding_scale[0] = 1.0
        self.rules = [optimizer[chosen.name](**chosen.options)]  # type: ignore[arg-type]  # checked there
        self.rules += [optimizer[name]() for name in chosen.also]
        # Neighbours share an optimizer, which then moves them in one call.
        self.kind = np.arange(k) * len(self.rules) // k
        for i, name in enumerate(chosen.also, start=1):
            self.lr[self.kind == i] *= usual_lr(name) / (chosen.lr or 1.0)

    @staticmethod
    def _even(random: np.random.Generator, k: int) -> np.ndarray:
        return (random.permutation(k) + 0.5) / k

    def __len__(self) -> int:
        return len(self.lr)

    def settings(self, member: int) -> dict[str, float | str]:
        """For the report."""
        names = ("lr", "weight_decay", "dropout", "activation_scale", "embedding_scale")
        told: dict[str, float | str] = {
            name: float(f"{getattr(self, name)[member]:.6g}") for name in names
        }
        return {**told, "optimizer": self.rules[self.kind[member]].name}

    def add(self, parent: int, best: int) -> int:
        """A newcomer after a sick member: half-way from it to the best one; its number."""
        # Step sizes of two rules are of two sizes: what counts is how far each is from the usual.
        usual = [usual_lr(self.rules[self.kind[j]].name) for j in (best, parent)]
        self.lr = np.append(self.lr, np.sqrt(self.lr[parent] * usual[0] / usual[1] * self.lr[best]))
        for name in ("weight_decay", "activation_scale", "embedding_scale"):
            values = getattr(self, name)
            setattr(self, name, np.append(values, np.sqrt(values[parent] * values[best])))
        self.dropout = np.append(self.dropout, (self.dropout[parent] + self.dropout[best]) / 2)
        self.kind = np.append(self.kind, self.kind[best])
        return len(self) - 1

    def seats(self, numbers: Sequence[int], born: int = 0) -> list[Member]:
        """What the training is told of these members."""
        return [
            Member(
                number=j,
                rule=self.rules[self.kind[j]],
                lr=float(np.float32(self.lr[j])),
                weight_decay=float(np.float32(self.weight_decay[j])),
                born=born,
            )
            for j in numbers
        ]

    def shape(self, config: RunConfig, numbers: Sequence[int]) -> Model:
        """What the networks of these members look like."""
        wanted = config.model
        kind = kind_of(wanted)
        if not kind.hidden:
            return kind()
        own = {
            name: tuple(getattr(self, name)[list(numbers)].tolist())
            for name in ("dropout", "activation_scale", "embedding_scale")
        }
        settings: dict[str, Any] = {
            "width": wanted.width, "blocks": wanted.blocks, "activation": wanted.activation, **own
        }  # fmt: skip
        return kind(**settings)


def build_loss(
    config: RunConfig, target: Target, y: np.ndarray | None = None
) -> tuple[Loss, RunConfig]:
    """The loss asked for, or the likelihood of the task.

    Args:
        config: of the run.
        target: what is predicted.
        y: (N,) class index of the training rows, by which classes are balanced.
    Raises:
        ConfigError: the loss is not one for this task, or has no such option.
    """
    name = config.loss.name or LOSSES[target.task]
    chosen = loss_for(name, target.task)
    options = checked_options("loss", chosen, config.loss.options)
    if config.loss.balanced:
        if not hasattr(chosen, "class_weight") or "class_weight" in options:
            where = "loss.balanced"
            raise ConfigError(f"the loss {name!r} cannot be balanced", where=where)
        if y is not None:
            counts = np.bincount(y, minlength=len(target.classes)).clip(min=1)
            options["class_weight"] = tuple((counts.sum() / len(counts) / counts).tolist())
    return chosen(**options), replace(config, loss=replace(config.loss, name=name))


def loss_for(name: str, task: str) -> type[Loss]:
    """A loss by its name.

    Raises:
        ConfigError: it is not one for this task.
    """
    chosen = loss[name]
    if task not in chosen.tasks:
        fit = [n for n, cls in loss.items() if task in cls.tasks]
        raise ConfigError(f"the loss {name!r} is not for {task}", hint=", ".join(fit))
    return chosen


def build_plan(config: RunConfig, chosen_loss: Loss, n_rows: int, n_steps: int) -> Plan:
    """What training is told when it is to take so many steps."""
    wanted = config.training
    return Plan(
        sampler=sampler_of(config, n_rows),
        loss=chosen_loss,
        schedule=schedule[config.schedule.name](**config.schedule.options),
        validate_every=max(1, n_steps // (wanted.looks or LOOKS)),
        clip_norm=wanted.clip_norm,
        seed=wanted.seed,
        microbatch=wanted.microbatch,
        regularizers=tuple(regularizer[name]() for name in wanted.augment or ()),
        penalty=made(penalty, config.penalty.name, config.penalty.options),
        clipper=made(clipper, wanted.clip, wanted.clip_options),
    )


def sampler_of(config: RunConfig, n_rows: int) -> Sampler:
    """Which rows each step sees."""
    wanted = config.training
    batch = n_rows if wanted.batch_size == "full" else min(n_rows, wanted.batch_size or n_rows)
    pools = (np.arange(n_rows),) if wanted.own_batches else ()
    return Sampler(n_rows, batch, wanted.seed, pools)


def steps_in_all(config: RunConfig, n_rows: int) -> int:
    """Steps of the epochs that were planned first."""
    per_epoch = sampler_of(config, n_rows).steps_per_epoch
    return max(1, round((config.training.epochs or 1.0) * per_epoch))


class Ends(NamedTuple):
    """Where networks begin and end.

    Args:
        layout: of the inputs.
        n_outputs: T.
        sample: some rows, for first weights that go by data.
    """

    layout: Layout
    n_outputs: int
    sample: Rows | None = None


def fresh_population(
    config: RunConfig, members: Members, numbers: Sequence[int], ends: Ends, seed: int
) -> Population:
    """Networks with fresh weights for these members, on the device."""
    shape = members.shape(config, numbers)
    device, scheme = device_of(config), config.model.init
    population = shape.build(ends.layout, ends.n_outputs, len(numbers), seed)
    if scheme is not None:
        activation = config.model.activation
        few = () if ends.sample is None else ends.sample.encode(population.encode).inputs
        set_weights(population, initializer[scheme](), seed, activation, [t.cpu() for t in few])
    return population.to(device)


def fresh_state(config: RunConfig, members: Members, ends: Ends, n_steps: int) -> TrainState:
    """A population and its optimizers before the first of so many steps."""
    numbers, seed = range(len(members)), config.training.seed
    population = fresh_population(config, members, numbers, ends, seed)
    precision = config.training.precision or "float32"
    return TrainState(population, members.seats(numbers), n_steps, seed, precision)


def newcomer(config: RunConfig, members: Members, ends: Ends, number: int) -> Population:
    """A network with fresh weights of its own, to take a place among others."""
    seed = seed_of(config.training.seed, "newcomer", number)
    return fresh_population(config, members, [number], ends, seed)


def device_of(config: RunConfig) -> torch.device:
    """The device asked for.

    Raises:
        MachineError: it is not there.
    """
    return device_called(config.training.device)


def device_called(name: str | None) -> torch.device:
    """A device by its name; None takes a GPU where there is one.

    Raises:
        MachineError: it is not there.
    """
    name = name or ("cuda" if torch.cuda.is_available() else "cpu")
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise MachineError(
            f"no device {name!r} on this machine", where="--device", hint="--device cpu"
        ) from error
