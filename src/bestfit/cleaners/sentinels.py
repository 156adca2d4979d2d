"""Numbers that stand for a missing cell: -1 among ages, 999 among days."""

from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner

__all__ = ["Sentinels", "sentinel_of"]

NEGATIVE = frozenset({-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0})
POSITIVE = frozenset({999.0, 9999.0, 99999.0, 999999.0, 9999999.0})
MIN_FRACTION = 0.01
MIN_OTHERS = 10
MIN_GAP = 5.0


@cleaner("sentinels")
@dataclass(frozen=True)
class Sentinels(Cleaner):
    """Cells that hold one of these numbers become missing.

    Args:
        columns: where.
        values: the numbers that mean "missing".
    """

    columns: tuple[str, ...]
    values: tuple[float, ...]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Sentinels"]:
        numbers = [series for series in table.frame if series.dtype == pl.Float64]
        if settings.missing_markers is not None:
            words = pl.Series(list(settings.missing_markers), dtype=pl.String)
            read = words.cast(pl.Float64, strict=False).drop_nulls()
            values = tuple(read.filter(read.is_finite()).to_list())
            return [cls(tuple(series.name for series in numbers), values)] if values else []
        groups: dict[float, list[str]] = {}
        for series in numbers:
            value = None if series.name == target else sentinel_of(series)
            if value is not None:
                groups.setdefault(value, []).append(series.name)
        return [cls(tuple(names), (value,)) for value, names in groups.items()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        named, changes = set(self.columns), list[Change]()
        mended: list[pl.Series] = []
        for old in table.frame:
            if old.name not in named or old.dtype != pl.Float64:
                continue
            hit = old.is_in(list(self.values)).fill_null(False)
            if cells := int(hit.sum()):
                shown = tuple(f"{value:g}" for value in self.values[:3])
                what = "far from the other numbers, a sign for a missing value, read as missing"
                changes.append(Change(self.name, old.name, what, cells, examples=shown))
                mended.append(old.set(hit, None))
        return table.with_columns(mended), changes


def sentinel_of(numbers: pl.Series) -> float | None:
    """The number that means "missing", if one surely does.

    It is the only negative one among amounts, or nines far above the rest; it stands in at
    least 1 % of the cells, beside at least ten other whole numbers.

    >>> sentinel_of(pl.Series([-1.0] * 20 + [float(n) for n in range(30)]))
    -1.0
    """
    filled = numbers.drop_nulls()
    low, high = filled.min(), filled.max()
    if not isinstance(low, float) or not isinstance(high, float):
        return None
    for value in (low, high):
        if value not in NEGATIVE | POSITIVE or (filled == value).sum() < MIN_FRACTION * len(filled):
            continue
        others = filled.filter(filled != value)
        least, most = others.min(), others.max()
        if not isinstance(least, float) or not isinstance(most, float) or least < 0:
            continue
        far = most * MIN_GAP <= value if value > 0 else most >= MIN_OTHERS
        if far and others.n_unique() >= MIN_OTHERS and (others == others.floor()).all():
            return value
    return None
