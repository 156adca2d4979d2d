"""The short names that both faces use for the settings people touch most."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, Unpack

from ..transforms import written
from .run_config import RunConfig
from .toml import parse, to_dict

__all__ = ["CompareOptions", "Options", "configure"]


class Options(TypedDict, total=False):
    """Short names; None leaves a setting as it is.

    Args:
        target: the column to predict.
        reading: how the source is read: options of its kind of file, database or server.
        task: ``binary``, ``multiclass`` or ``regression``, where it is not what the column shows.
        drop: columns to leave out.
        group: a column whose equal values stay in one part of the split.
        order: a column such that later rows judge and earlier rows teach.
        part: a column that says of each row whether it is to train, valid or test.
        model: a component of ``bestfit.models``.
        loss: a component of ``bestfit.losses``.
        optimizer: a component of ``bestfit.optimizers``.
        lr: step size; > 0.
        batch_size: rows of a step, or ``"full"``; ≥ 1.
        epochs: passes over the training rows; > 0.
        time_s: seconds for the whole run; > 0.
        seed: of every random stream; ≥ 0.
        device: ``"cpu"``, ``"cuda"`` …
        metric: a component of ``bestfit.metrics``.
        transforms: how columns become numbers: by the name of a column, or a tuple of some, a
            component of ``bestfit.transforms`` or a transformer of scikit-learn.
        scale: such a one for all other columns of numbers.
        encode: such a one for all other categories.
        repair: whether settings that are at fault are looked for and repaired; see
            ``TrainingConfig``.
    """

    target: str | None
    reading: Mapping[str, Any] | None
    task: str | None
    drop: Sequence[str] | None
    group: str | None
    order: str | None
    part: str | None
    model: str | None
    loss: str | None
    optimizer: str | None
    lr: float | None
    batch_size: int | Literal["full"] | None
    epochs: float | None
    time_s: float | None
    seed: int | None
    device: str | None
    metric: str | None
    transforms: Mapping[str | tuple[str, ...], Any] | None
    scale: Any
    encode: Any
    repair: bool | None


class CompareOptions(Options, total=False):
    """What is compared, and how; one of the first six is named.

    Args:
        optimizers: names, or ``"all"``.
        losses: names, or ``"all"``: those for the task.
        regularizers: names, or ``"all"``.
        schedules: names, or ``"all"``.
        inits: names of initializers, or ``"all"``.
        models: networks like ``"linear"`` and ``"mlp:2x64"``, or ``"all"``.
        seeds: first weights that each is trained from; ≥ 1. None: 3.
        rates: step sizes that are tried for each; ≥ 1. None: 5 for optimizers, else 3.
        rows: training rows at most; ≥ 20. None: 20,000.
    """

    optimizers: str | Sequence[str] | None
    losses: str | Sequence[str] | None
    regularizers: str | Sequence[str] | None
    schedules: str | Sequence[str] | None
    inits: str | Sequence[str] | None
    models: str | Sequence[str] | None
    seeds: int | None
    rates: int | None
    rows: int | None


PLACES = {
    "target": "data",
    "reading": "data.options",
    "group": "data",
    "order": "data",
    "part": "data",
    "task": "clean",
    "drop": "clean",
    "model": "model.name",
    "loss": "loss.name",
    "optimizer": "optimizer.name",
    "lr": "optimizer",
    "batch_size": "training",
    "epochs": "training",
    "time_s": "training",
    "seed": "training",
    "device": "training",
    "repair": "training",
    "metric": "selection",
    "transforms": "transform.columns",
    "scale": "transform",
    "encode": "transform",
}


def configure(base: RunConfig | None = None, **options: Unpack[Options]) -> RunConfig:
    """A config with some settings changed, checked as strictly as a file.

    Args:
        base: the config to start from; None starts from the defaults.
        options: see ``Options``.
    Raises:
        ConfigError: an option is unknown, mistyped or out of range.

    >>> configure(target="price", lr=0.01, drop=["PID"]).clean.drop
    ('PID',)
    """
    content = to_dict(base or RunConfig())
    given: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    for option, value in given.items():
        section, _, key = PLACES.get(option, option).partition(".")
        plain = list(value) if isinstance(value, list | tuple) else value
        if section == "transform":
            plain = _named(value)
        content.setdefault(section, {})[key or option] = plain
    return parse(content)


def _named(value: Any) -> Any:
    """Components by name and transformers as text, of each column by itself."""
    if not isinstance(value, Mapping):
        return value if isinstance(value, str) else written(value)
    return {
        column: _named(one)
        for columns, one in value.items()
        for column in ((columns,) if isinstance(columns, str) else columns)
    }
