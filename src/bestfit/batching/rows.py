"""Rows resident on the device: the only door from tables to torch."""

import mmap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..transforms import Features

__all__ = ["Batch", "Inputs", "Rows", "picked"]

Inputs = tuple[Tensor, ...]
ENCODED_ROWS = 2_048  # at once
MAPPED_ROWS = 32  # read from the disk at once: each may bring a megabyte of pages with it


class Batch(NamedTuple):
    """What one step sees.

    Args:
        inputs: each (B, …), or (k, B, …) where each member has drawn rows of its own.
        target: (B,) int64 class index or (B, T) numbers in training units; with a member axis
            where the inputs have one.
        weight: (k, B) how much each member counts each row; None counts all rows once.
        rows: B.
        own: whether inputs and target have the member axis.
    """

    inputs: Inputs
    target: Tensor
    weight: Tensor | None
    rows: int
    own: bool = False

    def part(self, start: int, stop: int) -> "Batch":
        """Some of the rows: what fits into memory at once."""
        place = (slice(None),) * self.own + (slice(start, stop),)
        weight = None if self.weight is None else self.weight[:, start:stop]
        inputs = tuple(t[place] for t in self.inputs)
        target = self.target[place]
        return Batch(inputs, target, weight, target.shape[self.own], self.own)


def picked(array: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Cells of an array; what is read of one that lies on the disk is let go on the way."""
    page = getattr(array, "_mmap", None)
    if page is None or not hasattr(page, "madvise"):
        return np.asarray(array[index])
    out = np.empty((len(index), *array.shape[1:]), array.dtype)
    for first in range(0, len(index), MAPPED_ROWS):
        out[first : first + MAPPED_ROWS] = array[index[first : first + MAPPED_ROWS]]
        page.madvise(mmap.MADV_DONTNEED)
    return out


@dataclass(frozen=True)
class Rows:
    """A part of the split as tensors on one device; fields as in ``Batch``, over all N rows.

    ``encoded`` says that a population has encoded the inputs already. ``pages`` are the maps of
    rows that lie on the disk: what has been read of them is let go again.
    """

    inputs: Inputs
    target: Tensor
    weight: Tensor | None = None
    encoded: bool = False
    pages: tuple[mmap.mmap, ...] = ()

    @classmethod
    def of(
        cls,
        features: Features,
        target: np.ndarray,
        device: torch.device,
        pages: tuple[mmap.mmap, ...] = (),
    ) -> "Rows":
        """Move features and targets to the device.

        Args:
            features: N rows.
            target: (N,) integers for classes, floats for a regression in training units.
            device: where training runs.
            pages: the maps that the arrays lie in, if they lie on the disk.
        """
        classes = np.issubdtype(target.dtype, np.integer)
        y = target.astype(np.int64 if classes else np.float32, copy=False)
        y = y if classes else y[:, None]
        *inputs, moved = (
            torch.from_numpy(np.ascontiguousarray(array)).to(device)
            for array in (*features.arrays, y)
        )
        return cls(tuple(inputs), moved, pages=pages)

    def __len__(self) -> int:
        return len(self.target)

    @property
    def pictures(self) -> bool:
        """Whether each row begins with a picture (C, H, W)."""
        return self.inputs[0].dim() == 4

    @property
    def device(self) -> torch.device:
        """Where they are."""
        return self.target.device

    @property
    def row_bytes(self) -> int:
        """Memory of one row."""
        tensors = (*self.inputs, self.target)
        return sum(t.element_size() * (t.numel() // max(1, len(t))) for t in tensors)

    def take(self, index: Tensor | slice) -> "Rows":
        """The rows at these positions, in this order."""
        weight = None if self.weight is None else self.weight[:, index]
        tensors = (*self.inputs, self.target)
        if self.pages and isinstance(index, Tensor):
            *inputs, target = (t.new_empty((len(index), *t.shape[1:])) for t in tensors)
            self.copy_to([*inputs, target], index)
        else:
            *inputs, target = (t[index] for t in tensors)
        return Rows(tuple(inputs), target, weight, self.encoded)

    def copy_to(self, places: Sequence[Tensor], index: Tensor) -> None:
        """Copy inputs and target of these rows; what is read from the disk is let go on the way.

        Args:
            places: one for each input, and one for the target.
            index: (n,) whole numbers.
        """
        few = MAPPED_ROWS if self.pages else max(1, len(index))
        for first in range(0, len(index), few):
            some = slice(first, first + few)
            for tensor, place in zip((*self.inputs, self.target), places, strict=True):
                torch.index_select(tensor, 0, index[some], out=place[some])
            for page in self.pages:
                if hasattr(page, "madvise"):
                    page.madvise(mmap.MADV_DONTNEED)

    def encode(self, by: Callable[[Inputs], Inputs]) -> "Rows":
        """The same rows with encoded inputs."""
        if self.encoded:
            return self
        inputs = by(tuple(t[:ENCODED_ROWS] for t in self.inputs))
        if len(self) > ENCODED_ROWS:  # some at a time, for what is needed on the way is larger
            whole = tuple(t.new_empty((len(self), *t.shape[1:])) for t in inputs)
            for start in range(0, len(self), ENCODED_ROWS):
                some = slice(start, start + ENCODED_ROWS)
                if start:
                    inputs = by(tuple(t[some] for t in self.inputs))
                for place, part in zip(whole, inputs, strict=True):
                    place[some] = part
            inputs = whole
        return replace(self, inputs=inputs, encoded=True)

    def blocks(self, size: int) -> Iterator[Batch]:
        """Consecutive batches of at most ``size`` rows."""
        n = len(self)
        inputs = zip(*(torch.split(t, size) for t in self.inputs), strict=True)
        targets = torch.split(self.target, size)
        weights = repeat(None) if self.weight is None else torch.split(self.weight, size, dim=1)
        for i, (x, y, weight) in enumerate(zip(inputs, targets, weights, strict=False)):
            yield Batch(x, y, weight, min(size, n - i * size))
