"""What moves matrices as a whole, and everything else by AdamW."""

from abc import abstractmethod
from typing import Any

from torch import Tensor

from .adam import FusedAdam
from .base import by_member
from .rule import Group, State
from .spans import Span

__all__ = ["MatrixOptimizer"]


class MatrixOptimizer(FusedAdam):
    """A torch optimizer that divides each of its groups: matrices, and the rest.

    A matrix is a tensor (out, in), or (out, in, …) of a convolution, with neither side 1; with
    ``members=k`` in its group, a tensor (k, out, in) is k of them. A group with
    ``matrices=False`` has none: so embeddings and the output layer can be left to AdamW.
    """

    merges = False

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group, or two: its matrices, and the rest."""
        group = dict(param_group)
        params = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
        wanted = group.get("matrices", True)
        own = bool(group.get("members", 0))
        for matrices in (True, False):
            part = [p for p in params if (bool(wanted) and _is_matrix(p, own)) == matrices]
            if part or not (params or matrices):
                super().add_param_group({**group, "params": part, "matrices": matrices})

    def start(self, w: Tensor) -> State:
        return {}  # that depends on the group

    def move(self, spans: list[Span], group: Group) -> None:
        for span in spans:
            if not span.state:
                begin = self.start_matrix if group["matrices"] else self.rule.start
                span.state.update(begin(self._as_matrix(span.w, group)))
        if not group["matrices"]:
            super().move(spans, group)
            return
        for span in spans:
            w = self._as_matrix(span.w, group)
            h = {key: by_member(v, w) for key, v in group.items() if key != "params"}
            direction = self.direction(self._as_matrix(span.g, group), span.state, h)
            if isinstance(h["weight_decay"], Tensor) or h["weight_decay"]:
                span.w.mul_(
                    1 - by_member(group["lr"], span.w) * by_member(group["weight_decay"], span.w)
                )
            span.w.sub_((direction * h["lr"]).view(span.w.shape))

    @abstractmethod
    def start_matrix(self, w: Tensor) -> State:
        """The state of a matrix (…, out, in) before its first step."""

    @abstractmethod
    def direction(self, g: Tensor, state: State, h: Group) -> Tensor:
        """What lr is multiplied by, (…, out, in).

        Args:
            g: gradient, (…, out, in).
            state: changed in place.
            h: hyper-parameters.
        """

    @staticmethod
    def _as_matrix(w: Tensor, group: Group) -> Tensor:
        if not group["matrices"]:
            return w
        return w.flatten(2) if group.get("members", 0) else w.flatten(1)


def _is_matrix(p: Tensor, own: bool) -> bool:
    shape = p.shape[1:] if own else p.shape
    return len(shape) >= 2 and shape[0] > 1 and shape[1:].numel() > 1
