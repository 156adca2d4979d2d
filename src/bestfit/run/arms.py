"""What is compared: the candidates of one kind, each as a config with a grid of step sizes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..config import RunConfig
from ..errors import ConfigError
from ..initializers import initializer
from ..losses import loss
from ..optimizers import Optimizer, optimizer
from ..penalties import penalty
from ..regularizers import regularizer
from ..schedules import schedule
from .components import checked_options
from .populate import loss_for
from .sizes import usual_lr

__all__ = ["AXES", "Arm", "arms_of"]

AXES = ("optimizers", "losses", "regularizers", "schedules", "inits", "models")
FACTOR = 3.0  # between two step sizes of a grid
SHAPES = ("linear", "mlp:1x32", "mlp:2x64", "mlp:3x128")  # where none are named
STRENGTH = 1e-3  # of the penalties that are compared
DROPOUT = 0.3


@dataclass(frozen=True)
class Arm:
    """One candidate.

    Args:
        name: for people.
        config: what is trained.
        rule: how its weights move.
        rates: step sizes that are tried, in ascending order.
    """

    name: str
    config: RunConfig
    rule: Optimizer
    rates: tuple[float, ...]

    @property
    def together(self) -> tuple[Any, ...]:
        """What arms must have in common to be trained as one population."""
        config = self.config
        return (
            replace(config.model, init=None), config.loss, config.schedule, config.penalty,
            config.training, self.rule.name if self.rule.searches else None,
        )  # fmt: skip


def arms_of(
    axis: str, names: Sequence[str], config: RunConfig, task: str, rates: int | None
) -> list[Arm]:
    """The candidates of a comparison.

    Args:
        axis: of ``AXES``.
        names: of the candidates; ``all`` stands for every one that suits.
        config: resolved, of what is the same for all.
        task: of the target.
        rates: how many step sizes are tried for each; None: 5 for optimizers, else 3.
    Raises:
        ConfigError: a name is unknown or does not suit, or there are fewer than two.
    """
    if "all" in names:
        names = [*_all(axis, task), *(n for n in names if n != "all")]
    names = list(dict.fromkeys(names))
    if len(names) < 2:
        raise ConfigError(
            "two candidates at least make a comparison", where=f"--{axis}", hint=f"--{axis} all"
        )
    grid = rates or (5 if axis == "optimizers" else 3)
    return [_arm(axis, name, config, task, grid) for name in names]


def _all(axis: str, task: str) -> list[str]:
    if axis == "optimizers":
        return list(optimizer)
    if axis == "losses":
        return [name for name, cls in loss.items() if task in cls.tasks]
    if axis == "regularizers":
        return ["none", "dropout", "weight_decay", *penalty, "noise"]
    if axis == "schedules":
        return list(schedule)
    return list(initializer if axis == "inits" else SHAPES)


def _arm(axis: str, name: str, config: RunConfig, task: str, grid: int) -> Arm:
    chosen = config.optimizer
    rule_name = name if axis == "optimizers" else chosen.name
    options = {} if axis == "optimizers" and name != chosen.name else chosen.options
    checked = checked_options("optimizer", optimizer[rule_name], options, ("lr", "weight_decay"))
    decay = {} if chosen.weight_decay is None else {"weight_decay": chosen.weight_decay}
    rule = optimizer[rule_name](**checked, **decay)
    if axis == "losses":
        loss_for(name, task)
        config = replace(config, loss=replace(config.loss, name=name, options={}))
    elif axis == "schedules":
        schedule[name]
        config = replace(config, schedule=replace(config.schedule, name=name, options={}))
    elif axis == "inits":
        initializer[name]
        config = replace(config, model=replace(config.model, init=name))
    elif axis == "models":
        config = replace(config, model=_shaped(config.model, name))
    elif axis == "regularizers":
        config, rule = _regularized(config, rule, name)
    own = chosen.lr is not None and rule_name == chosen.name
    middle = float(chosen.lr or 0.0) if own else usual_lr(rule_name)
    rates = tuple(middle * FACTOR ** (i - (grid - 1) / 2) for i in range(grid))
    return Arm(name, config, rule, rates)


def _shaped(wanted: Any, name: str) -> Any:
    """A network by a name like ``linear`` or ``mlp:2x64``: blocks × width."""
    kind, _, size = name.partition(":")
    if kind == "linear" and not size:
        return replace(wanted, name="linear", width=None, blocks=None, dropout=None)
    blocks, cross, width = size.partition("x")
    if kind != "mlp" or not (cross and blocks.isdecimal() and width.isdecimal()):
        raise ConfigError(f"no network is called {name!r}", where="--models", hint="mlp:2x64")
    return replace(wanted, name="mlp", blocks=int(blocks), width=int(width))


def _regularized(config: RunConfig, rule: Optimizer, name: str) -> tuple[RunConfig, Optimizer]:
    plain = replace(rule, weight_decay=0.0)
    if name == "none":
        return config, plain
    if name == "dropout":
        return replace(config, model=replace(config.model, dropout=DROPOUT)), plain
    if name == "weight_decay":
        return config, replace(rule, weight_decay=0.1)
    if name in penalty:
        section = replace(config.penalty, name=name, options={"strength": STRENGTH})
        return replace(config, penalty=section), plain
    if name in regularizer and not regularizer[name].pictures:
        return replace(config, training=replace(config.training, augment=(name,))), plain
    able = _all("regularizers", "")
    raise ConfigError(f"no regularizer for tables is called {name!r}", hint=", ".join(able))
