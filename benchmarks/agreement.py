"""How far bestfit's optimizers stray from others', as the table of docs/optimizers.md.

``python3 dev.py bench agreement``: 60 steps in double precision on a noisy, bent bowl of four
tensors, with a falling step size. The largest difference of a weight, relative above 1.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "torch"
sys.path.append(str(Path(__file__).parent.parent / "build" / "peers"))

import numpy as np
import torch
from torch import nn

from bestfit.optimizers import optimizer

STEPS, FALL = 60, 0.97
SHAPES = [(5, 3), (3,), (4, 2, 3), (7,)]
Weights = list[np.ndarray]


def main() -> None:
    torch.set_default_dtype(torch.float64)
    print(f"| {'optimizer':10s} | {'convention':10s} | {'beside':22s} | largest difference |")
    print("|---|---|---|---|")
    for name, convention, options, peer, other in cases():
        extra = {} if convention == "document" else {"convention": convention}
        rule = optimizer[name](**options, **extra)
        gap = difference(ours(rule), other)
        print(f"| {name:10s} | {convention:10s} | {peer:22s} | {gap:.0e} |", flush=True)


def start() -> Weights:
    random = np.random.default_rng(0)
    return [random.normal(size=s) for s in SHAPES]


def gradients(weights: Weights, step: int) -> Weights:
    random = np.random.default_rng(1000 + step)
    return [
        10.0 ** (i - 2) * (w - 0.5) + 0.3 * np.tanh(w) + 0.05 * random.normal(size=w.shape)
        for i, w in enumerate(weights)
    ]


def difference(a: Weights, b: Weights) -> float:
    each = [np.abs(x - y) / np.maximum(1, np.abs(y)) for x, y in zip(a, b, strict=True)]
    return float(max(e.max() for e in each))


def ours(rule: Any) -> Weights:
    return by_torch(rule.build, rule.lr)


def by_torch(build: Callable[[list[nn.Parameter]], Any], lr: float) -> Weights:
    params = [nn.Parameter(torch.from_numpy(w)) for w in start()]
    opt = build(params)
    for step in range(STEPS):
        for p, g in zip(params, gradients([p.detach().numpy() for p in params], step), strict=True):
            p.grad = torch.from_numpy(g)
        for group in opt.param_groups:
            group["lr"] = lr * FALL**step
        opt.step()
    return [p.detach().numpy() for p in params]


def by_keras(build: Callable[[float], Any], lr: float) -> Weights:
    import keras

    keras.config.set_floatx("float64")
    variables = [keras.Variable(w, dtype="float64") for w in start()]
    opt = build(lr)
    opt.build(variables)
    for step in range(STEPS):
        now = [v.value.detach().numpy() for v in variables]
        opt.learning_rate.assign(lr * FALL**step)
        found = [torch.from_numpy(g) for g in gradients(now, step)]
        opt.apply(found, variables)
    return [v.value.detach().numpy() for v in variables]


def by_optax(build: Callable[[Any], Any], lr: float) -> Weights:
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    weights = [jax.numpy.asarray(w) for w in start()]
    rule = build(lambda step: lr * FALL**step)
    state = rule.init(weights)
    for step in range(STEPS):
        found = [jax.numpy.asarray(g) for g in gradients([np.asarray(w) for w in weights], step)]
        moves, state = rule.update(found, state, weights)
        weights = optax.apply_updates(weights, moves)
    return [np.asarray(w) for w in weights]


def cases() -> Iterator[tuple[str, str, dict[str, Any], str, Weights]]:
    """Optimizer, convention, its options, the peer, and where the peer arrives."""
    import keras
    import optax

    T, K = torch.optim, keras.optimizers

    def tor(build: Callable[..., Any], lr: float, **options: Any) -> Weights:
        return by_torch(lambda p: build(p, lr=lr, **options), lr)

    def ker(build: Callable[..., Any], lr: float, **options: Any) -> Weights:
        return by_keras(lambda rate: build(learning_rate=rate, **options), lr)

    yield "sgd", "document", {"lr": 0.1}, "torch SGD", tor(T.SGD, 0.1)
    yield "sgd", "document", {"lr": 0.1}, "keras SGD", ker(K.SGD, 0.1)
    yield ("momentum", "document", {"lr": 0.1}, "torch SGD, lr · (1 − β)",
           by_torch(lambda p: _scaled(p), 0.1))  # fmt: skip
    yield ("momentum", "document", {"lr": 0.1}, "optax ema",
           by_optax(lambda s: optax.chain(optax.ema(0.9, debias=False),
                                          optax.scale_by_learning_rate(s)), 0.1))  # fmt: skip
    yield "momentum", "torch", {"lr": 0.02}, "torch SGD", tor(T.SGD, 0.02, momentum=0.9)
    yield "momentum", "keras", {"lr": 0.02}, "keras SGD", ker(K.SGD, 0.02, momentum=0.9)
    yield ("nesterov", "torch", {"lr": 0.02}, "torch SGD",
           tor(T.SGD, 0.02, momentum=0.9, nesterov=True))  # fmt: skip
    yield ("nesterov", "keras", {"lr": 0.02}, "keras SGD",
           ker(K.SGD, 0.02, momentum=0.9, nesterov=True))  # fmt: skip
    yield ("adagrad", "document", {"lr": 0.1, "eps": 1e-3}, "torch, G0 = ε, ε = 0",
           tor(T.Adagrad, 0.1, initial_accumulator_value=1e-3, eps=0))  # fmt: skip
    yield "adagrad", "torch", {"lr": 0.1}, "torch Adagrad", tor(T.Adagrad, 0.1)
    yield "adagrad", "keras", {"lr": 0.1}, "keras Adagrad", ker(K.Adagrad, 0.1)
    yield ("rmsprop", "document", {"lr": 0.01}, "optax rmsprop",
           by_optax(lambda s: optax.rmsprop(s, decay=0.9, eps=1e-8), 0.01))  # fmt: skip
    yield "rmsprop", "torch", {"lr": 0.01}, "torch RMSprop", tor(T.RMSprop, 0.01)
    yield "rmsprop", "keras", {"lr": 0.01}, "keras RMSprop", ker(K.RMSprop, 0.01)
    yield "adam", "document", {"lr": 0.01}, "torch Adam", tor(T.Adam, 0.01)
    yield ("adam", "document", {"lr": 0.01}, "optax adam",
           by_optax(lambda s: optax.adam(s), 0.01))  # fmt: skip
    yield "adam", "keras", {"lr": 0.01}, "keras Adam", ker(K.Adam, 0.01)
    yield "adamw", "document", {"lr": 0.01}, "torch AdamW", tor(T.AdamW, 0.01)
    yield "adamw", "keras", {"lr": 0.01}, "keras AdamW", ker(K.AdamW, 0.01)
    yield "nadam", "document", {"lr": 0.01}, "torch NAdam", tor(T.NAdam, 0.01)
    yield "nadam", "keras", {"lr": 0.01}, "keras Nadam", ker(K.Nadam, 0.01)
    yield ("nadam", "document", {"lr": 0.01, "momentum_decay": 1e9}, "optax nadam",
           by_optax(lambda s: optax.nadam(s), 0.01))  # fmt: skip
    yield "adadelta", "document", {"lr": 1.0}, "torch Adadelta", tor(T.Adadelta, 1.0)
    yield "adadelta", "keras", {"lr": 1.0}, "keras Adadelta", ker(K.Adadelta, 1.0)
    yield ("ftrl", "keras", {"lr": 0.1, "l1": 0.05, "l2": 0.1, "beta": 0.5}, "keras Ftrl",
           ker(K.Ftrl, 0.1, l1_regularization_strength=0.05, l2_regularization_strength=0.1,
               beta=0.5))  # fmt: skip
    yield ("lion", "document", {"lr": 0.01}, "optax lion",
           by_optax(lambda s: optax.lion(s, weight_decay=0.0), 0.01))  # fmt: skip


def _scaled(params: list[nn.Parameter]) -> Any:
    """torch's momentum, whose step size is (1 − β) times what it is told."""

    class Scaled(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            for group in self.param_groups:
                group["lr"] *= 0.1
            return super().step(closure)

    return Scaled(params, lr=0.1, momentum=0.9)


if __name__ == "__main__":
    main()
