"""Nadam: Adam that looks ahead."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import USUAL, Convention, Number, Numbers, optimizer
from .rule import Group, State, TensorRule, counted, remember_square, step_by_ratio

__all__ = ["Nadam"]


@optimizer("nadam")
@dataclass(frozen=True, kw_only=True)
class Nadam(TensorRule):
    """Adam with Nesterov's look-ahead (Dozat, ICLR workshop 2016, with its momentum schedule).

    Args:
        lr: step size; ≥ 0. None: 0.002, Keras' 0.001.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; else
            weight_decay · w joins the gradient. None: coupled in torch's convention.
        beta1: memory of the mean gradient; in [0, 1). None: 0.9.
        beta2: memory of the mean square; in [0, 1). None: 0.999.
        eps: ε, beside the root; > 0. None: 1e-8, Keras' 1e-7.
        momentum_decay: ψ: the momentum of step t is beta1·(1 − 0.96^(tψ) / 2); ≥ 0. None: 0.004,
            Keras' 1. A large one leaves the momentum at beta1, as optax has it.
        convention: whose defaults are taken; the rule is the same.
    """

    memories = ("beta1", "beta2")
    usual = {  # noqa: RUF012
        name: {"lr": lr, "beta1": 0.9, "beta2": 0.999, "eps": eps, "momentum_decay": psi}
        for name, lr, eps, psi in (
            ("document", 0.002, 1e-8, 0.004), ("torch", 0.002, 1e-8, 0.004),
            ("keras", 0.001, 1e-7, 1.0),
        )
    }  # fmt: skip

    beta1: Numbers = USUAL
    beta2: Numbers = USUAL
    eps: Numbers = USUAL
    momentum_decay: float = USUAL
    convention: Convention = "document"

    def start(self, w: Tensor) -> State:
        return {
            "m": torch.zeros_like(w), "v": torch.zeros_like(w),
            "step": torch.zeros((), dtype=torch.float32),
            "product": torch.ones((), dtype=torch.float64),
        }  # fmt: skip

    def prepare(self, state: State, h: Group) -> Group:
        t, (beta1, beta2), psi = counted(state), h["betas"], h["momentum_decay"]
        now, then = (1 - 0.5 * 0.96 ** (s * psi) for s in (t, t + 1))
        mu, mu_next = beta1 * now, beta1 * then
        product: Number  # of all momenta so far
        if isinstance(beta1, Tensor):
            product = state["product"].mul_(now).to(beta1) * beta1**t
        elif isinstance(mu, Tensor):
            product = state["product"].mul_(mu)
        else:
            product = float(state["product"].mul_(mu))
        return {
            **h,
            "of_g": (1 - mu) / (1 - product),
            "of_m": mu_next / (1 - product * mu_next),
            "c2": 1 - beta2**t,
        }

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        beta1, beta2 = h["betas"]
        m = state["m"].lerp_(g, 1 - beta1)
        v = remember_square(state["v"], g, beta2)
        root = (v / h["c2"]).sqrt_().add_(h["eps"])
        step_by_ratio(w, g, root, h["of_g"] * h["lr"])
        step_by_ratio(w, m, root, h["of_m"] * h["lr"])
