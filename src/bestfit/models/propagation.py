"""Forward and backward through a population: by torch's autograd, or by the chain rule written out.

Both write the gradient of every parameter into its ``grad``. Autograd takes any network; a
``Chain`` takes a stack of affine maps and activations, and computes in buffers that stay where they
are: half the time, nothing allocated, and on a GPU one graph.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import nullcontext

import torch
from torch import Tensor

from .base import Inputs, Population

__all__ = ["PRECISIONS", "Autograd", "Propagation"]

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Propagation(ABC):
    """What a step calls, under ``no_grad``: ``forward``, then ``backward`` with a slope."""

    @abstractmethod
    def forward(self, encoded: Inputs, masks: Sequence[Tensor]) -> Tensor:
        """Raw outputs (k, B, T) in single precision, or that of the weights where it is higher.

        Args:
            encoded: what the population's ``encode`` gives.
            masks: of its ``dropouts``.
        """

    @abstractmethod
    def backward(self, slope: Tensor, *, add: bool = False) -> None:
        """Every parameter's gradient, after ``forward``.

        Args:
            slope: (k, B, T) derivative of the loss by the outputs.
            add: to the gradients of earlier rows of the same step.
        """

    @abstractmethod
    def release(self) -> None:
        """Give back the memory between forward and backward."""


class Autograd(Propagation):
    """torch's own, for any network.

    Args:
        population: the networks.
        dtype: of products and what autocast takes along; weights stay as they are.
    """

    def __init__(self, population: Population, dtype: torch.dtype = torch.float32) -> None:
        self.population, self.dtype = population, dtype
        self._output = torch.empty(0)

    def forward(self, encoded: Inputs, masks: Sequence[Tensor]) -> Tensor:
        kind = next(self.population.parameters()).device.type
        lower = self.dtype in (torch.bfloat16, torch.float16)
        cast = torch.autocast(kind, dtype=self.dtype) if lower else nullcontext()
        with torch.enable_grad(), cast:
            self._output = self.population.compute(encoded, masks or None)
        output = self._output.detach()
        return output.float() if lower else output

    def backward(self, slope: Tensor, *, add: bool = False) -> None:
        if not add:
            for parameter in self.population.parameters():
                parameter.grad = None
        # A slope handed over as such would make torch load its symbolic algebra first: seconds.
        with torch.enable_grad():
            torch.autograd.backward((self._output * slope.to(self._output.dtype)).sum())
        self.release()

    def release(self) -> None:
        self._output = torch.empty(0)
