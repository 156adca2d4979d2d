"""Adam and its kin: running means of the gradient and of its square, both unbiased."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .base import Number, Optimizer, SpanOptimizer, check_numbers, optimizer
from .spans import Span

__all__ = ["Adam", "AdamW"]


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


class FusedAdam(SpanOptimizer):
    """torch's fused kernel: one pass over memory, with numbers of its own for each member.

    Args:
        params: tensors or parameter groups; ``lr`` and ``weight_decay`` may be (k,) tensors, and
            then every tensor of the group is (k, …).
        rule: the hyper-parameters.
    """

    def __init__(self, params: Iterable[Any], rule: "Adam | AdamW") -> None:
        self.rule: Adam | AdamW = rule
        super().__init__(params, rule.lr, rule.weight_decay)

    def start(self, w: Tensor) -> dict[str, Tensor]:
        zero = torch.zeros((), dtype=torch.float32, device=w.device)
        return {"m": torch.zeros_like(w), "v": torch.zeros_like(w), "step": zero}

    def move(self, spans: list[Span], lr: Number, weight_decay: Number) -> None:
        states = [span.state for span in spans]
        steps = [state["step"].add_(1) for state in states]
        weights, grads = [span.w for span in spans], [span.g for span in spans]
        means, squares = ([state[key] for state in states] for key in ("m", "v"))
        members = max(_members(lr), _members(weight_decay))
        if not members:
            self._fused([weights, grads, means, squares], steps, float(lr), float(weight_decay))
            return
        # Hyper-parameters live on the CPU: no device is waited for.
        rates, decays = _listed(lr, members), _listed(weight_decay, members)
        lists = [[t.unbind() for t in tensors] for tensors in (weights, grads, means, squares)]
        for j in range(members):
            own = [[views[j] for views in tensors] for tensors in lists]
            self._fused(own, steps, rates[j], decays[j])

    def _fused(
        self, lists: list[list[Tensor]], steps: list[Tensor], lr: float, weight_decay: float
    ) -> None:
        weights, grads, means, squares = lists
        torch._fused_adamw_(
            weights, grads, means, squares, [], steps, amsgrad=False, maximize=False, lr=lr,
            beta1=self.rule.beta1, beta2=self.rule.beta2, weight_decay=weight_decay,
            eps=self.rule.eps,
        )  # fmt: skip


def _members(number: Number) -> int:
    return len(number) if isinstance(number, Tensor) and number.dim() else 0


def _listed(number: Number, members: int) -> list[float]:
    return number.tolist() if _members(number) else [float(number)] * members  # type: ignore[union-attr]  # a tensor then
