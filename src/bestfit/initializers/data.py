"""A scheme that looks at what weights make of rows."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .base import initializer
from .schemes import Orthogonal

__all__ = ["DataDependent"]


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
        layers = [m for m in module.modules() if isinstance(m, nn.Linear | nn.Conv2d | nn.Conv1d)]
        for layer in layers[:-1]:
            found: list[Tensor] = []
            hook = layer.register_forward_hook(lambda _, __, output, f=found: f.append(output))
            try:
                module(*inputs)
            finally:
                hook.remove()
            if found:
                layer.weight.div_(found[0].std().clamp(min=1e-6))
        return module
