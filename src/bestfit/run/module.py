"""A network of the user's own, through the same step, loop, looks and checkpoints as any other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypedDict

import numpy as np
import torch
from torch import Tensor, nn

from ..batching import Inputs, Rows, Sampler
from ..errors import ConfigError, ShapeError
from ..files import read_json, write_json
from ..folder import RunFolder
from ..losses import Loss
from ..metrics import default_metric, metric
from ..models import Own
from ..optimizers import Optimizer, optimizer
from ..registry import Registry
from ..regularizers import Regularizer, regularizer
from ..rng import seed_of
from ..schedules import Schedule, schedule
from ..stopping import stopping
from ..training import Member, Plan, TrainState, outputs
from .compiling import compile_if_it_pays, use_compiled
from .events import Clock, Progress
from .fit import Fit, Settings
from .fitted import Fitted, fitted
from .look import Look
from .material import Material
from .module_rows import answers_of, digest_of, inputs_of, lengths, loss_of
from .populate import device_called
from .sizes import threads_for

__all__ = ["FitOptions", "fit_module"]

MAX_LOOKED_AT = 2_000  # training rows that are looked at where there are no validation rows
PLAIN: dict[str, Any] = {
    "loss": None, "optimizer": "adam", "lr": None, "weight_decay": None, "schedule": "constant",
    "batch_size": 32, "epochs": 10, "metric": None, "patience": None, "clip_norm": None,
    "regularizers": (), "precision": "float32", "microbatch": None, "compile": None, "seed": 0,
    "device": None, "out": None, "progress": None,
}  # fmt: skip


class FitOptions(TypedDict, total=False):
    """How a network of the user's own is trained; None leaves a setting to bestfit.

    Args:
        loss: a component of ``bestfit.losses`` or its name, or a function of outputs and targets
            that gives their mean or one number a row. None goes by the targets.
        optimizer: a component of ``bestfit.optimizers`` or its name; None is Adam.
        lr: step size; > 0. None is that of the optimizer.
        weight_decay: decoupled shrinkage of all parameters, as a share of lr; ≥ 0.
        schedule: a component of ``bestfit.schedules`` or its name; None keeps the step size.
        batch_size: rows of a step, or ``"full"``; ≥ 1. None is 32.
        epochs: passes over the training rows; > 0. None is 10.
        metric: a component of ``bestfit.metrics``; None goes by the targets.
        patience: looks, one an epoch, without a better score after which training stops; ≥ 1.
        clip_norm: largest norm of the gradient; > 0.
        regularizers: components of ``bestfit.regularizers`` or their names, in order.
        precision: of products: float32, bfloat16 or float16.
        microbatch: most rows that go through the network at once; ≥ 1.
        compile: by torch.compile, which draws dropout otherwise; None measures where training
            takes long, and keeps what is faster.
        seed: of every random stream; ≥ 0.
        device: ``"cpu"``, ``"cuda"`` …
        out: a folder for checkpoints and history; what was begun there is continued.
        progress: called with each Event.
    """

    loss: "str | Loss | Callable[[Tensor, Tensor], Any] | None"
    optimizer: str | Optimizer | None
    lr: float | None
    weight_decay: float | None
    schedule: str | Schedule | None
    batch_size: int | Literal["full"] | None
    epochs: float | None
    metric: str | None
    patience: int | None
    clip_norm: float | None
    regularizers: Sequence[str | Regularizer] | None
    precision: Literal["float32", "bfloat16", "float16"] | None
    microbatch: int | None
    compile: bool | None
    seed: int | None
    device: str | None
    out: str | Path | None
    progress: Progress | None


def fit_module(
    make_model: Callable[[], nn.Module],
    train: tuple[Any, Any],
    valid: tuple[Any, Any] | None,
    options: FitOptions,
) -> Fitted:
    """Train a network of the user's own; see ``bestfit.fit``."""
    given: dict[str, Any] = {k: v for k, v in options.items() if v is not None}
    unknown = sorted(given.keys() - FitOptions.__annotations__.keys())
    if unknown:
        raise ConfigError(f"no such option: {unknown[0]}", hint=", ".join(sorted(PLAIN)))
    wanted = {**PLAIN, **given}
    module = _made(make_model, wanted["seed"], device_called(wanted["device"]))
    material, labels = _material(module, train, valid, wanted)
    plan = _plan(material, wanted)
    n_steps = max(1, round(wanted["epochs"] * plan.sampler.steps_per_epoch))
    population = Own(module, material.rows.inputs)
    state = TrainState(population, [_member(wanted)], n_steps, wanted["seed"], wanted["precision"])
    largest = plan.sampler.batch_size * population.largest_map
    with _threads(threads_for(largest, torch.get_num_threads()) if largest else None):
        fitting, compiled = _trained(state, plan, material, wanted)
        decided = {"threads": torch.get_num_threads(), "compile": compiled}
    return fitted(module, fitting, labels, decided, keeps_best=valid is not None)


