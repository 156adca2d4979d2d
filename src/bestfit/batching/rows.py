"""Rows resident on the device, and the sampler that orders them: the only door to torch."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..rng import stream
from ..transforms import Features

__all__ = ["Batch", "Rows", "Sampler"]


@dataclass(frozen=True)
class Batch:
    """What one step sees.

    Args:
        dense: (B, F) float32.
        codes: (B, C) int64.
        target: (B,) int64 class index, or (B, 1) float32 in training units.
        weight: (k, B) how much each member counts each row; None counts all rows once.
    """

    dense: Tensor
    codes: Tensor
    target: Tensor
    weight: Tensor | None = None

    def __len__(self) -> int:
        return len(self.dense)


@dataclass(frozen=True)
class Rows:
    """A part of the split as tensors on one device; fields as in ``Batch``, over all N rows."""

    dense: Tensor
    codes: Tensor
    target: Tensor
    weight: Tensor | None = None

    @classmethod
    def of(cls, features: Features, target: np.ndarray, device: torch.device) -> "Rows":
        """Move features and targets to the device.

        Args:
            features: N rows.
            target: (N,) integers for classes, floats for a regression in training units.
            device: where training runs.
        """
        classes = np.issubdtype(target.dtype, np.integer)
        y = target.astype(np.int64) if classes else target.astype(np.float32)[:, None]
        tensors = (
            torch.from_numpy(np.ascontiguousarray(a)) for a in (features.dense, features.codes, y)
        )
        dense, codes, moved = (t.to(device) for t in tensors)
        return cls(dense, codes, moved)

    def __len__(self) -> int:
        return len(self.dense)

    def take(self, index: Tensor) -> "Rows":
        """The rows at these positions, in this order."""
        weight = None if self.weight is None else self.weight[:, index]
        return Rows(self.dense[index], self.codes[index], self.target[index], weight)

    def blocks(self, size: int) -> Iterator[Batch]:
        """Consecutive batches of at most ``size`` rows."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            weight = None if self.weight is None else self.weight[:, part]
            yield Batch(self.dense[part], self.codes[part], self.target[part], weight)


@dataclass(frozen=True)
class Sampler:
    """Which rows each step sees: ``(seed, epoch)`` gives a permutation, a position goes through it.

    Args:
        n_rows: rows to order; ≥ 1.
        batch_size: rows of a step; the last, smaller batch of an epoch is dropped unless it is
            the only one, so that every step weighs its rows alike.
        seed: of the run.
    """

    n_rows: int
    batch_size: int
    seed: int

    @property
    def steps_per_epoch(self) -> int:
        """Steps that go through the rows once."""
        return max(1, self.n_rows // self.batch_size)

    def epoch(self, rows: Rows, epoch: int, start: int = 0) -> Iterator[Batch]:
        """The batches of one epoch from the position ``start``, in steps; rows gathered once."""
        order = torch.from_numpy(stream(self.seed, "shuffle", epoch).permutation(self.n_rows))
        shuffled = rows.take(order.to(rows.dense.device))
        yield from list(shuffled.blocks(self.batch_size))[start : self.steps_per_epoch]
