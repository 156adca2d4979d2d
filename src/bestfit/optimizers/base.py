"""How weights move: each optimizer is a frozen value that builds an ordinary torch optimizer.

A hyper-parameter may be one number, or one for each of the k members of a population whose
parameters are ``(k, …)``: a tuple, list or ``(k,)`` tensor in the component, a ``(k,)`` tensor in a
parameter group.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, TypeAlias, cast, get_args, get_origin, get_type_hints

import torch
from torch import Tensor

from ..errors import ConfigError
from ..registry import Registry

__all__ = [
    "USUAL",
    "Convention",
    "Number",
    "Numbers",
    "Optimizer",
    "QuickOptimizer",
    "by_member",
    "optimizer",
]

Number: TypeAlias = float | Tensor
Numbers: TypeAlias = float | tuple[float, ...]
Convention: TypeAlias = Literal["document", "torch", "keras"]

USUAL = cast(float, None)  # a field that is left to the convention

PAIRED = ("beta1", "beta2")  # in a parameter group: "betas", as torch's schedulers expect


@dataclass(frozen=True, kw_only=True)
class Optimizer(ABC):
    """A component that builds a torch optimizer; its fields are its hyper-parameters.

    ``memories`` names those that say how long a running mean remembers: they lie in [0, 1);
    ``falling`` those that are ≤ 0.
    ``usual`` gives what is left open, by convention.

    Args:
        lr: step size; ≥ 0.
        weight_decay: shrinkage of the weights; ≥ 0.
    """

    name: ClassVar[str]
    memories: ClassVar[tuple[str, ...]] = ()
    falling: ClassVar[tuple[str, ...]] = ()
    usual: ClassVar[dict[str, dict[str, Any]]] = {"document": {"lr": 0.01}}
    searches: ClassVar[bool] = False  # whether a step evaluates the loss again

    lr: Numbers = USUAL
    weight_decay: Numbers = 0.0

    def __post_init__(self) -> None:
        convention = getattr(self, "convention", "document")
        if convention not in self.usual:
            raise ConfigError(
                f"{self.name} has no convention {convention!r}", hint=", ".join(self.usual)
            )
        for name, value in self.usual[convention].items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        for name, value in list(vars(self).items()):
            if hasattr(value, "tolist"):  # of torch or NumPy
                value = value.tolist()
            if isinstance(value, list):
                value = tuple(value)
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        """Refuse numbers out of their range, and words that are not among those that are known."""
        hints = get_type_hints(type(self))
        for name, value in vars(self).items():
            hint = hints[name]
            if get_origin(hint) is Literal:
                if value not in get_args(hint):
                    raise ConfigError(f"{name} cannot be {value!r}", hint=", ".join(get_args(hint)))
            elif bool in (hint, *get_args(hint)):
                if not isinstance(value, bool | None):
                    raise ConfigError(f"{name} must be true or false, not {value!r}")
            else:
                for number in value if isinstance(value, tuple) else (value,):
                    self._check_number(name, number)

    def _check_number(self, name: str, number: object) -> None:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ConfigError(f"{name} must be a number, not {number!r}")
        memory, sign = name in self.memories, -1 if name in self.falling else 1
        if not (0 <= number < 1 if memory else 0 <= sign * number < math.inf):
            allowed = "in [0, 1)" if memory else f"{'≤' if sign < 0 else '≥'} 0 and finite"
            raise ConfigError(f"{name} must be {allowed}, not {number}")

    def numbers(self) -> dict[str, Any]:
        """The hyper-parameters as a parameter group has them: ``betas``, ``momentum``, …"""
        found: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, tuple):
                value = torch.tensor(value, dtype=torch.float64)
            if isinstance(value, int | float | Tensor) and not isinstance(value, bool):
                found[each.name] = value
        return as_group(found, momentum="beta" in self.memories)

    @abstractmethod
    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        """An optimizer over tensors or parameter groups, used like any other of torch's."""


optimizer: Registry[Optimizer] = Registry("optimizer")


class QuickOptimizer(torch.optim.Optimizer):
    """torch's own, without the compiler that it loads to be built: that takes seconds.

    Args:
        params: tensors or parameter groups; a group may set any hyper-parameter for itself.
        rule: the hyper-parameters.
    """

    def __init__(self, params: Iterable[Any], rule: Optimizer) -> None:
        self.rule: Any = rule
        super().__init__(params, rule.numbers())

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """As torch's own; hyper-parameters may go by their names in the component."""
        group = self.defaults | as_group(param_group, momentum="momentum" in self.defaults)
        plain = getattr(torch.optim.Optimizer.add_param_group, "__wrapped__", None)
        if plain is None:
            super().add_param_group(group)
        else:
            plain(self, group)
        for p in self.param_groups[-1]["params"]:
            if p.is_complex():
                raise ConfigError("complex parameters", hint="torch.view_as_real of them")

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "rule": self.rule}


def as_group(numbers: dict[str, Any], *, momentum: bool) -> dict[str, Any]:
    """Hyper-parameters under the names by which torch's schedulers look for them.

    Args:
        numbers: by the names of the component's fields, or already so.
        momentum: whether beta is one.

    >>> as_group({"lr": 0.1, "beta": 0.9}, momentum=True)
    {'lr': 0.1, 'momentum': 0.9}
    >>> as_group({"beta1": 0.9, "beta2": 0.99}, momentum=False)
    {'betas': (0.9, 0.99)}
    """
    group = dict(numbers)
    if all(name in group for name in PAIRED):
        group["betas"] = tuple(group.pop(name) for name in PAIRED)
    if momentum and "beta" in group:
        group["momentum"] = group.pop("beta")
    return group


def by_member(number: Any, w: Tensor) -> Any:
    """A (k,) tensor shaped to broadcast against w (k, …); a number stays a number."""
    if isinstance(number, tuple):
        return tuple(by_member(each, w) for each in number)
    if isinstance(number, Tensor):
        if not number.dim():
            return float(number)
        return number.to(w.device, w.dtype).view(-1, *[1] * (w.dim() - 1))
    return number
