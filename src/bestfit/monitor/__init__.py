"""The monitor: a guest in any training loop."""

from .monitor import Monitor

__all__ = ["Monitor"]
