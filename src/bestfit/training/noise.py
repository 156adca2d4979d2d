"""The masks of dropout, drawn in bulk from streams of their own for each member."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..models import Dropout
from ..rng import seed_of, stream

__all__ = ["Noise"]

WINDOW = 64  # steps that share a pool
POOL = 4  # steps' worth of random numbers in a pool: each step reads from an offset of its own


class Noise:
    """Masks that follow from seed, step and the number of a member alone.

    So a run resumes with the step as all it knows of them, and a member sees the same masks
    whoever else is trained beside it.

    Args:
        seed: of the run.
        device: where the masks are used.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        self.seed, self.device = seed, device
        self._key: tuple[object, ...] = ()
        self._pools: list[Tensor] = []

    def masks(
        self, layers: Sequence[Dropout], members: Sequence[int], step: int, rows: int
    ) -> list[Tensor]:
        """(k, rows, H) for each layer.

        Args:
            layers: with dropout.
            members: their numbers.
            step: steps done.
            rows: of the step.
        """
        if not layers:
            return []
        key = (step // WINDOW, tuple(members), rows, len(layers))
        if key != self._key:
            self._pools = [
                self._pool(i, layer, members, key[0], rows) for i, layer in enumerate(layers)
            ]
            self._key = key
        drawn = seed_of(self.seed, "dropout offset", step)
        masks = []
        for layer, pool in zip(layers, self._pools, strict=True):
            n = rows * layer.width
            at = drawn % ((POOL - 1) * n + 1)
            masks.append(pool[:, at : at + n].view(len(members), rows, layer.width))
        return masks

    def _pool(
        self, place: int, layer: Dropout, members: Sequence[int], window: int, rows: int
    ) -> Tensor:
        n = POOL * rows * layer.width
        drawn = np.stack(
            [
                np.frombuffer(
                    stream(self.seed, "dropout", member, place, window).bytes(n), np.uint8
                )
                for member in members
            ]
        )
        return layer.masks(torch.from_numpy(drawn).to(self.device))