@contextmanager
def _threads(number: int | None) -> Iterator[None]:
    """Within, so many threads of torch; None leaves them as they are."""
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _made(make_model: Callable[[], nn.Module], seed: int, device: torch.device) -> nn.Module:
    """The network, with first weights that follow from the seed."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed_of(seed, "init"))
        made: object = deepcopy(make_model) if isinstance(make_model, nn.Module) else make_model()
    trained = made.parameters() if isinstance(made, nn.Module) else ()
    if not isinstance(made, nn.Module) or not any(p.requires_grad for p in trained):
        raise ConfigError(
            "there is no torch.nn.Module with parameters to train", where="make_model"
        )
    return made.to(device).train()


def _material(
    module: nn.Module,
    train: tuple[Any, Any],
    valid: tuple[Any, Any] | None,
    wanted: Mapping[str, Any],
) -> tuple[Material, np.ndarray]:
    """Rows, and what they are judged by; and the labels of the classes."""
    some = next(module.parameters())
    inputs = inputs_of(train[0], some.device, some.dtype)
    n_outputs = _n_outputs(module, inputs)
    chosen = loss_of(wanted["loss"], train[1], n_outputs)
    answers = answers_of(train[1], chosen, n_outputs, some)
    lengths(inputs=inputs[0], targets=answers.target)
    rows = Rows(inputs, answers.target)
    seen, y = rows, answers.y
    if valid is not None:
        judge = inputs_of(valid[0], some.device, some.dtype)
        theirs = answers_of(valid[1], chosen, n_outputs, some, answers.labels)
        lengths(inputs=judge[0], targets=theirs.target)
        seen, y = Rows(judge, theirs.target), theirs.y
    elif len(rows) > MAX_LOOKED_AT:
        seen, y = rows.take(slice(0, MAX_LOOKED_AT)), y[:MAX_LOOKED_AT]
    task = answers.task
    scored_by = metric[wanted["metric"]]() if wanted["metric"] else default_metric(task.task)
    if task.task not in scored_by.tasks:
        able = ", ".join(name for name, cls in metric.items() if task.task in cls.tasks)
        raise ConfigError(f"the metric {scored_by.name!r} is not for {task.task}", hint=able)
    look = Look(seen, y, task, scored_by, None)
    return Material(rows, answers.y, look, chosen), answers.labels


def _n_outputs(module: nn.Module, inputs: Inputs) -> int:
    """T, from a few rows."""
    few = tuple(t[:2] for t in inputs)
    try:
        with torch.random.fork_rng([]):
            return outputs(Own(deepcopy(module), few), Rows(few, few[0])).shape[2]
    except (RuntimeError, TypeError, IndexError) as error:
        shapes = ", ".join(f"{tuple(t.shape)} of {t.dtype}" for t in few)
        reason = " ".join(str(error).split())
        raise ShapeError(f"the network does not take {shapes}: {reason}") from error


def _plan(material: Material, wanted: Mapping[str, Any]) -> Plan:
    n_rows, seed = len(material.rows), wanted["seed"]
    batch_size = n_rows if wanted["batch_size"] == "full" else wanted["batch_size"]
    for name, value in {"batch_size": batch_size, "epochs": wanted["epochs"]}.items():
        if not value > 0:
            raise ConfigError(f"{name} must be > 0, not {value}")
    sampler = Sampler(n_rows, min(n_rows, batch_size), seed)
    return Plan(
        sampler=sampler,
        loss=material.loss,
        schedule=_component(schedule, wanted["schedule"]),
        validate_every=sampler.steps_per_epoch,
        clip_norm=wanted["clip_norm"],
        seed=seed,
        regularizers=tuple(_component(regularizer, each) for each in wanted["regularizers"]),
        microbatch=wanted["microbatch"],
    )


def _member(wanted: Mapping[str, Any]) -> Member:
    """The one that is trained."""
    rule: Any = _component(optimizer, wanted["optimizer"])
    changed = {key: wanted[key] for key in ("lr", "weight_decay") if wanted[key] is not None}
    rule = replace(rule, **changed)  # which also checks the numbers
    return Member(0, rule, rule.lr, rule.weight_decay)


def _component(room: Registry[Any], wanted: Any) -> Any:
    """A component, or the one of this name with its defaults."""
    return room[wanted]() if isinstance(wanted, str) else wanted


def _trained(
    state: TrainState, plan: Plan, material: Material, wanted: Mapping[str, Any]
) -> tuple[Fit, dict[str, Any]]:
    """Take all steps, from where a checkpoint in ``out`` stands; and whether compiled, and why."""

    def decided() -> dict[str, Any]:
        return compile_if_it_pays(state, plan, material.rows, wanted["compile"])

    clock, patience = Clock(wanted["progress"]), wanted["patience"]
    if wanted["out"] is None:
        compiled = decided()
        fitting = Fit(state, plan, material, Settings(patience=patience))
        fitting.run(clock)
        return fitting, compiled
    folder = RunFolder(wanted["out"])
    told = {key: repr(value) for key, value in wanted.items() if key not in ("out", "progress")}
    identity = {"data": digest_of(material.rows), "config": told}
    with folder.lock(), stopping(str(folder.path), lambda: "the same call again") as stop:
        if (known := folder.path / "compile.json").is_file():
            compiled = read_json(known)  # a choice that hangs on the clock is made once
            use_compiled(state, compiled["used"])
        else:
            write_json(known, compiled := decided())
        settings = Settings(patience=patience, folder=folder.path, identity=identity)
        fitting = Fit(state, plan, material, settings)
        fitting.run(clock, stop)
    return fitting, compiled
