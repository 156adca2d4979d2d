"""First weights of a population by a scheme that was asked for."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..initializers import Initializer, gain_of
from ..models import Population, affine_maps
from ..rng import seed_of

__all__ = ["set_weights"]

TINY = 1e-6


@torch.no_grad()
def set_weights(
    population: Population,
    scheme: Initializer,
    seed: int,
    activation: str,
    sample: Sequence[Tensor] = (),
) -> None:
    """Draw the weights of all affine maps and convolutions anew, and zero their biases.

    Args:
        population: changed in place.
        scheme: how.
        seed: of the run.
        activation: after each hidden layer.
        sample: encoded rows, by which a scheme that looks at data scales the layers.
    """
    random = torch.Generator().manual_seed(seed_of(seed, "init", scheme.name))
    maps = affine_maps(population)
    for i, (_, parts, biases) in enumerate(maps):
        last = i == len(maps) - 1
        widths = [part.shape[-1] for part in parts]
        whole = torch.zeros(*parts[0].shape[:-1], sum(widths))
        if not (last and scheme.last_zero):
            scheme.draw(whole, random, gain_of("linear" if last else activation))
        for part, drawn in zip(parts, torch.split(whole, widths, dim=-1), strict=True):
            part.copy_(drawn)
        for bias in biases:
            bias.zero_()
    if scheme.by_data and sample:
        _scale(population, [(layer, parts) for layer, parts, _ in maps[:-1]], sample)


def _scale(
    population: Population,
    layers: Sequence[tuple[nn.Module, list[Tensor]]],
    sample: Sequence[Tensor],
) -> None:
    """Scale each layer in turn until what it gives, (k, B, out), varies by 1."""
    for layer, parts in layers:
        found: list[Tensor] = []

        def keep(_: nn.Module, __: object, output: Tensor, found: list[Tensor] = found) -> None:
            found.append(output)

        hook = layer.register_forward_hook(keep)
        try:
            population.compute(tuple(sample), None)
        finally:
            hook.remove()
        if found and found[0].dim() == 3:  # what is normalised anyway has another shape
            deviation = found[0].flatten(1).std(dim=1).clamp(min=TINY)
            for part in parts:
                part.div_(deviation[:, None, None])
