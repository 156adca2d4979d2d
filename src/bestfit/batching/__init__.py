"""Tables to batches of tensors: the only door between tables and torch."""

from .rows import Batch, Rows, Sampler

__all__ = ["Batch", "Rows", "Sampler"]
