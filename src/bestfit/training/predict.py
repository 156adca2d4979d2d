"""Raw outputs of a population, without gradients."""

import torch
from torch import Tensor

from ..batching import Rows
from ..errors import is_shortage
from ..models import Population

__all__ = ["outputs"]

BLOCK, MEMBERS = 2048, 8  # so many rows of so many members


def outputs(population: Population, rows: Rows, block: int | None = None) -> Tensor:
    """(k, N, T): logits, or numbers in training units, in single precision or better; dropout off.

    Args:
        population: k networks.
        rows: N rows on the same device.
        block: rows at a time, which bounds the memory; fewer where it is short. None: fewer beside
            many members.
    """
    block = block or max(1, BLOCK // max(1, population.members // MEMBERS))
    modes = [(part, part.training) for part in population.modules()]
    population.eval()
    try:
        with torch.inference_mode():
            encode = (lambda x: x) if rows.encoded else population.encode
            parts = [population.compute(encode(b.inputs), None) for b in rows.blocks(block)]
            together = torch.cat(parts, dim=1)
            return together if together.dtype == torch.float64 else together.float()
    except (RuntimeError, MemoryError) as error:
        if block == 1 or not is_shortage(error):
            raise
    finally:
        for part, mode in modes:
            part.training = mode
    return outputs(population, rows, -(-block // 2))
