"""Adam and its kin: running means of the gradient and of its square, both unbiased."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .base import Number, Optimizer, SpanOptimizer, check_numbers, optimizer
from .spans import Span, lay_out

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

    _unit = torch.empty(0)  # what members with step sizes of their own move by, in one buffer
    _units: list[Tensor] = []  # noqa: RUF012  # never changed in place

    def __init__(self, params: Iterable[Any], rule: "Adam | AdamW") -> None:
        self.rule: Adam | AdamW = rule
        super().__init__(params, rule.lr, rule.weight_decay)

    def start(self, w: Tensor) -> dict[str, Tensor]:
        zero = torch.zeros((), dtype=torch.float32, device=w.device)
        return {"m": torch.zeros_like(w), "v": torch.zeros_like(w), "step": zero}

    def move(self, spans: list[Span], lr: Number, weight_decay: Number) -> None:
        states = [span.state for span in spans]
        steps = [state["step"] for state in states]
        torch._foreach_add_(steps, 1)
        weights, grads = [span.w for span in spans], [span.g for span in spans]
        means, squares = ([state[key] for state in states] for key in ("m", "v"))
        if not (_members(lr) or _members(weight_decay)):
            self._fused([weights, grads, means, squares], steps, float(lr), float(weight_decay))
            return
        # The kernel knows one step size: it moves zeros by one of 1, and each member takes its own
        # share of that. Two more passes over memory cost less than a call for each member.
        if [u.shape for u in self._units] != [w.shape for w in weights]:
            self._unit, self._units = lay_out([w.shape for w in weights], weights[0])
        self._unit.zero_()
        self._fused([self._units, grads, means, squares], steps, 1.0, 0.0)
        rates = torch.as_tensor(lr)
        if _members(weight_decay) or weight_decay:
            kept = 1 - rates * weight_decay
            for w in weights:
                w.mul_(_for_each(kept, w))
        for w, unit in zip(weights, self._units, strict=True):
            w.addcmul_(unit, _for_each(rates, w))

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


def _for_each(numbers: Tensor, w: Tensor) -> Tensor:
    """(k,) numbers, or one, as factors of (k, …)."""
    return numbers.to(w.device, w.dtype).view(-1, *[1] * (w.dim() - 1))
