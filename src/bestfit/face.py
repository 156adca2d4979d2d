"""The Python face: the verbs of the command line as functions."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from .folder import RunFolder, claimed, stem
from .stopping import stopping
from .threads import wait_calmly

if TYPE_CHECKING:
    import torch

    from .cleaners import Cleaned
    from .config import CompareOptions, Options, RunConfig
    from .monitor import Monitor
    from .run import Run
    from .run.events import Event
    from .run.fitted import Fitted
    from .run.lr_finder import Found
    from .run.module_options import FitOptions
    from .serve import Predictor

__all__ = ["compare", "find_lr", "fit", "inspect", "load", "resume", "train", "watch"]


def inspect(
    source: object,
    *,
    target: str | None = None,
    task: str | None = None,
    drop: tuple[str, ...] = (),
    reading: "Mapping[str, Any] | None" = None,
) -> "Cleaned":
    """What is in a table: types, dirt, leaks, and the plan to clean it. Trains nothing.

    Args:
        source: a path or an address (``bestfit.sources.read``), or a table in memory.
        target: the column to predict.
        task: ``binary``, ``multiclass`` or ``regression``, where it is not what the column shows.
        drop: columns to leave out.
        reading: how the source is read, for instance ``{"table": "sales"}``.
    Returns:
        the cleaned table with its ``profile``, ``changes`` and ``plan``.
    Raises:
        SourceError: the rows cannot be read.
        TargetError: the column to predict is missing or cannot be learnt.

    >>> inspect({"x": ["1", "?", "3"], "y": ["a", "b", "a"]}, target="y").profile["target"]["task"]
    'binary'
    """
    from .cleaners import Settings, prepare
    from .sources import open_table

    return prepare(
        open_table(source, **(reading or {})), target, Settings(task=task, drop=tuple(drop))
    )


def train(
    source: object = None,
    *,
    test: object = None,
    out: str | Path | None = None,
    config: "RunConfig | str | Path | None" = None,
    progress: "Callable[[Event], None] | None" = None,
    **options: Unpack["Options"],
) -> "Run":
    """The main job: raw data in; a tested model, a report and a bundle out.

    Args:
        source: a path or an address, or a table in memory; None takes the config's.
        test: rows that judge the model; None holds rows of ``source`` back.
        out: the run folder; None takes the next free one in ``runs/``.
        config: a RunConfig, or the file of one; None starts from the defaults.
        progress: called with each Event.
        options: ``target``, ``time_s``, ``model``, … as in ``bestfit.config.Options``.
    Raises:
        InputError: the source, the target or a setting is at fault.

    ```python
    run = bestfit.train("adult.csv", target="income", time_s=60)
    print(run.verdict, run.report)
    ```
    """
    began_s = time.perf_counter()  # what comes now loads torch, and that takes seconds
    wait_calmly()
    from .config import RunConfig, configure, dump
    from .config import load as load_config
    from .errors import SourceError
    from .files import write_bytes

    base = config if config is None or isinstance(config, RunConfig) else load_config(config)
    resolved = configure(base, **options)
    if source is None and resolved.data.source == "memory":
        raise SourceError("no source", hint="name a file, or a config that names one")
    rows = resolved.data.source if source is None else source
    judges = resolved.data.test if test is None else test
    named = replace(
        resolved.data, source=_name(rows), test=None if judges is None else _name(judges)
    )
    resolved = replace(resolved, data=named)
    with claimed(out, stem(rows)) as folder, stopping(str(folder.path), folder.resuming) as stop:
        write_bytes(folder.config, dump(resolved).encode())  # from here on it can be resumed
        from .run import train as train_run

        run = train_run(
            rows, resolved, folder, stop, test=judges, progress=progress, began_s=began_s
        )
        return with_report(run)


def resume(
    path: str | Path, *, data: object = None, progress: "Callable[[Event], None] | None" = None
) -> "Run":
    """Go on with a run that was stopped; a finished run is returned as it is.

    Args:
        path: the run folder.
        data: the table again, where it came from memory.
        progress: called with each Event.
    Raises:
        FolderError: there is no run, or another process writes it.
    """
    folder = RunFolder.existing(path)
    if folder.finished:
        from .run import Run

        with folder.lock():
            folder.tidy()
            return with_report(Run(folder.path))
    with folder.lock(), stopping(str(folder.path), folder.resuming) as stop:
        wait_calmly()
        from .run import resume as resume_run

        return with_report(resume_run(folder, stop, data=data, progress=progress))


def _name(source: object) -> str:
    """What a config says of a source: its path or address, without what is secret in it."""
    from .sources import redacted

    return redacted(str(source)) if isinstance(source, str | Path) else "memory"


def with_report(run: "Run") -> "Run":
    """The run, with its page written from the files in its folder."""
    from .report import write_report

    write_report(run.folder)
    return run


def fit(
    make_model: "Callable[[], torch.nn.Module]",
    *,
    train: tuple[Any, Any],
    valid: tuple[Any, Any] | None = None,
    **options: Unpack["FitOptions"],
) -> "Fitted":
    """Train a network of your own: the step, the looks, the guards and the checkpoints of a run.

    Args:
        make_model: makes the network, (N, …) → (N, T) or (N,); a module is copied.
        train: inputs and targets: arrays, tensors or frames; several inputs as a tuple. Bytes
            are pictures, which reach the network as numbers in [0, 1].
        valid: the same for the rows that choose; without them the last weights stay.
        options: ``loss``, ``optimizer``, ``lr``, ``epochs``, … as in ``FitOptions``.
    Raises:
        InputError: an option, a shape or a target is at fault.
        Stopped: a signal came; with ``out`` everything is saved, and the same call goes on.

    >>> from torch import nn, randn
    >>> X = randn(64, 3)
    >>> fitted = fit(lambda: nn.Linear(3, 1), train=(X, X.sum(1)), epochs=2)
    >>> fitted.predict(X).shape
    (64,)
    """
    wait_calmly()
    from .run.module import fit_module

    return fit_module(make_model, train, valid, options)


def find_lr(
    make_model: "Callable[[], torch.nn.Module]",
    *,
    train: tuple[Any, Any],
    **options: Unpack["FitOptions"],
) -> "Found":
    """A step size for a network of your own, proved by short trials; nothing of yours changes.

    A ramp on a copy shows where the loss falls fastest; copies are then trained for a moment with
    that step size and others around it, and the largest of those that do best is taken.

    Args:
        make_model: makes the network; a module is copied.
        train: inputs and targets, as in ``fit``.
        options: ``loss``, ``optimizer``, ``batch_size``, ``seed`` … as in ``FitOptions``.
    Returns:
        ``lr``, ``proved``, the ``trial`` and the ``curve`` behind it.
    Raises:
        InputError: an option, a shape or a target is at fault.

    >>> from torch import nn, randn
    >>> X = randn(256, 3)
    >>> found = find_lr(lambda: nn.Linear(3, 1), train=(X, X.sum(1)), optimizer="sgd")
    >>> found.proved
    True
    """
    wait_calmly()
    from .run.module import find_lr_of

    return find_lr_of(make_model, train, options)


def compare(
    source: object,
    *,
    out: str | Path | None = None,
    config: "RunConfig | str | Path | None" = None,
    progress: "Callable[[Event], None] | None" = None,
    **options: Unpack["CompareOptions"],
) -> dict[str, Any]:
    """Candidates side by side: on the same rows, in the same batches, from the same weights.

    Args:
        source: a path or an address, or a table in memory.
        out: a folder for ``comparison.json`` and ``report.html``; None takes the next free one.
        config: a RunConfig, or the file of one, of what is the same for all.
        progress: called with each Event.
        options: ``optimizers`` (or ``losses`` …), ``target``, ``time_s`` of the training, … as in
            ``bestfit.config.CompareOptions``.
    Returns:
        What is in ``comparison.json``: the ranking, with intervals and ties; and ``folder``.
    Raises:
        InputError: the source, the target, a name or a setting is at fault.

    ```python
    found = bestfit.compare("adult.csv", target="income", optimizers="adam,sgd,nadam")
    print([row["name"] for row in found["ranking"] if row["tied"]])
    ```
    """
    wait_calmly()
    from .config import RunConfig, configure
    from .config import load as load_config
    from .report import write_comparison
    from .run.compare import compare as compare_run
    from .run.ground import Wish

    given: dict[str, Any] = dict(options)
    wish = Wish.of(given)
    base = config if config is None or isinstance(config, RunConfig) else load_config(config)
    resolved = configure(base, **given)
    resolved = replace(resolved, data=replace(resolved.data, source=_name(source)))
    with claimed(out, f"{stem(source)}-compare") as folder, stopping(str(folder.path)) as stop:
        found = compare_run(source, resolved, wish, folder, stop, progress)
        write_comparison(folder)
        return {**found, "folder": str(folder.path)}


def load(path: str | Path) -> "Predictor":
    """What predicts: the bundle of a run.

    Args:
        path: a run folder, or the ``model`` folder in it.
    Raises:
        FolderError: there is no bundle, or a file in it is not what the manifest says.

    ```python
    bestfit.load("runs/adult-1").predict(frame)
    ```
    """
    from .serve import load as load_bundle

    return load_bundle(path)


def watch(model: "torch.nn.Module", optimizer: "torch.optim.Optimizer") -> "Monitor":
    """Watch a network in anybody's loop; nothing of the loop changes, to the last bit.

    Args:
        model: any network.
        optimizer: that trains it.
    Returns:
        a context manager, with ``record``, ``findings`` and ``history``.

    ```python
    with bestfit.watch(model, optimizer) as monitor:
        for x, y in loader:
            monitor.record(loss=step(x, y))
    print(monitor.findings())
    ```
    """
    wait_calmly()
    from .monitor import Monitor

    return Monitor(model, optimizer)
