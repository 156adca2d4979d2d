"""Units that say nothing: the same to every row."""

import torch
from torch import Tensor, nn

__all__ = ["dead_units"]

SPREAD = 1e-3  # of a unit's answers, against the size of its layer's


def dead_units(module: nn.Module, inputs: tuple[Tensor, ...]) -> list[float]:
    """The share of units of each hidden layer, in order, whose answer no row changes.

    A ReLU that is zero on all rows is such a unit, and so is a tanh or sigmoid far out.

    Args:
        module: with one ``activation``, which every hidden layer goes through.
        inputs: each (B, …); 256 rows or so.

    >>> class Net(nn.Sequential):
    ...     @property
    ...     def activation(self):
    ...         return self[1]
    >>> net = Net(nn.Linear(1, 2), nn.ReLU())
    >>> _ = net[0].weight.data.copy_(torch.tensor([[1.0], [-1.0]])), net[0].bias.data.zero_()
    >>> dead_units(net, (torch.tensor([[1.0], [2.0], [3.0]]),))
    [0.5]
    """
    found: list[float] = []

    def listen(_: nn.Module, __: object, output: Tensor) -> None:
        by_unit = output.transpose(0, 1).flatten(1)
        spread = by_unit.std(dim=1)
        size = by_unit.square().mean().sqrt().clamp(min=1e-12)
        found.append(float((spread < SPREAD * size).float().mean()))

    hook = module.activation.register_forward_hook(listen)  # type: ignore[union-attr]  # a module
    try:
        with torch.inference_mode():
            module.eval()(*inputs)
    finally:
        hook.remove()
    return found
