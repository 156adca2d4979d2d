"""Jobs with one to three faults, drawn: a seed that nobody has tried gives jobs nobody has seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from job import NAMES, Cure, Data, Job, Rows, sick
from nets import Conv, Recurrent, dense, started
from sklearn import datasets
from tables import changed, parted, pictures, waves
from torch import nn

__all__ = ["drawn"]

TRIED = 100  # times as many drawings as jobs, after which there are no more


def same(value: Any) -> Any:
    """What it is."""
    return value


@dataclass(frozen=True)
class Fault:
    """What one fault changes.

    Args:
        finding: its name.
        place: where it is; of one place a job has one fault.
        net: the network that is changed.
        train: the training rows.
        valid: the validation rows.
        rows: all rows.
        options: of the training.
        kinds: of tasks that may have it: table, numbers, pictures, series.
    """

    finding: str
    place: str
    net: Callable[[nn.Module], nn.Module] = same
    train: Callable[[Rows], Rows] = same
    valid: Callable[[Rows], Rows] = same
    rows: Callable[[Rows], Rows] = same
    options: Mapping[str, Any] = field(default_factory=dict)
    kinds: tuple[str, ...] = ("table", "numbers", "pictures", "series")


@dataclass(frozen=True)
class Task:
    """Rows, a network and options that go well together.

    Args:
        kind: table (of classes), numbers, pictures or series.
        data: the rows.
        make: the network.
        options: of the training.
    """

    kind: str
    data: Callable[[], Data]
    make: Callable[[], nn.Module]
    options: Mapping[str, Any]


def ended(last: Callable[[], nn.Module]) -> Callable[[nn.Module], nn.Module]:
    """The network with something behind it."""
    return lambda net: nn.Sequential(net, last())


def first_weights(scale: float) -> Callable[[nn.Module], nn.Module]:
    """Weights drawn this large; 0 makes all the same."""
    return partial(started, weights=lambda w: nn.init.normal_(w, std=scale))


def still(net: nn.Module) -> nn.Module:
    """All but the last layer with weights is frozen."""
    for layer in [m for m in net.modules() if isinstance(m, nn.Linear | nn.Conv2d)][:-1]:
        layer.requires_grad_(False)
    return net


def straight(net: nn.Module) -> nn.Module:
    """Without activations."""
    assert isinstance(net, nn.Sequential)
    return nn.Sequential(*(part for part in net if not isinstance(part, nn.ReLU)))


def dropped(net: nn.Module) -> nn.Module:
    """Nine units in ten fall out behind each activation."""
    assert isinstance(net, nn.Sequential)
    parts = [(p, nn.Dropout(0.9)) if isinstance(p, nn.ReLU) else (p,) for p in net]
    return nn.Sequential(*(part for pair in parts for part in pair))


def far(rows: Rows) -> Rows:
    """One target in fifty is far off."""
    X, y = rows[0], rows[1].copy()
    y[::50] = 300 * y[::50] + 500 * y.std()
    return X, y


def gaps(rows: Rows) -> Rows:
    """Two cells in a hundred are missing."""
    X = rows[0].copy()
    X[np.random.default_rng(0).random(X.shape) < 0.02] = np.nan
    return X, rows[1]


CLASSES, STACKS = ("table", "pictures", "series"), ("table", "numbers")
FAULTS = (
    Fault("wrong_output_activation", "end", ended(lambda: nn.Softmax(dim=1)), kinds=CLASSES),
    Fault("wrong_output_activation", "end", ended(nn.Sigmoid), kinds=("numbers",)),
    Fault("wrong_loss", "loss", options={"loss": "mse"}, kinds=CLASSES),
    Fault("wrong_loss", "loss", options={"loss": "poisson"}, kinds=("numbers",)),
    Fault("missing_activation", "stack", straight, kinds=STACKS),
    Fault("over_regularised", "stack", dropped, kinds=STACKS),
    Fault("frozen_layers", "stack", still, kinds=("table", "numbers", "pictures")),
    Fault("bad_initialisation", "start", first_weights(0.0), kinds=("table", "numbers")),
    Fault("bad_initialisation", "start", first_weights(2.0), kinds=("table", "numbers")),
    Fault("dead_relu", "start", partial(started, biases=lambda b: b.fill_(-8.0), last=False),
          kinds=("table", "numbers", "pictures")),
    Fault("learning_rate_too_high", "step", options={"lr": 1.0}),
    Fault("learning_rate_too_low", "step", options={"lr": 1e-5}),
    Fault("over_regularised", "decay", options={"optimizer": "adamw", "weight_decay": 20.0}),
    Fault("batch_size_too_small", "budget", options={"batch_size": 1, "epochs": 4}),
    Fault("too_few_epochs", "budget", options={"epochs": 2}),
    Fault("unscaled_inputs", "inputs", rows=lambda r: (300 * r[0] + 900, r[1])),
    Fault("train_val_shift", "inputs", valid=lambda r: (20 * r[0] + 40, r[1])),
    Fault("nonfinite_data", "gaps", train=gaps, valid=gaps),
    Fault("unscaled_targets", "targets", rows=lambda r: (r[0], 5e4 * r[1] + 2e5),
          kinds=("numbers",)),
    Fault("target_outliers", "targets", train=far, kinds=("numbers",)),
)  # fmt: skip


def table_of(seed: int, d: int, k: int) -> Data:
    """Clusters of classes."""
    X, y = datasets.make_classification(
        2600, d, n_informative=d // 2, n_redundant=0, n_classes=k, n_clusters_per_class=2,
        class_sep=1.6, random_state=seed,
    )  # fmt: skip
    return parted(X, y, 1000, 300)


def numbers_of(seed: int, d: int) -> Data:
    """Bends of five columns."""
    X, y = datasets.make_friedman1(2600, d, noise=0.7, random_state=seed)
    return parted(X, (y - y.mean()) / y.std(), 1000, 300)


def task_of(random: np.random.Generator) -> Task:
    """Rows, a network that suits them, and sound options."""
    kind = str(random.choice(["table", "numbers", "pictures", "series"], p=[0.4, 0.3, 0.15, 0.15]))
    d, k, seed = int(random.integers(8, 24)), int(random.integers(2, 6)), int(random.integers(999))
    hidden = [int(random.choice([32, 48, 64]))] * int(random.integers(2, 4))
    options = {
        "loss": "cross_entropy", "metric": "accuracy", "optimizer": "adam", "lr": 3e-3,
        "batch_size": 32, "epochs": int(random.integers(20, 30)),
    }  # fmt: skip
    if kind == "table":
        return Task(kind, partial(table_of, seed, d, k), partial(dense, d, *hidden, k), options)
    if kind == "numbers":
        options |= {"loss": "mse", "metric": "r2"}
        return Task(kind, partial(numbers_of, seed, d), partial(dense, d, *hidden, 1), options)
    options["epochs"] = 12
    if kind == "pictures":
        return Task(kind, pictures, partial(Conv, 12, 24), options)
    return Task(kind, partial(waves, length=24), partial(Recurrent, "gru", 1, 24, 3), options)


def job_of(task: Task, faults: list[Fault]) -> Job:
    """The task with these faults; all names that a mixture may show are accepted."""

    def make() -> nn.Module:
        net = task.make()
        for fault in sorted(faults, key=lambda f: f.place == "end"):
            net = fault.net(net)
        return net

    data = task.data
    for fault in faults:
        data = changed(data, all=fault.rows)
        data = changed(data, train=fault.train, valid=fault.valid)
    options = dict(task.options)
    for fault in faults:
        options |= fault.options
    twin = {**task.options, "weight_decay": None}
    names = sorted({fault.finding for fault in faults})
    told = " and ".join(f"{fault.finding} ({fault.place})" for fault in faults)
    return sick(
        f"{names[0]}/{task.kind}: {told}", make, data, options,
        Cure(make=task.make, data=task.data, options=twin), also=" ".join(names[1:]),
        accepted=" ".join(NAMES - set(names)),
    )  # fmt: skip


def drawn(seed: int, n: int = 40) -> list[Job]:
    """So many jobs; no two of the same task and faults."""
    random, found = np.random.default_rng(seed), dict[str, Job]()
    for _ in range(TRIED * n):
        task = task_of(random)
        able = [fault for fault in FAULTS if task.kind in fault.kinds]
        order = random.permutation(len(able))[: int(random.integers(1, 4))]
        faults = [able[i] for i in order]
        job = job_of(task, faults)
        if len({fault.place for fault in faults}) == len(faults) and len(found) < n:
            found.setdefault(job.name, job)
    return list(found.values())
