"""How a network of the user's own is trained: what can be asked for, and what is refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeVar

from torch import Tensor

from ..batching import Sampler
from ..clippers import Clipper, clipper
from ..config import RANGES
from ..errors import ConfigError
from ..losses import Loss
from ..metrics import Metric, metric
from ..models import PRECISIONS
from ..optimizers import Optimizer, optimizer
from ..penalties import Penalty, penalty
from ..registry import Registry
from ..regularizers import Regularizer, regularizer
from ..schedules import Schedule, schedule
from ..training import Member, Plan
from .events import Progress
from .material import Material

__all__ = ["FitOptions", "member_of", "plan_of", "settled"]

T = TypeVar("T")
WHOLE = ("batch_size", "microbatch", "patience", "seed")
REAL = ("lr", "weight_decay", "epochs", "clip_norm")
PLAIN: dict[str, Any] = {
    "loss": None, "optimizer": "adam", "lr": None, "weight_decay": None, "schedule": "constant",
    "batch_size": 32, "epochs": 10, "metric": None, "patience": None, "clip_norm": None,
    "clipper": None, "penalty": None, "regularizers": (), "precision": "float32",
    "microbatch": None, "compile": None, "seed": 0, "device": None, "out": None, "progress": None,
    "repair": False,
}  # fmt: skip


class FitOptions(TypedDict, total=False):
    """How a network of the user's own is trained; None leaves a setting to bestfit.

    Args:
        loss: a component of ``bestfit.losses`` or its name, or a function of outputs and targets
            that gives their mean or one number a row; numbers (N,) reach it as (N, 1), as the
            outputs do. None goes by the targets.
        optimizer: a component of ``bestfit.optimizers`` or its name; None is Adam.
        lr: step size; > 0. None is that of the optimizer; ``"find"`` looks for one on copies,
            and proves it by short trials (``bestfit.find_lr``).
        weight_decay: decoupled shrinkage of all parameters, as a share of lr; ≥ 0.
        schedule: a component of ``bestfit.schedules`` or its name; None keeps the step size.
        batch_size: rows of a step, or ``"full"``; ≥ 1. None is 32.
        epochs: passes over the training rows; > 0. None is 10.
        metric: a component of ``bestfit.metrics``; None goes by the targets.
        patience: looks, one an epoch, without a better score after which training stops; ≥ 1.
        clip_norm: largest norm of the gradient; > 0.
        clipper: a component of ``bestfit.clippers`` or its name, in place of ``clip_norm``.
        penalty: a component of ``bestfit.penalties`` or its name.
        regularizers: components of ``bestfit.regularizers`` or their names, in order.
        precision: of products: float32, bfloat16 or float16.
        microbatch: most rows that go through the network at once; ≥ 1. A loss that weighs rows by
            itself is then averaged over each part.
        compile: by torch.compile, which draws dropout otherwise; None measures where training
            takes long, and keeps what is faster.
        seed: of every random stream; ≥ 0.
        device: ``"cpu"``, ``"cuda"`` …
        out: a folder for checkpoints and history; what was begun there is continued.
        progress: called with each Event.
        repair: look for what is wrong, try what may help on copies, and keep what validation rows
            prove to be better. Where these are of another kind than the training rows, both may be
            shuffled and cut anew; where they are training rows, a fifth of them judges alone; and a
            finding says so. Takes several times as long; neither ``out`` nor ``compile`` then.
    """

    loss: "str | Loss | Callable[[Tensor, Tensor], Any] | None"
    optimizer: str | Optimizer | None
    lr: float | Literal["find"] | None
    weight_decay: float | None
    schedule: str | Schedule | None
    batch_size: int | Literal["full"] | None
    epochs: float | None
    metric: str | None
    patience: int | None
    clip_norm: float | None
    clipper: str | Clipper | None
    penalty: str | Penalty | None
    regularizers: Sequence[str | Regularizer] | None
    precision: Literal["float32", "bfloat16", "float16"] | None
    microbatch: int | None
    compile: bool | None
    seed: int | None
    device: str | None
    out: str | Path | None
    progress: Progress | None
    repair: bool


def settled(options: Mapping[str, Any]) -> dict[str, Any]:
    """Every option, with components in place of names.

    Raises:
        ConfigError: one is unknown, of another kind, or out of range.
    """
    given = {key: value for key, value in options.items() if value is not None}
    if unknown := sorted(given.keys() - FitOptions.__annotations__.keys()):
        raise ConfigError(f"no such option: {unknown[0]}", hint=", ".join(sorted(PLAIN)))
    wanted = {**PLAIN, **given}
    for name in (*WHOLE, *REAL):
        _check_number(name, wanted[name])
    if wanted["precision"] not in PRECISIONS:
        raise ConfigError(
            f"no precision is called {wanted['precision']!r}", hint=", ".join(PRECISIONS)
        )
    if not isinstance(wanted["repair"], bool):
        raise ConfigError(f"repair must be True or False, not {wanted['repair']!r}")
    for name in ("out", "compile"):
        if wanted["repair"] and wanted[name]:
            raise ConfigError(f"{name} does not go with repair", where=name, hint="leave it out")
    regularizers = wanted["regularizers"]
    if isinstance(regularizers, str | Regularizer):
        regularizers = (regularizers,)
    return wanted | {
        "optimizer": _component(optimizer, Optimizer, wanted["optimizer"]),
        "schedule": _component(schedule, Schedule, wanted["schedule"]),
        "metric": None if wanted["metric"] is None
        else _component(metric, Metric, wanted["metric"]),
        "clipper": None if wanted["clipper"] is None
        else _component(clipper, Clipper, wanted["clipper"]),
        "penalty": None if wanted["penalty"] is None
        else _component(penalty, Penalty, wanted["penalty"]),
        "regularizers": tuple(_component(regularizer, Regularizer, r) for r in regularizers),
    }  # fmt: skip


def member_of(wanted: Mapping[str, Any]) -> Member:
    """The one network that is trained, with its step size."""
    rule: Any = wanted["optimizer"]
    changed = {key: wanted[key] for key in ("lr", "weight_decay") if wanted[key] is not None}
    rule = replace(rule, **changed)  # which also checks the numbers
    return Member(0, rule, rule.lr, rule.weight_decay)


def plan_of(material: Material, wanted: Mapping[str, Any]) -> Plan:
    """What a training is told; a look at each epoch."""
    n_rows, seed = len(material.rows), wanted["seed"]
    batch_size = n_rows if wanted["batch_size"] == "full" else wanted["batch_size"]
    sampler = Sampler(n_rows, min(n_rows, batch_size), seed)
    return Plan(
        sampler=sampler,
        loss=material.loss,
        schedule=wanted["schedule"],
        validate_every=sampler.steps_per_epoch,
        clip_norm=wanted["clip_norm"],
        seed=seed,
        regularizers=wanted["regularizers"],
        penalty=wanted["penalty"],
        clipper=wanted["clipper"],
        microbatch=wanted["microbatch"],
    )


def _check_number(name: str, value: object) -> None:
    if value is None or (name, value) in (("batch_size", "full"), ("lr", "find")):
        return
    section = "optimizer" if name in ("lr", "weight_decay") else "training"
    allowed, kinds = RANGES[f"{section}.{name}"], int if name in WHOLE else int | float
    if not isinstance(value, kinds) or isinstance(value, bool) or not allowed.holds(value):
        whole = "a whole number " if name in WHOLE else ""
        raise ConfigError(f"{name} must be {whole}{allowed}, not {value!r}")


def _component(room: Registry[T], kind: Any, wanted: Any) -> T:
    """A component, or the one of this name with its defaults."""
    if isinstance(wanted, str):
        return room[wanted]()
    if not isinstance(wanted, kind):
        raise ConfigError(f"{wanted!r} is no {room.room} of bestfit", hint=", ".join(room))
    return wanted  # type: ignore[no-any-return]  # it is of the kind
