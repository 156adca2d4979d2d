"""AdaGrad: a step size for each coordinate that shrinks with what it has seen."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .base import USUAL, Convention, Numbers, optimizer
from .descent import able, shrunk
from .rule import Group, State, TensorRule, counted, step_by_ratio
from .spans import Span

__all__ = ["AdaGrad"]


@optimizer("adagrad")
@dataclass(frozen=True, kw_only=True)
class AdaGrad(TensorRule):
    """G ← G + g², w ← w − lr·g / √(G + ε) (Duchi, Hazan and Singer, JMLR 12, 2011).

    Args:
        lr: step size; ≥ 0. None: 0.01, Keras' 0.001.
        weight_decay: shrinkage of the weights; ≥ 0.
        decoupled: weights shrink by lr · weight_decay, apart from the gradient; else
            weight_decay · w joins the gradient. None: coupled in torch's convention.
        eps: ε, keeps the first steps finite; > 0. None: 1e-8, torch's 1e-10, Keras' 1e-7.
        initial_accumulator: G before the first step; ≥ 0. None: 0, Keras' 0.1.
        lr_decay: at step t the step size is lr / (1 + (t − 1)·lr_decay); ≥ 0.
        convention: ``document`` and ``keras``: ε under the root. ``torch``: beside it.
    """

    usual = {  # noqa: RUF012
        "document": {"lr": 0.01, "eps": 1e-8, "initial_accumulator": 0.0},
        "torch": {"lr": 0.01, "eps": 1e-10, "initial_accumulator": 0.0},
        "keras": {"lr": 0.001, "eps": 1e-7, "initial_accumulator": 0.1},
    }
    rows_alone = True
    gathers = False

    eps: Numbers = USUAL
    initial_accumulator: float = USUAL
    lr_decay: float = 0.0
    convention: Convention = "document"

    @property
    def _kept(self) -> float:
        """What of ε is kept in G, so that it need not be added at each step."""
        return 0.0 if self.convention == "torch" or isinstance(self.eps, tuple) else self.eps

    def start(self, w: Tensor) -> State:
        return {
            "G": torch.full_like(w, self.initial_accumulator + self._kept),
            "step": torch.zeros((), dtype=torch.float32),
        }

    def move_all(self, spans: Sequence[Span], group: Group) -> bool:
        beside = float(group["eps"]) if self.convention == "torch" else 0.0
        if not able(spans) or (not beside and group["eps"] != self._kept):
            return False
        decay = shrunk(spans, group, shrinks=self.shrinks)
        steps = [span.state["step"] for span in spans]
        torch._foreach_add_(steps, 1)
        torch._fused_adagrad_(
            [s.w for s in spans], [s.g for s in spans], [s.state["G"] for s in spans], steps,
            lr=float(group["lr"]), lr_decay=float(group["lr_decay"]), weight_decay=decay,
            eps=beside, maximize=False,
        )  # fmt: skip
        return True

    def prepare(self, state: State, h: Group) -> Group:
        t = counted(state)
        return {**h, "lr": h["lr"] / (1 + (t - 1) * h["lr_decay"])}

    def move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        G = state["G"].addcmul_(g, g)
        if self.convention == "torch":
            root = G.sqrt().add_(h["eps"])
        else:
            root = (G + (h["eps"] - self._kept)).sqrt_()
        step_by_ratio(w, g, root, h["lr"])
