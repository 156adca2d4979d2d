"""Prodigy: Adam that estimates its own step size."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .base import USUAL, Numbers, Optimizer, by_member, optimizer
from .rule import State
from .stepping import SpanOptimizer

__all__ = ["Prodigy"]


@optimizer("prodigy")
@dataclass(frozen=True, kw_only=True)
class Prodigy(Optimizer):
    """Adam with a step size d that grows to the distance to the solution as it is seen.

    Mishchenko and Defazio, ICML 2024, Algorithm 4. Leave lr at 1, and let a schedule bring it
    down; every member of a population estimates its own d.

    Args:
        lr: factor on d; ≥ 0. None: 1.
        weight_decay: shrinkage of the weights by lr · d · weight_decay, apart from the gradient;
            ≥ 0.
        beta1: memory of the mean gradient; in [0, 1). None: 0.9.
        beta2: memory of the mean square; in [0, 1). None: 0.999.
        eps: ε, beside the root, times d; > 0. None: 1e-8.
        d0: first estimate; > 0.
        d_coef: factor on the estimate; > 0.
        bias_correction: of Adam's means.
        safeguard_warmup: the estimate leaves lr out, for a schedule that rises slowly.
    """

    memories = ("beta1", "beta2")
    usual = {"document": {"lr": 1.0, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}}  # noqa: RUF012

    beta1: Numbers = USUAL
    beta2: Numbers = USUAL
    eps: Numbers = USUAL
    d0: float = 1e-6
    d_coef: float = 1.0
    bias_correction: bool = False
    safeguard_warmup: bool = False

    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        return ProdigyOptimizer(params, self)

    def start(self, w: Tensor) -> State:
        return {"w0": w.clone(), **{name: torch.zeros_like(w) for name in ("m", "v", "s")}}

    def judged(self, w: Tensor, state: State) -> Tensor | None:
        """The weights that are trained."""
        return None


class ProdigyOptimizer(SpanOptimizer):
    """A torch optimizer whose estimate is of all its tensors together.

    Args:
        params: tensors or parameter groups; with ``members=k`` every tensor is (k, …).
        rule: the hyper-parameters.
    """

    merges = False

    def advance(self, *, refresh: bool = True) -> None:
        groups = [
            (g, [(p, self._state(p)) for p in g["params"] if p.grad is not None])
            for g in self.param_groups
        ]
        groups = [(g, own) for g, own in groups if own]
        if not groups:
            return
        k = int(groups[0][0].get("members", 0)) or 1
        known = self._estimate(groups[0][1][0], k)
        t = float(known["step"].add_(1))
        beta1, beta2 = groups[0][0]["betas"]
        rule, d = self.rule, known["d"]
        lr = torch.as_tensor(groups[0][0]["lr"], dtype=d.dtype, device=d.device).reshape(-1, 1)
        correction = (1 - beta2**t) ** 0.5 / (1 - beta1**t) if rule.bias_correction else 1.0
        dlr = d * lr * correction
        known["numerator"].mul_(beta2**0.5)
        total = torch.zeros_like(d)
        pull = d / rule.d0 * (d if rule.safeguard_warmup else dlr)
        for g, own in groups:
            for p, state in own:
                w, grad = p.detach(), self._gradient(p)
                known["numerator"].add_(d / rule.d0 * dlr * _dot(grad, state["w0"] - w, k))
                b1, b2 = by_member(g["betas"], p)
                d_of = self._for(d, p, k)
                state["m"].mul_(b1).add_(grad * (d_of * (1 - b1)))
                state["v"].mul_(b2).add_(grad.square() * (d_of * d_of * (1 - b2)))
                state["s"].mul_(b2**0.5).add_(grad * self._for(pull, p, k))
                total += state["s"].abs().reshape(k, -1).sum(dim=1, keepdim=True)
        self._grow(known, total)
        for g, own in groups:
            for p, state in own:
                rate, decay = self._for(dlr, p, k), by_member(g["weight_decay"], p)
                root = state["v"].sqrt().add_(self._for(known["d"], p, k) * by_member(g["eps"], p))
                moved = p.detach()
                if isinstance(decay, Tensor) or decay:
                    moved.mul_(1 - rate * decay)
                # Where no gradient has come yet there is nothing to divide.
                moved.sub_(torch.nan_to_num(state["m"] / root, 0.0) * rate)

    def _state(self, p: Tensor) -> State:
        state: State = self.state[p]
        if "m" not in state:
            state.update(self.rule.start(p.detach()))
        return state

    def _gradient(self, p: Tensor) -> Tensor:
        assert p.grad is not None
        return p.grad.to_dense() if p.grad.is_sparse else p.grad

    def _estimate(self, first: tuple[Tensor, State], k: int) -> State:
        """What is known of the distance, (k, 1) each, kept with the first tensor."""
        p, state = first
        if "d" not in state:
            # (k, 1): what has no dimension beside that of the members counts for all of them.
            d = torch.full((k, 1), self.rule.d0, dtype=p.dtype, device=p.device)
            state.update({"d": d, "d_max": d.clone(), "numerator": torch.zeros_like(d)})
            state["step"] = torch.zeros((), dtype=torch.float32)
        return state

    def _grow(self, known: State, total: Tensor) -> None:
        d, d_max = known["d"], known["d_max"]
        seen = total > 0
        estimate = self.rule.d_coef * known["numerator"] / torch.where(seen, total, 1.0)
        estimate = torch.where(seen, estimate, d)
        first = d == torch.full_like(d, self.rule.d0)
        d.copy_(torch.where(first, torch.maximum(d, estimate), d))
        torch.maximum(d_max, estimate, out=d_max)
        d.copy_(d_max)

    @staticmethod
    def _for(numbers: Tensor, p: Tensor, k: int) -> Any:
        return numbers.view(-1, *[1] * (p.dim() - 1)) if k > 1 else numbers.reshape(())


def _dot(a: Tensor, b: Tensor, k: int) -> Tensor:
    return (a * b).reshape(k, -1).sum(dim=1, keepdim=True)
