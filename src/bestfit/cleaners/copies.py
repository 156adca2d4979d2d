"""Rows that are equal in every cell but for the id."""

from dataclasses import dataclass

from .base import cleaner
from .duplicates import Duplicates

__all__ = ["Copies"]


@cleaner("copies")
@dataclass(frozen=True)
class Copies(Duplicates):
    """The same once ids are gone: rows that were copied and numbered anew."""

    what = "duplicates: rows equal to an earlier one but for their id left out"
