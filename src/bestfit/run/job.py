"""The main job: open the config, hand parts to rooms, keep the attempt, write the run folder."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from ..clippers import clipper
from ..config import RunConfig, dump
from ..config import load as load_config
from ..errors import ConfigError, FolderError
from ..files import read_json, write_bytes, write_json
from ..folder import RunFolder
from ..initializers import initializer
from ..metrics import default_metric, metric
from ..models import model
from ..optimizers import optimizer
from ..penalties import penalty
from ..regularizers import regularizer
from ..schedules import schedule
from ..selectors import selector
from ..stopping import StopRequest
from ..transforms import choose
from . import records
from .attempt import Attempt, Watch
from .checkup import Outcome, checked
from .components import checked_options
from .cores import cores, threads_kept
from .costs import Bench
from .events import Clock, Progress
from .features import with_features
from .material import Material, material_of
from .memory import give_back, keep_memory
from .pace import decide_pace
from .populate import Ends, build_loss, device_of
from .rest import teachers_of
from .result import Run
from .rivals import find_rivals
from .rows import Encoded, Parts, encode, gather
from .sizes import few_threads, kind_of, resolve_sizes

__all__ = ["opened", "resume", "train"]


def train(
    source: object,
    config: RunConfig,
    folder: RunFolder,
    stop: StopRequest,
    *,
    test: object = None,
    progress: Progress | None = None,
    began_s: float | None = None,
) -> Run:
    """Raw rows in; a tested model, its bundle and the files of a run out.

    Args:
        source: a path, or a table in memory.
        config: what is wanted, with the names of the sources.
        folder: locked, with nothing in it but the config.
        stop: whether a signal came.
        test: rows that judge the model; None holds rows of the source back.
        progress: called with each event.
        began_s: on ``time.perf_counter``, since when the time counts; None counts from now.
    Raises:
        InputError: the rows or the config are at fault.
    """
    clock = Clock(progress, began_s)
    parts, config = opened(source, test, config, clock)
    with threads_kept():
        return _go(folder, parts, config, clock, stop)


def resume(
    folder: RunFolder,
    stop: StopRequest,
    *,
    data: object = None,
    progress: Progress | None = None,
) -> Run:
    """Go on with a run that was stopped or killed.

    Args:
        folder: of the run, locked.
        stop: whether a signal came.
        data: the table again, where it came from memory.
        progress: called with each event.
    Raises:
        FolderError: its rows are no longer what they were.
    """
    folder.tidy()
    config = load_config(folder.config)
    if "memory" in (config.data.source if data is None else "", config.data.test):
        raise FolderError(
            "the rows of this run came from memory", where=str(folder.path), hint="train it again"
        )
    clock = Clock(progress)
    source = config.data.source if data is None else data
    parts, config = opened(source, config.data.test, config, clock)
    known = read_json(folder.environment) if folder.environment.is_file() else None
    if known is not None and known.get("data_digest") != parts.data_digest:
        raise FolderError("the rows are not those this run began with", where=config.data.source)
    if folder.profile.is_file() and (trial := read_json(folder.profile).get("engineering")):
        parts.cleaned.profile["engineering"] = trial  # a run that goes on tries nothing again
    with threads_kept():
        return _go(folder, parts, config, clock, stop)


def opened(
    source: object, test: object, config: RunConfig, clock: Clock
) -> tuple[Parts, RunConfig]:
    """Everything that can be refused, before anything is written."""
    for room, name in (
        (model, config.model.name or "mlp"),
        (optimizer, config.optimizer.name),
        (schedule, config.schedule.name),
        (initializer, config.model.init or "torch"),
        (penalty, config.penalty.name or "l2"),
        (clipper, config.training.clip or "norm"),
        (selector, config.select.name or "f"),
    ):
        room[name]
    _check_options(config)
    wanted = config.model
    if not kind_of(wanted).hidden:
        for name in ("width", "blocks", "dropout"):
            if getattr(wanted, name) is not None:
                raise ConfigError(
                    f"the {wanted.name} model has no hidden layer for model.{name}",
                    hint="--model mlp",
                )
    device_of(config)
    parts = gather(source, test, config, clock)
    config = replace(config, data=replace(config.data, target=parts.target.name))
    config = _with_model(config, parts)
    chosen = choose(parts.cleaned.table.frame, parts.cleaned.plan.schema, config.transform)
    parts.cleaned.profile["encoding"] = [choice.to_dict() for choice in chosen]
    chosen_loss, config = build_loss(config, parts.target)
    parts.cleaned.profile["loss"] = {"name": chosen_loss.name, "reason": chosen_loss.why}
    return parts, _with_metric(config, parts.target.task)


def _with_model(config: RunConfig, parts: Parts) -> RunConfig:
    """The kind of network that the rows ask for."""
    columns = [c.name for c in parts.cleaned.plan.schema.columns if c.kind == "picture"]
    name = config.model.name or ("cnn" if columns else "mlp")
    kind = model[name]
    if kind.pictures and not columns:
        problem = f"the {name} model is for pictures, and no column holds any"
        raise ConfigError(problem, where=config.data.source, hint="--model mlp")
    for change in config.training.augment or ():
        if regularizer[change].pictures and not kind.pictures:
            problem = f"{change!r} changes pictures, which the {name} model sees as numbers"
            raise ConfigError(problem, where="training.augment", hint="--model cnn")
    return replace(config, model=replace(config.model, name=name))


def _check_options(config: RunConfig) -> None:
    """Refuse options that the optimizer does not have, or that have a setting of their own."""
    name = config.optimizer.name
    if config.optimizer.also and any(
        optimizer[each].searches for each in (name, *config.optimizer.also)
    ):
        problem = "an optimizer that searches for its step trains alone"
        raise ConfigError(problem, where="optimizer.also", hint="lbfgs, and no other")
    clip, name = config.training.clip or "norm", config.optimizer.name
    for section, chosen, options in (
        ("schedule", schedule[config.schedule.name], config.schedule.options),
        ("penalty", penalty[config.penalty.name or "l2"], config.penalty.options),
        ("training.clip", clipper[clip], config.training.clip_options),
    ):
        chosen(**checked_options(section, chosen, options))  # which also checks their ranges
    own = config.optimizer.options
    checked_options("optimizer", optimizer[name], own, ("lr", "weight_decay"))
    for option in (option for option, value in own.items() if isinstance(value, tuple)):
        where = f"optimizer.options.{option}"
        raise ConfigError("should be one number for all members", where=where)


def _with_metric(config: RunConfig, task: str) -> RunConfig:
    wanted = config.selection.metric
    chosen = default_metric(task) if wanted is None else metric[wanted]()
    if task not in chosen.tasks:
        able = ", ".join(name for name, cls in metric.items() if task in cls.tasks)
        raise ConfigError(f"the metric {wanted!r} is not for {task}", hint=able)
    return replace(config, selection=replace(config.selection, metric=chosen.name))


def _bench(parts: Parts, encoded: Encoded, material: Material) -> Bench:
    """Where the costs of this run are measured."""
    columns = len(parts.cleaned.plan.schema.columns)
    ends = Ends(encoded.encoder.layout, parts.target.n_outputs)
    return Bench(material, ends, columns, n_judged=sum(map(len, encoded.y.values())))


def _checked(
    folder: RunFolder, parts: Parts, config: RunConfig, clock: Clock
) -> tuple[Outcome, Encoded]:
    """The config that a check leaves, and the rows as numbers by it."""
    with clock.stage("encode", "turning columns into numbers"):
        encoded, config = encode(parts, config)
    outcome = checked(folder, parts, encoded, config, clock)
    if outcome.config.transform == config.transform:
        return outcome, encoded
    encoded, config = encode(parts, outcome.config)
    return replace(outcome, config=config), encoded


def _go(folder: RunFolder, parts: Parts, config: RunConfig, clock: Clock, stop: StopRequest) -> Run:
    most = config.training.threads or cores()
    torch.set_num_threads(most)
    write_bytes(folder.config, dump(config).encode())
    parts, config = with_features(parts, config, clock)
    begun: Mapping[Path, Any] = {
        folder.environment: records.environment(parts, config),
        folder.profile: parts.cleaned.profile,
        folder.cleaning: records.cleaning(parts),
        folder.split: parts.describe(config.training.seed),
    }
    for path, record in begun.items():
        write_json(path, record)
    outcome, encoded = _checked(folder, parts, config, clock)
    config = outcome.config
    with clock.stage("encode", "laying out the rows that teach"):
        teachers, config = teachers_of(parts, encoded, config)
        give_back()
        asked, layout = config.model, encoded.encoder.layout
        n_rows = len(encoded.y["train"] if teachers is None else teachers)
        config = resolve_sizes(config, n_rows, len(encoded.y["valid"]), layout)
    if layout.grid is not None:
        keep_memory()
    if teachers is not None:
        write_json(folder.split, {**begun[folder.split], "table": teachers.account(parts)})
    with clock.stage("anchors", "a linear model and boosted trees, to compare with"):
        rivals = find_rivals(encoded, parts.target, config)
        give_back()
        material = material_of(encoded, parts.target, config, teachers)
    pacer = None
    if config.training.epochs is None:
        bench = _bench(parts, encoded, material)
        config, pacer = decide_pace(config, asked, bench, clock, most, rivals.judging_s)
    elif config.training.threads is None:
        threads = few_threads(config, layout, most)
        config = replace(config, training=replace(config.training, threads=threads))
    torch.set_num_threads(config.training.threads or most)
    write_json(folder.environment, records.environment(parts, config))
    watch = Watch(clock, stop, pacer)
    Attempt(folder, parts, encoded, material, config, rivals, watch, outcome).run()
    return Run(folder.path)
