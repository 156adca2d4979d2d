"""FTRL-Proximal: exact zeros from a step size per coordinate.

McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013, Algorithm 1.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from .base import USUAL, Convention, Numbers, optimizer
from .rule import Group, State, TensorRule

__all__ = ["FTRL"]


@optimizer("ftrl")
@dataclass(frozen=True, kw_only=True)
class FTRL(TensorRule):
    """Follow the regularised leader; suits wide, sparse inputs.

    Args:
        lr: α, step size at the first touch of a coordinate; > 0. None: 0.1, Keras' 0.001.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; else
            weight_decay · w joins the gradient. None or true.
        beta: β, delays the decay of the step size; ≥ 0. None: 1, Keras' 0.
        l1: λ₁, pull to exact zero; ≥ 0.
        l2: λ₂, pull towards zero; ≥ 0. Keras' l2 is half of it.
        l2_shrinkage: a pull that leaves the step sizes alone: 2·l2_shrinkage·w joins the gradient;
            ≥ 0.
        lr_power: the step size falls with the sum of squares to this power; ≤ 0.
        initial_accumulator: the sum of squares before the first step; ≥ 0. None: 0, Keras' 0.1.
        warm: go on from the first weights, so that untouched ones keep them. None: yes but in
            Keras' convention, which forgets most of them at the first step.
        convention: ``document``: McMahan's. ``keras``: Keras' and TensorFlow's.
    """

    usual = {  # noqa: RUF012
        "document": {"lr": 0.1, "beta": 1.0, "initial_accumulator": 0.0, "warm": True},
        "keras": {"lr": 0.001, "beta": 0.0, "initial_accumulator": 0.1, "warm": False},
    }
    rows_alone = True
    falling = ("lr_power",)

    beta: Numbers = USUAL
    l1: Numbers = 0.0
    l2: Numbers = 0.0
    l2_shrinkage: Numbers = 0.0
    lr_power: float = -0.5
    initial_accumulator: float = USUAL
    warm: bool = USUAL  # type: ignore[assignment]  # as the convention has it
    convention: Convention = "document"

    def start(self, w: Tensor) -> State:
        # The paper derives w from z. Kept here is z without its part from the initial weights,
        # and those weights, so that the step size may change and untouched weights stay put.
        state = {
            "z": torch.zeros_like(w), "n": torch.full_like(w, self.initial_accumulator)
        }  # fmt: skip
        return {**state, "w0": w.clone()} if self.warm else state

    def prepare(self, state: State, h: Group) -> Group:
        l2 = 2 * h["l2"] if self.convention == "keras" else h["l2"]
        return {**h, "pull": h["beta"] / h["lr"] + l2}

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        z, n, lr, l1 = state["z"], state["n"], h["lr"], h["l1"]
        rate = self._rate(n, h)
        shrinkage = h["l2_shrinkage"]
        if isinstance(shrinkage, Tensor) or shrinkage:
            z.add_(w * (2 * shrinkage))
        n.addcmul_(g, g)
        grown = self._rate(n, h)
        z.add_(g).sub_((grown - rate).div_(lr).mul_(w))
        pulled = z
        if self.warm:
            w0, first = state["w0"], self.initial_accumulator ** -h["lr_power"]
            pulled = z - w0 * (h["pull"] + first / lr) - l1 * w0.sign()
        shrunk = pulled.sign() * (pulled.abs() - l1).clamp_(min=0)
        steepness = grown.div_(lr).add_(h["pull"])
        moved = shrunk.neg_().div_(steepness)
        # What has met neither a gradient nor a pull has nothing to divide by.
        w.copy_(torch.where(steepness > 0, moved, w))

    @staticmethod
    def _rate(n: Tensor, h: Group) -> Tensor:
        return n.sqrt() if h["lr_power"] == -0.5 else n.pow(-h["lr_power"])
