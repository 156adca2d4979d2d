"""Words and signs that stand for a missing cell."""

from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, examples, texts_where
from .numerals import numerals_of

__all__ = ["Markers", "spellings"]

ALWAYS = (
    "?", "??", "n/a", "na", "n.a.", "n.a", "<na>", "#n/a", "#na", "nan", "-nan", "nat", "null",
    "(null)", "<null>", "\\n", "missing", "(missing)", "[missing]", "not available", "unknown",
    "(unknown)", "-", "--", "---", "–", "—", ".", "..", "...", "#value!", "#ref!", "#div/0!",
    "#null!", "#num!", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "<none>", "(none)",
)  # fmt: skip
AMONG_NUMBERS = (
    "none", "nil", "unk", "undefined", "*", "**", "tbd", "blank", "empty", "no data", "n.k.",
    "not reported", "not applicable", "not known",
)  # fmt: skip
DASHES = ("-", "--", "---", "–", "—")
PLUSES = ("+", "++", "+++")
MIXED = {"nan": ("NaN",), "-nan": ("-NaN",), "nat": ("NaT",)}


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
            words = settings.missing_markers
            return [cls(tuple(table.columns), words)] if words else []
        usual, numeric = spellings(ALWAYS), spellings(ALWAYS + AMONG_NUMBERS)
        signed = tuple(marker for marker in usual if marker not in DASHES)
        groups: dict[tuple[str, ...], list[str]] = {}
        for series in table.frame:
            if series.dtype != pl.String or _holds_numbers(series, numeric):
                groups.setdefault(numeric, []).append(series.name)
            elif series.name == target:
                continue  # a label may be called NA, and comes back byte for byte
            elif series.is_in(list(PLUSES)).any():
                groups.setdefault(signed, []).append(series.name)
            else:
                groups.setdefault(usual, []).append(series.name)
        return [cls(tuple(names), markers) for markers, names in groups.items()]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        changes = list[Change]()
        mended: list[pl.Series] = []
        words = pl.Series(self.markers, dtype=pl.String).implode()
        for old in texts_where(table.frame, self.columns, lambda cell: cell.is_in(words)):
            hit = old.is_in(list(self.markers)).fill_null(False)
            what = "a sign for a missing value, read as missing"
            shown = examples(old.filter(hit))
            changes.append(Change(self.name, old.name, what, int(hit.sum()), examples=shown))
            mended.append(old.set(hit, None))
        return table.with_columns(mended), changes


def spellings(words: tuple[str, ...]) -> tuple[str, ...]:
    """Each word in lower, upper, title and the mixed case of programs.

    >>> spellings(("nan", "?"))
    ('nan', 'NAN', 'Nan', 'NaN', '?')
    """
    cases = ((word, word.upper(), word.capitalize(), word.title()) for word in words)
    mixed = ((*some, *MIXED.get(some[0], ())) for some in cases)
    return tuple(dict.fromkeys(spelt for some in mixed for spelt in some))


def _holds_numbers(texts: pl.Series, markers: tuple[str, ...]) -> bool:
    """Whether the cells that are no markers are numbers."""
    if texts.cast(pl.Float64, strict=False).null_count() == texts.null_count() < len(texts):
        return True
    others = texts.filter(~texts.is_in(list(markers)).fill_null(True))
    return len(others) > 0 and numerals_of(others) is not None
