"""What may help a run: for each trouble, settings to change, the least change first.

What was asked for goes back towards what bestfit would have chosen: part of the way, then all.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..config import RunConfig
from ..transforms import Encoding
from .sizes import usual_lr

__all__ = ["REMEDIES", "Remedy"]

Change = tuple[str, RunConfig]
# As it was asked for, and with everything that is chosen by now: what to try.
Remedy = Callable[[RunConfig, RunConfig], Iterator[Change]]
MORE, FAR_MORE, FEW = 3, 6, 3.0  # times as many epochs; the latter where there are so few
FREE_DROPOUT, RESTRAINED_DROPOUT = 0.1, 0.5
USUAL = Encoding()


def _with(config: RunConfig, **sections: Mapping[str, Any]) -> RunConfig:
    changed = {name: replace(getattr(config, name), **new) for name, new in sections.items()}
    return replace(config, **changed)


def _step_size(asked: RunConfig, now: RunConfig, factor: float) -> Change:
    lr = now.optimizer.lr or 0.0
    return f"lr {lr:.3g} → {factor * lr:.3g}", _with(asked, optimizer={"lr": factor * lr})


def _usual_step(asked: RunConfig, now: RunConfig) -> Change:
    usual = usual_lr(now.optimizer.name)
    words = f"lr {now.optimizer.lr:.3g} → {usual:.3g}, the usual"
    return words, _with(asked, optimizer={"lr": None, "spread": None})


def _shorter(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    yield _step_size(asked, now, 0.1)
    yield _step_size(asked, now, 0.01)
    if (now.optimizer.lr or 0.0) > 2 * usual_lr(now.optimizer.name):
        yield _usual_step(asked, now)


def _longer(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    yield _step_size(asked, now, 10)
    if (now.optimizer.lr or 0.0) < usual_lr(now.optimizer.name) / 2:
        yield _usual_step(asked, now)


def _calmer(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    if asked.optimizer.options:
        yield "the optimizer's usual options", _with(asked, optimizer={"options": {}})
    yield _step_size(asked, now, 0.1)
    if asked.schedule.name in ("constant", "cyclic_cosine"):
        yield (
            "a step size that falls",
            _with(asked, schedule={"name": "flat_cosine", "options": {}}),
        )


def _adaptive(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    if now.optimizer.name != "adamw":
        yield (
            "AdamW with its usual step size",
            _with(asked, optimizer={"name": "adamw", "lr": None, "spread": None, "options": {}}),
        )
    yield _step_size(asked, now, 10)


def _bounded(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    if asked.training.clip_norm is None and asked.training.clip is None:
        yield "gradients of a norm of at most 1", _with(asked, training={"clip_norm": 1.0})
    yield from _shorter(asked, now)


def _larger_batches(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    yield "batches of 32 rows", _with(asked, training={"batch_size": 32})
    yield "batches of the usual size", _with(asked, training={"batch_size": None})


def _first_weights(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    if asked.model.init is not None:
        yield "first weights as PyTorch draws them", _with(asked, model={"init": None})
    if asked.model.init != "he_normal":
        yield "He's first weights", _with(asked, model={"init": "he_normal"})


def _bent(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    if asked.model.activation != "relu":
        yield "ReLU units", _with(asked, model={"activation": "relu"})
        yield (
            "ReLU units with He's first weights",
            _with(asked, model={"activation": "relu", "init": "he_normal"}),
        )
    else:
        yield from _first_weights(asked, now)
    yield _step_size(asked, now, 0.1)


def _never_zero(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    yield "SiLU units", _with(asked, model={"activation": "silu"})
    yield _step_size(asked, now, 0.1)


def _shallower(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    yield from _bent(asked, now)
    if (now.model.blocks or 0) > 2:
        yield f"{now.model.blocks} → 2 hidden layers", _with(asked, model={"blocks": 2})


def _freer(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    sections: dict[str, dict[str, Any]] = {}
    words = []
    if asked.penalty.name:
        sections["penalty"] = {"name": None, "options": {}}
        words.append(f"no {asked.penalty.name}")
    if (now.optimizer.weight_decay or 0.0) > 0.05:
        sections["optimizer"] = {"weight_decay": None}
        words.append("the usual weight decay")
    if (now.model.dropout or 0.0) > 0.3:
        lighter = f"dropout of {FREE_DROPOUT:g}"
        model = {"model": {"dropout": FREE_DROPOUT}}
        yield ", ".join([*words, lighter]), _with(asked, **sections, **model)
    elif words:
        yield ", ".join(words), _with(asked, **sections)


def _restrained(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    decay = 10 * max(0.01, now.optimizer.weight_decay or 0.0)
    yield f"weight decay {decay:g}", _with(asked, optimizer={"weight_decay": decay})
    if (now.model.dropout or 0.0) < RESTRAINED_DROPOUT:
        yield (
            f"dropout of {RESTRAINED_DROPOUT:g}",
            _with(asked, model={"dropout": RESTRAINED_DROPOUT}),
        )


def _larger(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    width = max(64, 4 * (now.model.width or 1))
    yield f"hidden layers of {width} units", _with(asked, model={"width": width})


def _longer_run(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    if asked.training.epochs is not None:
        times = FAR_MORE if asked.training.epochs < FEW else MORE
        epochs = times * asked.training.epochs
        words = f"{asked.training.epochs:g} → {epochs:g} epochs"
        yield words, _with(asked, training={"epochs": epochs})


def _robust(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    if now.loss.name == "mse":
        yield "the loss huber", _with(asked, loss={"name": "huber", "options": {}})


def _balanced(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    if now.loss.name in ("binary_cross_entropy", "cross_entropy") and not asked.loss.balanced:
        yield "classes weighted alike", _with(asked, loss={"balanced": True})


def _scaled(asked: RunConfig, now: RunConfig) -> Iterator[Change]:
    if (asked.transform.scale, asked.transform.columns) != (USUAL.scale, USUAL.columns):
        changes: dict[str, Any] = {"scale": USUAL.scale, "columns": {}, "bins": None}
        yield "numbers scaled as usual", _with(asked, transform=changes)


REMEDIES: Mapping[str, Remedy] = {
    "learning_rate_too_high": _shorter,
    "learning_rate_too_low": _longer,
    "oscillating_loss": _calmer,
    "slow_convergence": _adaptive,
    "exploding_gradient": _bounded,
    "batch_size_too_small": _larger_batches,
    "bad_initialisation": _first_weights,
    "dead_relu": _never_zero,
    "saturated_activation": _bent,
    "vanishing_gradient": _shallower,
    "over_regularised": _freer,
    "overfitting": _restrained,
    "underfitting": _larger,
    "too_few_epochs": _longer_run,
    "target_outliers": _robust,
    "class_imbalance": _balanced,
    "unscaled_inputs": _scaled,
}
