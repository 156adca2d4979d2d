"""Rules that move one tensor at a time."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from ..errors import ConfigError
from .base import Number, Optimizer
from .spans import Span
from .stepping import Group, RuleOptimizer, State

__all__ = [
    "Group",
    "State",
    "TensorRule",
    "counted",
    "remember_square",
    "step_along",
    "step_by_ratio",
]


@dataclass(frozen=True, kw_only=True)
class TensorRule(Optimizer):
    """A rule that moves each number of a tensor by itself.

    Args:
        lr: step size; ≥ 0.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay apart from the gradient; else
            weight_decay · w joins the gradient. None: coupled in torch's convention (but for
            AdamW), decoupled in the others.
    """

    rows_alone: ClassVar[bool] = False  # whether a sparse gradient may move its rows only
    gathers: ClassVar[bool] = True  # whether small tensors are worth a copy
    in_parts: ClassVar[bool] = True  # whether large ones are better moved part by part
    only_decoupled: ClassVar[bool] = False
    by_itself: ClassVar[bool] = False  # whether ``move`` does what weight_decay asks for

    decoupled: bool | None = None

    def _check(self) -> None:
        super()._check()
        if self.only_decoupled and self.decoupled is False:
            raise ConfigError(f"{self.name} knows no decay inside the gradient", where="decoupled")

    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        return RuleOptimizer(params, self)

    @property
    def shrinks(self) -> bool:
        """Whether the weights shrink apart from the gradient."""
        if self.decoupled is not None:
            return self.decoupled
        return getattr(self, "convention", "document") != "torch"

    def start(self, w: Tensor) -> State:
        """The state of a tensor before its first step; a state of no dimension is on the CPU."""
        return {}

    def prepare(self, state: State, h: Group) -> Group:
        """Count the step, and add to the hyper-parameters what hangs on no weight."""
        return h

    @abstractmethod
    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        """One step, in place.

        Args:
            w: the tensor to move, or a part of it.
            g: its gradient; never written.
            state: from ``start``, changed in place.
            h: from ``prepare``: numbers, or tensors that broadcast against ``w``.
        """

    def move_all(self, spans: Sequence[Span], group: Group) -> bool:
        """One step of all tensors by a kernel of torch's that takes lists, if it has one.

        Args:
            spans: of plain numbers, with dense gradients.
            group: whose hyper-parameters are one for all members.
        """
        return False

    def judged(self, w: Tensor, state: State) -> Tensor | None:
        """The weights that are to be judged, where they are not those that are trained."""
        return None


def counted(state: State) -> Number:
    """The number of this step, from 1; a tensor where torch compiles, which knows no numbers."""
    step = state["step"].add_(1)
    return step if torch.compiler.is_compiling() else float(step)


def step_along(w: Tensor, direction: Tensor, lr: Number) -> None:
    """w ← w − lr·direction, in place."""
    if isinstance(lr, Tensor):
        w.addcmul_(direction, lr, value=-1)
    else:
        w.add_(direction, alpha=-lr)


def step_by_ratio(w: Tensor, g: Tensor, root: Tensor, lr: Number) -> None:
    """w ← w − lr·g / root, in place."""
    if isinstance(lr, Tensor):
        w.addcmul_(g / root, lr, value=-1)
    else:
        w.addcdiv_(g, root, value=-lr)


def remember_square(v: Tensor, g: Tensor, memory: Number) -> Tensor:
    """v ← memory·v + (1 − memory)·g², in place."""
    if isinstance(memory, Tensor):
        return v.mul_(memory).addcmul_(g, g * (1 - memory))
    return v.mul_(memory).addcmul_(g, g, value=1 - memory)
