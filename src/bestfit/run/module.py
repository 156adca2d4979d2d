"""A network of the user's own, through the same step, loop, looks and checkpoints as any other."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from ..batching import Inputs, Rows
from ..errors import ConfigError, ShapeError
from ..files import read_json, write_json
from ..folder import RunFolder
from ..losses import Custom
from ..metrics import default_metric, metric
from ..models import Own
from ..rng import seed_of
from ..stopping import stopping
from ..training import Plan, TrainState
from .compiling import compile_if_it_pays, use_compiled
from .cores import threads_kept
from .events import Clock
from .fit import Fit, Settings
from .fitted import Fitted, fitted
from .look import Look
from .lr_finder import Found, find_step_size
from .material import Material
from .module_options import FitOptions, member_of, plan_of, settled
from .module_rows import (
    answers_of,
    description_of,
    digest_of,
    inputs_of,
    lengths,
    like_of,
    loss_of,
    scale_of,
)
from .pairing import takes_of
from .populate import device_called
from .sizes import threads_for

__all__ = ["find_lr_of", "fit_module"]

MAX_LOOKED_AT = 2_000  # training rows that are looked at where there are no validation rows


def fit_module(
    make_model: Callable[[], nn.Module],
    train: tuple[Any, Any],
    valid: tuple[Any, Any] | None,
    options: FitOptions,
) -> Fitted:
    """Train a network of the user's own; see ``bestfit.fit``."""
    wanted = settled(options)
    module = _made(make_model, wanted["seed"], device_called(wanted["device"]))
    if wanted.pop("repair"):
        from .repaired import fit_repaired

        return fit_repaired(module, train, valid, wanted, _material)
    material, labels = _material(module, train, valid, wanted)
    found = None
    if wanted["lr"] == "find":
        found = find_step_size(partial(deepcopy, module), material.rows, material.loss, wanted)
        wanted["lr"] = found.lr
    plan = plan_of(material, wanted)
    n_steps = max(1, round(wanted["epochs"] * plan.sampler.steps_per_epoch))
    changed = bool(wanted["regularizers"])
    population = Own(module, material.rows.inputs, changed=changed)
    state = TrainState(
        population, [member_of(wanted)], n_steps, wanted["seed"], wanted["precision"]
    )
    largest = plan.sampler.batch_size * population.largest_map
    with threads_kept(threads_for(largest, torch.get_num_threads()) if largest else None):
        fitting, compiled = _trained(state, plan, material, wanted)
        decided: dict[str, Any] = {"threads": torch.get_num_threads(), "compile": compiled}
    if found is not None:
        decided["lr"] = asdict(found)
    return fitted(module, fitting, labels, decided, keeps_best=valid is not None)


def find_lr_of(
    make_model: Callable[[], nn.Module], train: tuple[Any, Any], options: FitOptions
) -> Found:
    """A step size for a network of the user's own; see ``bestfit.find_lr``."""
    wanted = settled(options)
    module = _made(make_model, wanted["seed"], device_called(wanted["device"]))
    material, _ = _material(module, train, None, wanted)
    return find_step_size(partial(deepcopy, module), material.rows, material.loss, wanted)


