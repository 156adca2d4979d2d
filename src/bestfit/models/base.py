"""Networks of which k are one program."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from ..registry import Registry
from ..transforms import Layout
from .dropout import Dropout
from .links import Link

__all__ = ["Inputs", "Model", "Places", "Population", "model"]

Inputs = tuple[Tensor, ...]
Places = Callable[[Tensor], tuple[Tensor, Tensor | None]]


class Population(nn.Module, ABC):
    """k networks of one shape, side by side.

    Every parameter is ``(k, …)``, and so is every buffer whose name begins with ``member_``. Only
    a network of the user's own, which is alone, has parameters without that axis.
    """

    members: int
    packed: ClassVar[bool] = True
    draws: bool = False  # whether torch's own random numbers are asked for, by a network

    def forward(self, *inputs: Tensor) -> Tensor:
        """Raw outputs: logits, or numbers in training units; dropout off.

        Args:
            inputs: each (B, …), shared by the members, or (k, B, …).
        Returns:
            (k, B, T).
        """
        return self.compute(self.encode(inputs), None)

    @abstractmethod
    def encode(self, inputs: Inputs) -> Inputs:
        """What of the way hangs on no weight, and can be done once for all rows."""

    @abstractmethod
    def compute(self, encoded: Inputs, masks: Sequence[Tensor] | None) -> Tensor:
        """Encoded inputs to (k, B, T).

        Args:
            encoded: what ``encode`` gives.
            masks: (k, B, H) of each of ``dropouts``; None leaves dropout out.
        """

    @property
    @abstractmethod
    def dropouts(self) -> list[Dropout]:
        """The dropout layers that wait for a mask, from input to output."""

    @property
    @abstractmethod
    def chainable(self) -> bool:
        """Whether ``links`` can tell the way from input to output."""

    @abstractmethod
    def links(self, places: Places) -> list[Link]:
        """The links of a chain that computes the same; for one member without a member axis.

        Args:
            places: gives for a parameter the tensor to compute with, and where its gradient goes;
                None for one that is not trained.
        """

    @abstractmethod
    def decays(self, parameter: str) -> bool:
        """Whether weight decay acts on the parameter of this name."""

    @abstractmethod
    def lift(self, member: int) -> nn.Module:
        """One member as a plain module that gives the same outputs, (B, T)."""

    def lift_encoded(self, member: int) -> nn.Module:
        """The same of rows that are encoded already."""
        lifted = self.lift(member)
        lifted.encoding = nn.Identity()
        return lifted

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

    def put(self, member: int, donor: "Population", donor_member: int = 0) -> None:
        """Let a network of another population of this shape take the place of a member."""
        with torch.no_grad():
            given = donor.by_member_tensors()
            for name, mine in self.by_member_tensors().items():
                mine[member] = given[name][donor_member]

    def by_member(self, tensor: Tensor) -> Tensor:
        """A parameter, or what is of its shape, as (k, …)."""
        return tensor if self.packed else tensor.unsqueeze(0)

    def by_member_tensors(self) -> dict[str, Tensor]:
        """What makes a member: every parameter and member's buffer by name, (k, …).

        Of a network of the user's own these are all its buffers.
        """
        tensors = {name: p.detach() for name, p in self.named_parameters()}
        for name, buffer in self.named_buffers():
            if not self.packed or name.rpartition(".")[2].startswith("member_"):
                tensors[name] = buffer
        return {name: self.by_member(tensor) for name, tensor in tensors.items()}

    def layers(self) -> dict[str, Tensor]:
        """The weight of each layer (k, …), by a name for people, from input to output."""
        return {name: self.by_member(weight.detach()) for name, weight in self._layers()}

    def layer_gradients(self) -> dict[str, Tensor]:
        """The gradient (k, …) of each layer's weight that has one."""
        named = ((name, weight.grad) for name, weight in self._layers())
        return {name: self.by_member(grad) for name, grad in named if grad is not None}

    def _layers(self) -> list[tuple[str, nn.Parameter]]:
        return [
            (name.removesuffix(".weight"), parameter)
            for name, parameter in self.named_parameters()
            if name.endswith(".weight") and self.by_member(parameter).dim() > 2
        ]


@dataclass(frozen=True, kw_only=True)
class Model(ABC):
    """What a population looks like; its fields are its hyper-parameters.

    Args:
        dropout: rate after each hidden layer, one for all members or one each; in [0, 1).
    """

    name: ClassVar[str]
    hidden: ClassVar[bool] = True  # whether there are hidden layers, of some width
    pictures: ClassVar[bool] = False  # whether it is for rows with pictures, and for these only
    # Members and width from small to large, and which of them is usual.
    sizes: ClassVar[tuple[tuple[int, int], ...]] = ((4, 1),)
    usual: ClassVar[int] = 0
    few_epochs: ClassVar[float] = 8.0  # fewer make the smaller ones of these the better choice
    patience: ClassVar[int] = 12  # looks without a better score, as a rule
    dropout: float | tuple[float, ...] = 0.0

    @classmethod
    def usual_blocks(cls, layout: Layout) -> int:
        """Hidden layers where none are asked for."""
        return 2

    @abstractmethod
    def products(self, layout: Layout) -> int:
        """Multiply-adds of one row through the hidden part of one network."""

    @abstractmethod
    def build(self, layout: Layout, n_outputs: int, members: int, seed: int) -> Population:
        """A population with fresh weights, drawn from streams of ``seed``."""


model: Registry[Model] = Registry("model")
