"""Adam and its kin: running means of the gradient and of its square, both unbiased."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim.adamw import adamw

from .base import Number, Optimizer, check_numbers, optimizer

__all__ = ["Adam", "AdamW"]

STATE = ("m", "v", "step")


@dataclass(frozen=True, kw_only=True)
class _FusedAdam(Optimizer):
    memories = ("beta1", "beta2")

    def __post_init__(self) -> None:
        check_numbers(self)

    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        return FusedAdam(params, self)  # type: ignore[arg-type]  # Adam and AdamW have the fields


@optimizer("adam")
@dataclass(frozen=True, kw_only=True)
class Adam(_FusedAdam):
    """m, v: means of g and g²; w ← w − lr·m̂ / (√v̂ + ε) (Kingma and Ba, ICLR 2015).

    Args:
        lr: step size; ≥ 0.
        weight_decay: decoupled shrinkage, as a share of lr; ≥ 0.
        beta1: memory of the mean gradient; in [0, 1).
        beta2: memory of the mean square; in [0, 1).
        eps: ε, beside the root; > 0.
    """

    lr: float = 0.001
    weight_decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8


@optimizer("adamw")
@dataclass(frozen=True, kw_only=True)
class AdamW(_FusedAdam):
    """Adam whose weights also shrink by lr·weight_decay a step (Loshchilov and Hutter, ICLR 2019).

    Args:
        lr: step size; ≥ 0.
        weight_decay: decoupled shrinkage, as a share of lr; ≥ 0.
        beta1: memory of the mean gradient; in [0, 1).
        beta2: memory of the mean square; in [0, 1).
        eps: ε, beside the root; > 0.
    """

    lr: float = 0.001
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8


class FusedAdam(torch.optim.Optimizer):
    """torch's fused kernel: one pass over memory, with a learning rate for each member.

    Args:
        params: tensors or parameter groups; ``lr`` and ``weight_decay`` may be (k,) tensors, and
            then every tensor of the group is (k, …).
        rule: the hyper-parameters.
    """

    def __init__(self, params: Iterable[Any], rule: "Adam | AdamW") -> None:
        self.rule = rule
        super().__init__(params, {"lr": rule.lr, "weight_decay": rule.weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every tensor that has a gradient; returns what ``closure`` returns."""
        result = None
        if closure is not None:
            with torch.enable_grad():
                result = closure()
        for group in self.param_groups:
            moved = [w for w in group["params"] if w.grad is not None]
            members = max((len(n) for n in _vectors(group)), default=0)
            states = [self._state(w, members) for w in moved]
            lists = [moved, [w.grad for w in moved], *([s[key] for s in states] for key in STATE)]
            if not members:
                self._fused(lists, float(group["lr"]), float(group["weight_decay"]))
                continue
            by_tensor = [[t.unbind() for t in tensors] for tensors in lists]
            lr, decay = (_listed(group[key], members) for key in ("lr", "weight_decay"))
            for j in range(members):
                mine = [[views[j] for views in tensors] for tensors in by_tensor]
                self._fused(mine, lr[j], decay[j])
        return result

    def _state(self, w: Tensor, members: int) -> dict[str, Tensor]:
        state = self.state[w]
        if not state:
            state["step"] = torch.zeros((members,) if members else (), device=w.device)
            state["m"] = torch.zeros_like(w)
            state["v"] = torch.zeros_like(w)
        return state  # type: ignore[no-any-return]  # torch types it as Any

    def _fused(self, lists: list[list[Tensor]], lr: float, weight_decay: float) -> None:
        weights, grads, means, squares, steps = lists
        if weights:
            adamw(
                weights, grads, means, squares, [], steps,
                fused=True, amsgrad=False, maximize=False, beta1=self.rule.beta1,
                beta2=self.rule.beta2, eps=self.rule.eps, lr=lr, weight_decay=weight_decay,
            )  # fmt: skip


def _vectors(group: dict[str, Any]) -> list[Tensor]:
    numbers = (group["lr"], group["weight_decay"])
    return [n for n in numbers if isinstance(n, Tensor) and n.dim() == 1]


def _listed(number: Number, members: int) -> list[float]:
    # Hyper-parameters live on the CPU: no device is waited for.
    return (
        number.tolist()
        if isinstance(number, Tensor) and number.dim()
        else [float(number)] * members
    )