def _made(make_model: Callable[[], nn.Module], seed: int, device: torch.device) -> nn.Module:
    """The network, with first weights that follow from the seed."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed_of(seed, "init"))
        made: object = _copy(make_model) if isinstance(make_model, nn.Module) else make_model()
    if not isinstance(made, nn.Module):
        raise ConfigError(f"no torch.nn.Module, but {type(made).__name__}", where="make_model")
    like_of(made)
    for part in made.modules():
        if getattr(part, "sparse", False) is True:
            raise ConfigError("sparse gradients cannot be trained", where=type(part).__name__)
        for name, buffer in part._buffers.items():
            if buffer is not None and not buffer.is_contiguous():
                part._buffers[name] = buffer.contiguous()  # each number in a place of its own
    return made.to(device).train()


def _copy(module: nn.Module) -> nn.Module:
    try:
        return deepcopy(module)
    except RuntimeError as error:
        hint = "a function that makes it"
        raise ConfigError("this network cannot be copied", where="make_model", hint=hint) from error


def _material(
    module: nn.Module,
    train: tuple[Any, Any],
    valid: tuple[Any, Any] | None,
    wanted: Mapping[str, Any],
) -> tuple[Material, np.ndarray]:
    """Rows, and what they are judged by; and the labels of the classes."""
    some = like_of(module)
    inputs = inputs_of(train[0], some.device, some.dtype)
    n_outputs = _n_outputs(module, inputs, wanted["seed"])
    chosen = loss_of(wanted["loss"], train[1], n_outputs)
    classes = None if wanted["metric"] is None else "regression" not in wanted["metric"].tasks
    answers = answers_of(train[1], chosen, n_outputs, some, classes=classes)
    lengths(inputs=inputs[0], targets=answers.target)
    rows = Rows(inputs, answers.target)
    seen, y = rows, answers.y
    if valid is not None:
        judge = inputs_of(valid[0], some.device, some.dtype)
        theirs = answers_of(valid[1], chosen, n_outputs, some, answers.labels, classes)
        lengths(inputs=judge[0], targets=theirs.target)
        seen, y = Rows(judge, theirs.target), theirs.y
    elif len(rows) > MAX_LOOKED_AT:
        seen, y = rows.take(slice(0, MAX_LOOKED_AT)), y[:MAX_LOOKED_AT]
    task = answers.task
    scored_by = wanted["metric"] or default_metric(task.task)
    if task.task not in scored_by.tasks:
        able = ", ".join(name for name, cls in metric.items() if task.task in cls.tasks)
        loss_said = f"the loss {chosen.name!r} is for {task.task}, " if wanted["loss"] else ""
        what = f"{loss_said}the metric {scored_by.name!r} is not for {task.task}"
        raise ConfigError(what, hint=able)
    takes = takes_of(chosen, answers.target, n_outputs) if task.classes else "numbers"
    if isinstance(chosen, Custom) and task.classes:
        chosen = replace(chosen, takes=takes)
    look = Look(seen, y, task, scored_by, scale_of(chosen), takes)
    return Material(rows, answers.y, look, chosen), answers.labels


def _n_outputs(module: nn.Module, inputs: Inputs, seed: int) -> int:
    """T, from a few rows; layers that wait for their first input are made here."""
    few = tuple(t[:2] for t in inputs)
    try:
        with torch.random.fork_rng([]), torch.enable_grad():
            torch.manual_seed(seed_of(seed, "lazy"))
            own = Own(module, few)
            output = own.eval().compute(own.encode(few), None)
            own.train()
    except (RuntimeError, TypeError, IndexError, ValueError) as error:
        shapes = ", ".join(f"{tuple(t.shape)} of {t.dtype}" for t in few)
        reason = " ".join(str(error).split())
        if "numpy() on Tensor" in reason:
            what = "forward leaves torch for NumPy, and no gradient finds its way back"
            hint = "torch's own operations in place of .numpy()"
            raise ConfigError(what, where="make_model", hint=hint) from error
        raise ShapeError(f"the network does not take {shapes}: {reason}") from error
    if not output.requires_grad:
        raise ConfigError("no output depends on a parameter to train", where="make_model")
    return output.shape[2]


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
    identity = _identity(state, material, wanted)
    with folder.lock(), stopping(str(folder.path), lambda: "the same call again") as stop:
        known = folder.path / "compile.json"
        told = read_json(known) if known.is_file() else {}
        if told.get("identity") == identity:  # a choice that hangs on the clock is made once
            compiled = told["compile"]
            use_compiled(state, compiled["used"])
        else:
            compiled = decided()
            write_json(known, {"compile": compiled, "identity": identity})
        settings = Settings(patience=patience, folder=folder.path, identity=identity)
        fitting = Fit(state, plan, material, settings)
        fitting.run(clock, stop)
    return fitting, compiled


def _identity(
    state: TrainState, material: Material, wanted: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """What must be the same for a checkpoint to be continued."""
    free = ("out", "progress")
    shapes = {n: tuple(t.shape) for n, t in state.population.by_member_tensors().items()}
    return {
        "data": {
            "train": digest_of(material.rows),
            "valid": digest_of(material.look.rows),
        },
        "network": {name: f"{shape}" for name, shape in shapes.items()},
        "config": {k: description_of(v) for k, v in wanted.items() if k not in free},
    }
