"""Parts that a repaired network is built with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

__all__ = ["Beside", "Residual", "Rewired", "Rule", "gru_like", "two_hidden"]


@dataclass(frozen=True)
class Rule:
    """What is called in place of a function of torch inside a network.

    Args:
        function: its name.
        count: which of its calls; None is each.
        instead: ``identity``, ``keep`` (a gradient), ``by=`` and a number, by which what it reads
            is multiplied, or the name of an activation of torch.
    """

    function: str
    count: int | None
    instead: str


class Rewired(nn.Module):
    """A network some of whose calls do something else.

    Args:
        inner: the network.
        rules: what, in place of what.
    """

    def __init__(self, inner: nn.Module, rules: tuple[Rule, ...]) -> None:
        super().__init__()
        self.inner, self.rules = inner, rules

    def forward(self, *inputs: Tensor) -> Any:
        """As the network, but for the rules."""
        with _Rewiring(self.rules):
            return self.inner(*inputs)

    def extra_repr(self) -> str:
        """What is different."""
        return ", ".join(f"{rule.function} → {rule.instead}" for rule in self.rules)


class _Rewiring(TorchFunctionMode):
    def __init__(self, rules: tuple[Rule, ...]) -> None:
        super().__init__()
        self.rules, self.counts = rules, {rule.function: 0 for rule in rules}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        if name not in self.counts:
            return func(*args, **kwargs)
        count = self.counts[name]
        self.counts[name] += 1
        for rule in self.rules:
            if rule.function == name and rule.count in (None, count):
                return _instead(rule.instead, func, args, kwargs)
        return func(*args, **kwargs)


def _instead(word: str, func: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    if word == "identity":
        return args[0]
    if word == "keep":
        name = getattr(func, "__name__", "")
        if name == "_set_grad_enabled":
            return None  # what was on stays on
        if name == "__get__" and getattr(func, "__self__", None) is not torch.Tensor.data:
            return func(*args, **kwargs)
        return args[0]
    if word.startswith("after:"):
        return getattr(functional, word.removeprefix("after:"))(func(*args, **kwargs))
    if word.startswith("by="):
        return func(args[0] * float(word.removeprefix("by=")), *args[1:], **kwargs)
    if word.startswith("p="):
        kwargs = {k: v for k, v in kwargs.items() if k not in ("p", "inplace")}
        training = args[2] if len(args) > 2 else kwargs.pop("training", True)
        return func(args[0], p=float(word.removeprefix("p=")), training=training)
    return getattr(functional, word)(args[0])


class Residual(nn.Module):
    """x + f(x), for a layer that keeps the shape.

    Args:
        layer: f.
    """

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        """(…, F) → (…, F)."""
        return x + self.layer(x)  # type: ignore[no-any-return]  # a tensor


class Beside(nn.Module):
    """A network and a second one beside it, whose outputs are added.

    Args:
        inner: the first.
        n_inputs: numbers of a row.
        n_outputs: T.
        width: of the second network's two hidden layers.
    """

    def __init__(self, inner: nn.Module, n_inputs: int, n_outputs: int, width: int) -> None:
        super().__init__()
        self.inner = inner
        self.beside = two_hidden(n_inputs, n_outputs, width)

    def forward(self, *inputs: Tensor) -> Tensor:
        """(B, …) → (B, T)."""
        own = self.inner(*inputs)
        own = own.unsqueeze(1) if own.dim() == 1 else own
        return own + self.beside(inputs[0].to(own.dtype))  # type: ignore[no-any-return]


def two_hidden(n_inputs: int, n_outputs: int, width: int) -> nn.Sequential:
    """(B, …) → (B, T) by two hidden layers of ReLU units."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(n_inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
        nn.Linear(width, n_outputs),
    )  # fmt: skip


def gru_like(rnn: nn.RNN) -> nn.GRU:
    """A gated layer of the same shape."""
    return nn.GRU(
        rnn.input_size, rnn.hidden_size, rnn.num_layers, bias=rnn.bias,
        batch_first=rnn.batch_first, dropout=rnn.dropout, bidirectional=rnn.bidirectional,
    )  # fmt: skip


NAMED: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "identity": nn.Identity, "elu": nn.ELU,
}  # fmt: skip


def torch_named(word: str) -> nn.Module:
    """An activation as a module."""
    return NAMED[word]()


def seeded(make: Callable[[], Any], seed: int = 0) -> Any:
    """What a maker draws, from a stream of its own."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return make()
