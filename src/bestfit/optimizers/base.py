"""How weights move: each rule is a frozen value that builds an ordinary torch optimizer.

A learning rate or a weight decay may be one number, or a ``(k,)`` tensor with one for each member
of a population whose parameters are ``(k, …)``.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from ..errors import ConfigError
from ..registry import Registry
from .spans import Span, spans_of

__all__ = [
    "Optimizer",
    "RuleOptimizer",
    "SpanOptimizer",
    "TensorRule",
    "by_member",
    "check_numbers",
    "optimizer",
]

Number = float | Tensor


class Optimizer(ABC):
    """A component that builds a torch optimizer; its fields are its hyper-parameters.

    ``memories`` names those that say how long a running mean remembers: they lie in [0, 1).
    """

    name: ClassVar[str]
    memories: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        """An optimizer over tensors or parameter groups, used like any other of torch's."""


optimizer: Registry[Optimizer] = Registry("optimizer")


def check_numbers(rule: Optimizer) -> None:
    """Refuse hyper-parameters out of their range.

    Raises:
        ConfigError: a memory outside [0, 1), or another number below 0 or not finite.
    """
    for name, value in vars(rule).items():
        memory = name in rule.memories
        if not (0 <= value < 1 if memory else 0 <= value < math.inf):
            allowed = "in [0, 1)" if memory else "≥ 0 and finite"
            raise ConfigError(f"{name} must be {allowed}, not {value}")


@dataclass(frozen=True, kw_only=True)
class TensorRule(Optimizer):
    """A rule that moves one tensor at a time.

    Args:
        lr: step size; ≥ 0.
        weight_decay: share of ``lr`` by which weights shrink each step, apart from the gradient;
            ≥ 0.
    """

    lr: float = 0.01
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        check_numbers(self)

    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        return RuleOptimizer(params, self)

    @abstractmethod
    def start(self, w: Tensor) -> dict[str, Tensor]:
        """The state of a tensor before its first step."""

    @abstractmethod
    def move(self, w: Tensor, g: Tensor, state: dict[str, Tensor], lr: Number) -> None:
        """One step, in place.

        Args:
            w: the tensor to move.
            g: its gradient; never written.
            state: from ``start``, changed in place.
            lr: a number, or a tensor that broadcasts against ``w``.
        """


class SpanOptimizer(torch.optim.Optimizer, ABC):
    """A torch optimizer that moves spans: neighbours in one buffer are one tensor to it.

    A learning rate or weight decay that differs between members keeps the tensors apart.

    Args:
        params: tensors or parameter groups; a group may set its own ``lr`` and ``weight_decay``.
        lr: step size of the groups that set none.
        weight_decay: shrinkage of the groups that set none.
    """

    rule: Any  # a copy of the optimizer takes it along

    def __init__(self, params: Iterable[Any], lr: float, weight_decay: float) -> None:
        self._spans: list[list[Span]] = []
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As torch's own, which loads its compiler first: that takes seconds and is not needed."""
        plain = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__", None)
        if plain is None:
            super().add_param_group(param_group)
        else:
            plain(self, param_group)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "rule": self.rule, "_spans": []}

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every tensor that has a gradient; returns what ``closure`` returns."""
        result = None
        if closure is not None:
            with torch.enable_grad():
                result = closure()
        self.advance()
        return result

    def advance(self, *, refresh: bool = True) -> None:
        """``step`` without closure, hooks and torch's profiler; under ``no_grad``.

        Args:
            refresh: look where the gradients are; else they lie where they lay before.
        """
        spans = self._current() if refresh else self._spans
        for group, own in zip(self.param_groups, spans, strict=True):
            if own:
                self.move(own, group["lr"], group["weight_decay"])

    @abstractmethod
    def start(self, w: Tensor) -> dict[str, Tensor]:
        """The state of a tensor before its first step."""

    @abstractmethod
    def move(self, spans: list[Span], lr: Number, weight_decay: Number) -> None:
        """Move what belongs to one group."""

    def _current(self) -> list[list[Span]]:
        spans = self._spans
        fits = len(spans) == len(self.param_groups) and all(
            sum([len(s.params) for s in own]) == sum([p.grad is not None for p in g["params"]])
            and all(span.refresh(self.state) for span in own)
            for own, g in zip(spans, self.param_groups, strict=True)
        )
        if not fits:
            spans = self._spans = [
                spans_of(g["params"], self.state, self.start, merge=not _differs(g))
                for g in self.param_groups
            ]
        return spans


class RuleOptimizer(SpanOptimizer):
    """A torch optimizer that moves every tensor by one rule.

    Args:
        params: tensors or parameter groups.
        rule: how a tensor moves.
    """

    def __init__(self, params: Iterable[Any], rule: TensorRule) -> None:
        self.rule: TensorRule = rule
        super().__init__(params, rule.lr, rule.weight_decay)

    def start(self, w: Tensor) -> dict[str, Tensor]:
        return self.rule.start(w)

    def move(self, spans: list[Span], lr: Number, weight_decay: Number) -> None:
        for span in spans:
            own = by_member(lr, span.w)
            if isinstance(weight_decay, Tensor) or weight_decay:
                span.w.mul_(1 - own * by_member(weight_decay, span.w))
            self.rule.move(span.w, span.g, span.state, own)


def _differs(group: Mapping[str, Any]) -> bool:
    """Whether the members of a group have numbers of their own."""
    return any(isinstance(group[k], Tensor) and group[k].dim() for k in ("lr", "weight_decay"))


def by_member(number: Number, w: Tensor) -> Number:
    """A (k,) tensor shaped to broadcast against w (k, …); a number stays a number."""
    if isinstance(number, Tensor) and number.dim() == 1:
        return number.view(-1, *[1] * (w.dim() - 1))
    return number
