"""Tables to batches of tensors: the only door between tables and torch."""

from .rows import Batch, Inputs, Rows, picked
from .sampler import Sampler

__all__ = ["Batch", "Inputs", "Rows", "Sampler", "picked"]
