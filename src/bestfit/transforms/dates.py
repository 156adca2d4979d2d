"""Dates to parts: the day as a number, and the cycles of year, week and day as sine and cosine."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform

__all__ = ["Dates", "FittedDates"]

CYCLES = {"year": 365.2425, "week": 7.0, "day": 1.0}
DAY_US = 86_400_000_000


@dataclass(frozen=True, kw_only=True)
class FittedDates(Fitted):
    """Seven numbers a column, and an eighth where training had gaps.

    Args:
        mean: of the day number, by column.
        spread: standard deviation of the day number, by column.
        flagged: columns with missing training values.
    """

    kind: ClassVar[str] = "dates"
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    flagged: tuple[bool, ...]

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        at = 0
        for i, column in enumerate(self.columns):
            day = days(frame[column])
            missing = np.isnan(day)
            parts = [(day - self.mean[i]) / self.spread[i]]
            for period in CYCLES.values():
                angle = 2 * np.pi * day / period
                parts += [np.sin(angle), np.cos(angle)]
            parts += [missing] if self.flagged[i] else []
            for part in parts:
                out[:, at] = np.where(missing, 0.0, part) if part is not missing else missing
                at += 1

    @property
    def owners(self) -> tuple[int, ...]:
        width = 1 + 2 * len(CYCLES)
        return tuple(i for i, flag in enumerate(self.flagged) for _ in range(width + flag))

    @property
    def continuous(self) -> tuple[bool, ...]:
        return tuple(not name.endswith(" is missing") for name in self.outputs)


@transform("dates")
@dataclass(frozen=True, kw_only=True)
class Dates(Transform):
    """The day number, standardised, and three cycles as sine and cosine."""

    takes = ("date",)

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedDates:
        outputs: list[str] = []
        mean, spread, flagged = [], [], []
        for column in columns:
            day = days(frame[column])
            gap = bool(np.isnan(day).any())
            day = day[~np.isnan(day)]
            mean.append(float(day.mean()) if len(day) else 0.0)
            spread.append(float(day.std()) or 1.0 if len(day) else 1.0)
            flagged.append(gap)
            outputs.append(f"{column} day")
            outputs += [f"{column} {cycle} {f}" for cycle in CYCLES for f in ("sine", "cosine")]
            outputs += [f"{column} is missing"] if gap else []
        return FittedDates(
            columns=tuple(columns),
            outputs=tuple(outputs),
            mean=tuple(mean),
            spread=tuple(spread),
            flagged=tuple(flagged),
        )


def days(column: pl.Series) -> Array:
    """(N,) days since 1970-01-01 00:00, NaN where missing; Monday 1970-01-05 is day 4."""
    microseconds = column.cast(pl.Datetime("us")).to_physical().cast(pl.Float64)
    return np.asarray(microseconds.fill_null(np.nan).to_numpy() / DAY_US)
