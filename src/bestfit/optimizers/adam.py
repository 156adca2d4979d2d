"""Adam and its kin: running means of the gradient and of its square, both unbiased."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from .base import USUAL, Convention, Number, Numbers, optimizer
from .rule import Group, State, TensorRule, counted, remember_square, step_by_ratio
from .spans import Span, lay_out
from .stepping import RuleOptimizer, differs

__all__ = ["Adam", "AdamW"]


@dataclass(frozen=True, kw_only=True)
class AdamRule(TensorRule):
    """What Adam and AdamW have in common."""

    memories: ClassVar[tuple[str, ...]] = ("beta1", "beta2")
    gathers = False  # the kernel takes a list

    beta1: Numbers = USUAL
    beta2: Numbers = USUAL
    eps: Numbers = USUAL
    amsgrad: bool = False
    convention: Convention = "document"

    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        if self.convention == "keras":
            return RuleOptimizer(params, self)
        return FusedAdam(params, self)

    def start(self, w: Tensor) -> State:
        names = ("m", "v", "v_max") if self.amsgrad else ("m", "v")
        state = {name: torch.zeros_like(w) for name in names}
        # The kernel of a GPU wants the count beside the weights.
        device = "cpu" if self.convention == "keras" else w.device
        return {**state, "step": torch.zeros((), dtype=torch.float32, device=device)}

    def prepare(self, state: State, h: Group) -> Group:
        beta1, beta2 = h["betas"]
        t = counted(state)
        return {**h, "c1": 1 - beta1**t, "c2": 1 - beta2**t}

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        beta1, beta2 = h["betas"]
        m = state["m"].lerp_(g, 1 - beta1)
        v = remember_square(state["v"], g, beta2)
        if self.amsgrad:
            v = torch.maximum(state["v_max"], v, out=state["v_max"])
        if self.convention == "keras":  # ε before the bias is taken out
            step_by_ratio(w, m, v.sqrt().add_(h["eps"]), h["lr"] * _root(h["c2"]) / h["c1"])
        else:
            root = v.sqrt().div_(_root(h["c2"])).add_(h["eps"])
            step_by_ratio(w, m, root, h["lr"] / h["c1"])


USUAL_ADAM = {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}


@optimizer("adam")
@dataclass(frozen=True, kw_only=True)
class Adam(AdamRule):
    """m, v: means of g and g²; w ← w − lr·m̂ / (√v̂ + ε) (Kingma and Ba, ICLR 2015).

    Args:
        lr: step size; ≥ 0. None: 0.001.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; else
            weight_decay · w joins the gradient. None: coupled in torch's convention.
        beta1: memory of the mean gradient; in [0, 1). None: 0.9.
        beta2: memory of the mean square; in [0, 1). None: 0.999.
        eps: ε, beside the root; > 0. None: 1e-8, Keras' 1e-7.
        amsgrad: v never falls (Reddi, Kale and Kumar, ICLR 2018).
        convention: ``document`` and ``torch``: as above. ``keras``: ε joins √v before the bias of
            v is taken out.
    """

    usual = {  # noqa: RUF012
        "document": USUAL_ADAM, "torch": USUAL_ADAM, "keras": {**USUAL_ADAM, "eps": 1e-7}
    }  # fmt: skip


@optimizer("adamw")
@dataclass(frozen=True, kw_only=True)
class AdamW(AdamRule):
    """Adam whose weights also shrink by lr·weight_decay a step (Loshchilov and Hutter, ICLR 2019).

    Args:
        lr: step size; ≥ 0. None: 0.001.
        weight_decay: shrinkage of the weights; ≥ 0. None: 0.01, Keras' 0.004.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; None or true.
        beta1: memory of the mean gradient; in [0, 1). None: 0.9.
        beta2: memory of the mean square; in [0, 1). None: 0.999.
        eps: ε, beside the root; > 0. None: 1e-8, Keras' 1e-7.
        amsgrad: v never falls (Reddi, Kale and Kumar, ICLR 2018).
        convention: ``document`` and ``torch``: as above. ``keras``: ε joins √v before the bias of
            v is taken out.
    """

    usual = {  # noqa: RUF012
        "document": {**USUAL_ADAM, "weight_decay": 0.01},
        "torch": {**USUAL_ADAM, "weight_decay": 0.01},
        "keras": {**USUAL_ADAM, "weight_decay": 0.004, "eps": 1e-7},
    }

    weight_decay: Numbers = USUAL

    @property
    def shrinks(self) -> bool:
        return self.decoupled is not False


class FusedAdam(RuleOptimizer):
    """torch's fused kernel: one pass over memory, with numbers of its own for each member."""

    _unit = torch.empty(0)  # what members with step sizes of their own move by, in one buffer
    _units: list[Tensor] = []  # noqa: RUF012  # never changed in place

    def move(self, spans: list[Span], group: Group) -> None:
        if (
            torch.compiler.is_compiling()
            or _kernel_is_not_enough(group)
            or any(s.sparse for s in spans)
        ):
            super().move(spans, group)
            return
        lr, decay = group["lr"], group["weight_decay"]
        states = [span.state for span in spans]
        steps = [state["step"] for state in states]
        torch._foreach_add_(steps, 1)
        weights, grads = [span.w for span in spans], [span.g for span in spans]
        if not differs(group):
            self._fused(weights, grads, states, group, float(lr), float(decay))
            return
        # The kernel knows one step size: it moves zeros by one of 1, and each member takes its own
        # share of that. Two more passes over memory cost less than a call for each member.
        if [u.shape for u in self._units] != [w.shape for w in weights]:
            self._unit, self._units = lay_out([w.shape for w in weights], weights[0])
        self._unit.zero_()
        rates = torch.as_tensor(lr)
        shrinks = isinstance(decay, Tensor) or decay
        if shrinks and not self.rule.shrinks:
            grads = [
                g + w * _for_each(torch.as_tensor(decay), w)
                for g, w in zip(grads, weights, strict=True)
            ]
        self._fused(self._units, grads, states, group, 1.0, 0.0)
        if shrinks and self.rule.shrinks:
            kept = 1 - rates * decay
            for w in weights:
                w.mul_(_for_each(kept, w))
        for w, unit in zip(weights, self._units, strict=True):
            w.addcmul_(unit, _for_each(rates, w))

    def _fused(
        self,
        weights: list[Tensor],
        grads: list[Tensor],
        states: list[State],
        group: Group,
        lr: float,
        weight_decay: float,
    ) -> None:
        kernel = torch._fused_adamw_ if self.rule.shrinks else torch._fused_adam_
        means, squares, steps = ([state[key] for state in states] for key in ("m", "v", "step"))
        largest = [state["v_max"] for state in states] if self.rule.amsgrad else []
        beta1, beta2 = group["betas"]
        kernel(
            weights, grads, means, squares, largest, steps, amsgrad=self.rule.amsgrad,
            maximize=False, lr=lr, beta1=float(beta1), beta2=float(beta2),
            weight_decay=weight_decay, eps=float(group["eps"]),
        )  # fmt: skip


def _kernel_is_not_enough(group: Mapping[str, Any]) -> bool:
    """Whether members differ in more than step size and decay."""
    return differs({"betas": group["betas"], "eps": group["eps"]})


def _for_each(numbers: Tensor, w: Tensor) -> Tensor:
    """(k,) numbers, or one, as factors of (k, …)."""
    return numbers.to(w.device, w.dtype).view(-1, *[1] * (w.dim() - 1))


def _root(number: Number) -> Number:
    return number.sqrt() if isinstance(number, Tensor) else number**0.5
