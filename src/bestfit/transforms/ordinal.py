"""Label encoding: the place of a level in the order of the levels, as a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform
from .levels import all_codes, by_name

__all__ = ["FittedOrdinal", "Ordinal"]


@dataclass(frozen=True, kw_only=True)
class FittedOrdinal(Fitted):
    """The position of a level; −1 for an unseen one, −2 for a gap.

    Args:
        categories: the levels of each column, in order.
    """

    kind: ClassVar[str] = "ordinal"
    categories: tuple[tuple[str, ...], ...]

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        for i, code in enumerate(all_codes(frame, self.columns, self.categories)):
            out[:, i] = np.where(code < 0, -3 - code, code)  # a gap is −2, and unseen −1

    @property
    def continuous(self) -> tuple[bool, ...]:
        return (True,) * len(self.outputs)


@transform("ordinal")
@dataclass(frozen=True, kw_only=True)
class Ordinal(Transform):
    """Levels numbered from 0 in the order of their values; for categories that have an order."""

    takes = ("category", "text", "number")

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedOrdinal:
        return FittedOrdinal(
            columns=tuple(columns),
            outputs=tuple(columns),
            categories=tuple(by_name(frame[c]) for c in columns),
        )
