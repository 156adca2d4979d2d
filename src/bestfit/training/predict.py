"""Raw outputs of a population, without gradients."""

import torch
from torch import Tensor

from ..batching import Rows
from ..models import Population

__all__ = ["outputs"]

BLOCK = 2048


def outputs(population: Population, rows: Rows, block: int = BLOCK) -> Tensor:
    """(k, N, T): logits, or numbers in training units; dropout off.

    Args:
        population: k networks.
        rows: N rows on the same device.
        block: rows at a time, which bounds the memory.
    """
    with torch.inference_mode():
        parts = [population(b.dense, b.codes) for b in rows.blocks(block)]
        return torch.cat(parts, dim=1)
