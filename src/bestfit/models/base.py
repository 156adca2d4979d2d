"""Networks whose parameters carry a leading member axis: k of them are one program."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..registry import Registry
from ..transforms import Layout

__all__ = ["Model", "Population", "model"]


class Population(nn.Module, ABC):
    """k networks of one shape, side by side.

    Every parameter and every member buffer is ``(k, …)``; the input may be shared by the members.
    """

    members: int

    @abstractmethod
    def forward(self, dense: Tensor, codes: Tensor, noise: Tensor | None = None) -> Tensor:
        """Raw outputs: logits, or numbers in training units.

        Args:
            dense: (B, F) float, shared by the members.
            codes: (B, C) int64, shared by the members.
            noise: (n,) uint8 random bytes that dropout reads; None leaves dropout out.
        Returns:
            (k, B, T).
        """

    def noise_size(self, n_rows: int) -> int:
        """Random bytes that dropout needs for a batch of so many rows."""
        return 0

    def keep(self, members: Tensor) -> None:
        """Drop all members but these, in this order; what is left takes less time.

        Args:
            members: (m,) int64 positions.
        """
        with torch.no_grad():
            for module in self.modules():
                for name, parameter in module._parameters.items():
                    if parameter is not None:
                        kept = nn.Parameter(parameter[members].contiguous())
                        module._parameters[name] = kept
                for name, buffer in module._buffers.items():
                    if buffer is not None and name.startswith("member_"):
                        module._buffers[name] = buffer[members].contiguous()
        self.members = len(members)

    def layers(self) -> dict[str, nn.Parameter]:
        """The weight of each layer, by a name for people, from input to output."""
        return {
            name.removesuffix(".weight"): parameter
            for name, parameter in self.named_parameters()
            if name.endswith(".weight")
        }


@dataclass(frozen=True, kw_only=True)
class Model(ABC):
    """What a population looks like; its fields are its hyper-parameters.

    Args:
        dropout: rate after each hidden layer, one for all members or one each; in [0, 1).
    """

    name: ClassVar[str]
    hidden: ClassVar[bool] = True  # whether there are hidden layers, of some width
    dropout: float | tuple[float, ...] = 0.0

    @abstractmethod
    def build(self, layout: Layout, n_outputs: int, members: int, seed: int) -> Population:
        """A population with fresh weights, drawn from streams of ``seed``."""


model: Registry[Model] = Registry("model")
