"""Spellings of one label become one."""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner

__all__ = ["Labels", "merges", "same_label"]

MAX_LEVELS = 200
TRUE_WORDS = frozenset({"yes", "y", "true", "t", "1"})
FALSE_WORDS = frozenset({"no", "n", "false", "f", "0"})


@cleaner("labels")
@dataclass(frozen=True)
class Labels(Cleaner):
    """Replaces spellings of a label by the one that most rows use.

    Args:
        column: where.
        spellings: as read → as kept.
    """

    column: str
    spellings: dict[str, str]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Labels"]:
        if not settings.merge_labels:
            return []
        steps = []
        for series in table.frame:
            if series.dtype == pl.String:
                counts = series.drop_nulls().value_counts(sort=True)
                if 1 < counts.height <= MAX_LEVELS:
                    spellings = merges(dict(sorted(counts.iter_rows())))
                    if spellings:
                        steps.append(cls(series.name, spellings))
        return steps

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        if self.column not in table.columns:
            return table, []
        old = table.frame[self.column]
        cells = int(old.is_in(list(self.spellings)).sum())
        if not cells:
            return table, []
        new = old.replace(self.spellings)
        shown = [f"{old} → {new}" for old, new in self.spellings.items()][:3]
        what = "another spelling of the same label"
        change = Change(self.name, self.column, what, cells, examples=tuple(shown))
        return replace(table, frame=table.frame.with_columns(new)), [change]


def same_label(label: str) -> str:
    """What two spellings of one label have in common.

    >>> same_label(">50K.") == same_label(" >50k"), same_label("01") == same_label("1")
    (True, False)
    """
    text = unicodedata.normalize("NFC", label)
    text = " ".join(text.split()).rstrip(".").rstrip()
    return text.casefold() if len(text) > 1 else text


def merges(counts: dict[str, int]) -> dict[str, str]:
    """Which spelling becomes which, the most frequent one stays.

    A single letter is never merged with its other case, and a number never with another
    spelling of its value: they may be codes.

    >>> merges({"yes": 5, "Yes": 7, "no": 4, "a": 1, "A": 2})
    {'yes': 'Yes'}
    """
    groups: dict[str, list[str]] = defaultdict(list)
    truths = _are_truths(counts)
    for label in counts:
        key = same_label(label)
        if truths:
            key = "true" if label.casefold() in TRUE_WORDS else "false"
        groups[key or label].append(label)
    result = {}
    for labels in groups.values():
        kept = max(labels, key=lambda label: (counts[label], label))
        result |= {label: kept for label in labels if label != kept}
    return result


def _are_truths(counts: dict[str, int]) -> bool:
    """Yes and no in more spellings than one each: Y, yes, TRUE, 1."""
    words = {label.casefold() for label in counts}
    mixed = len(words) > 2 and words <= TRUE_WORDS | FALSE_WORDS
    return mixed and bool(words - {"0", "1"})
