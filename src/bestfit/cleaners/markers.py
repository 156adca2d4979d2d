"""Words and signs that stand for a missing cell."""

from dataclasses import dataclass, replace

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, examples
from .numerals import numerals_of

__all__ = ["Markers"]

ALWAYS = (
    "?", "??", "n/a", "na", "n.a.", "n.a", "<na>", "#n/a", "#na", "nan", "-nan", "nat", "null",
    "(null)", "<null>", "\\n", "missing", "(missing)", "[missing]", "not available", "unknown",
    "(unknown)", "-", "--", "---", "–", "—", ".", "..", "...", "#value!", "#ref!", "#div/0!",
    "#null!", "#num!", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "<none>", "(none)",
)  # fmt: skip
AMONG_NUMBERS = (
    "none",
    "nil",
    "unk",
    "undefined",
    "*",
    "**",
    "x",
    "tbd",
    "blank",
    "empty",
    "error",
)
SIGNS = frozenset({"+", "++", "+++"})
MAX_BYTES = 16


@cleaner("markers")
@dataclass(frozen=True)
class Markers(Cleaner):
    """Cells that hold a marker become missing.

    Args:
        columns: where.
        markers: the texts that mean "missing", in every spelling.
    """

    columns: tuple[str, ...]
    markers: tuple[str, ...]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Markers"]:
        if settings.missing_markers is not None:
            return [cls(tuple(table.columns), settings.missing_markers)] * bool(
                settings.missing_markers
            )
        usual, numeric, signs = spellings(ALWAYS), spellings(ALWAYS + AMONG_NUMBERS), []
        groups: dict[tuple[str, ...], list[str]] = {}
        for series in table.frame:
            if series.dtype != pl.String:
                continue
            if _is_numeric(series, numeric):
                groups.setdefault(numeric, []).append(series.name)
            elif series.name == target:
                continue  # a label may be called NA: it is given back byte for byte
            elif SIGNS & set(series.unique().head(50).to_list()):
                signs.append(series.name)
            else:
                groups.setdefault(usual, []).append(series.name)
        if signs:
            plain = tuple(marker for marker in usual if not marker.strip("-") == "")
            groups[plain] = signs
        return [cls(tuple(names), markers) for markers, names in groups.items()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        frame, changes, mended = table.frame, [], []
        for name in self.columns:
            if name not in frame.columns:
                continue
            old = frame[name]
            hit = self._hits(old)
            if hit is None or not (cells := int(hit.sum())):
                continue
            shown = examples(old.filter(hit))
            what = "missing, though something stands there"
            changes.append(Change(self.name, name, what, cells, examples=shown))
            mended.append(old.set(hit, None))
        return replace(table, frame=frame.with_columns(mended)), changes

    def _hits(self, series: pl.Series) -> pl.Series | None:
        if series.dtype == pl.String:
            return series.is_in(list(self.markers)).fill_null(False)
        if series.dtype.is_numeric():
            numbers = pl.Series(self.markers).cast(pl.Float64, strict=False).drop_nulls()
            if len(numbers):
                return series.cast(pl.Float64).is_in(numbers.to_list()).fill_null(False)
        return None


def spellings(words: tuple[str, ...]) -> tuple[str, ...]:
    """Each word in lower, upper and title case.

    >>> spellings(("na", "?"))
    ('na', 'NA', 'Na', '?')
    """
    return tuple(
        dict.fromkeys(
            spelt
            for word in words
            for spelt in (
                word,
                word.upper(),
                word.capitalize(),
                word.title(),
                "NaN" if word == "nan" else word,
            )
        )
    )


def _is_numeric(series: pl.Series, markers: tuple[str, ...]) -> bool:
    """Whether the cells that are no markers are numbers."""
    others = series.filter(~series.is_in(list(markers)).fill_null(True))
    return len(others) > 0 and numerals_of(others) is not None
