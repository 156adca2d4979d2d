"""A scheme that looks at what weights make of rows."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .base import affine_layers, initializer
from .schemes import Orthogonal

__all__ = ["TINY", "DataDependent", "output_of"]

TINY = 1e-6


@initializer("data_dependent")
@dataclass(frozen=True)
class DataDependent(Orthogonal):
    """Orthogonal weights, scaled layer by layer until outputs vary by 1 (LSUV).

    Mishkin and Matas, "All You Need Is a Good Init", ICLR 2016.
    """

    by_data = True

    @torch.no_grad()
    def fit(
        self, module: nn.Module, *inputs: Tensor, seed: int = 0, activation: str = "relu"
    ) -> nn.Module:
        """``apply``, then scale the layers by what they make of some rows.

        Args:
            module: changed in place, and returned.
            inputs: a batch, as the network takes it.
            seed: of the weights.
            activation: that follows the layers.
        """
        self.apply(module, seed, activation)
        for layer in affine_layers(module)[:-1]:
            output = output_of(layer, lambda: module(*inputs))
            if output is not None:
                layer.weight.div_(output.std().clamp(min=TINY))
        return module


def output_of(layer: nn.Module, run: Callable[[], object]) -> Tensor | None:
    """What a layer gives, first, while a network runs; None where it is not asked."""
    found: list[Tensor] = []

    def keep(_: nn.Module, __: object, output: Tensor) -> None:
        found.append(output)

    hook = layer.register_forward_hook(keep)
    try:
        run()
    finally:
        hook.remove()
    return found[0] if found else None
