"""First weights of a population by a scheme that was asked for."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..initializers import TINY, Initializer, gain_of, output_of
from ..models import Population, affine_maps
from ..rng import seed_of

__all__ = ["set_weights"]


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
        output = output_of(layer, lambda: population.compute(tuple(sample), None))
        if output is not None and output.dim() == 3:  # what is normalised has another shape
            deviation = output.flatten(1).std(dim=1).clamp(min=TINY)
            for part in parts:
                part.div_(deviation[:, None, None])
