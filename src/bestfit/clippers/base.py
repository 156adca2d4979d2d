"""What bounds a gradient before it moves the weights."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from ..errors import ConfigError
from ..registry import Registry

__all__ = ["Clipper", "Memory", "clipper", "norms_of", "times"]

Memory = dict[str, Tensor]

TINY = 1e-12


class Clipper(ABC):
    """A component that bounds gradients; its fields are its hyper-parameters."""

    name: ClassVar[str]

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ConfigError(f"{name} must be > 0, not {value}")

    @abstractmethod
    def clip(self, weights: Sequence[Tensor], gradients: Sequence[Tensor], memory: Memory) -> None:
        """Bound the gradients of k members, each by itself, in place.

        Args:
            weights: each (k, …).
            gradients: of the weights, finite.
            memory: what is known of earlier steps, (k,) each; changed in place.
        """

    @torch.no_grad()
    def apply(self, params: Iterable[Tensor], memory: Memory | None = None) -> None:
        """Bound the gradients of one network, in place: between ``backward`` and ``step``.

        Args:
            params: those without a gradient are left alone.
            memory: of a component that goes by earlier steps, the same dict at each step.

        >>> from bestfit.clippers import ClipNorm
        >>> w = torch.nn.Parameter(torch.zeros(2))
        >>> w.grad = torch.tensor([3.0, 4.0])
        >>> ClipNorm(limit=1.0).apply([w])
        >>> w.grad
        tensor([0.6000, 0.8000])
        """
        own = [p for p in params if p.grad is not None]
        gradients = [p.grad.unsqueeze(0) for p in own if p.grad is not None]
        self.clip([p.unsqueeze(0) for p in own], gradients, {} if memory is None else memory)


clipper: Registry[Clipper] = Registry("clipper")


def norms_of(tensors: Sequence[Tensor]) -> Tensor:
    """(k,) the norm of each member's part of all tensors (k, …)."""
    each = [torch.linalg.vector_norm(t.reshape(len(t), -1), dim=1) for t in tensors]
    norms: Tensor = torch.linalg.vector_norm(torch.stack(each), dim=0)
    return norms


def times(tensors: Sequence[Tensor], factors: Tensor) -> None:
    """Multiply each member's part by its factor (k,), in place."""
    for t in tensors:
        t.mul_(factors.view(-1, *[1] * (t.dim() - 1)).to(t.dtype))
