"""Levels hashed to a fixed number of places: no vocabulary, and no level is unseen.

Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform
from .levels import texts
from .murmur import places_of

__all__ = ["FittedHashing", "Hashing"]


@dataclass(frozen=True, kw_only=True)
class FittedHashing(Fitted):
    """1 or −1 in the place of a row's level, 0 elsewhere; a gap is 0 everywhere.

    Args:
        buckets: places a column.
    """

    kind: ClassVar[str] = "hashing"
    buckets: int

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        out[:] = 0
        for i, column in enumerate(self.columns):
            cells = texts(frame[column]).alias("level")
            known = np.flatnonzero(cells.is_not_null().to_numpy())
            distinct = cells.drop_nulls().unique(maintain_order=True)
            place, sign = places_of(distinct.to_list(), self.buckets)
            codes = pl.DataFrame({"level": distinct, "code": np.arange(len(distinct))})
            code = cells.drop_nulls().to_frame().join(
                codes, on="level", how="left", maintain_order="left"
            )["code"].to_numpy()  # fmt: skip
            out[known, i * self.buckets + place[code]] = sign[code]

    @property
    def owners(self) -> tuple[int, ...]:
        return tuple(i for i in range(len(self.columns)) for _ in range(self.buckets))


@transform("hashing")
@dataclass(frozen=True, kw_only=True)
class Hashing(Transform):
    """A fixed number of signed switches, for categories of any number of levels.

    Args:
        buckets: places a column; ≥ 1. Levels that share one cannot be told apart by it.
    """

    buckets: int = 16

    takes = ("category", "text", "number")

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedHashing:
        return FittedHashing(
            columns=tuple(columns),
            outputs=tuple(f"{c} #{i}" for c in columns for i in range(self.buckets)),
            buckets=self.buckets,
        )
