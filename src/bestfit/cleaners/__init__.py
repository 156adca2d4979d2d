"""Mend rows, learn nothing: what was decided once is written down and replayed."""

from .base import Change, Cleaner, Settings, cleaner

__all__ = ["Change", "Cleaner", "Settings", "cleaner"]
