"""Spellings of one label become one."""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner
from .counts import counts_of

__all__ = ["Labels", "merges", "same_label"]

MAX_LEVELS = 200
MAX_CLASSES = 2000
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
        steps: list[Labels] = []
        for series in table.frame if settings.merge_labels else ():
            if series.dtype != pl.String:
                continue
            counts = counts_of(series.drop_nulls())
            if counts.height <= (MAX_CLASSES if series.name == target else MAX_LEVELS):
                spellings = merges(dict(sorted(counts.iter_rows())))
                steps += [cls(series.name, spellings)] if spellings else []
        return steps

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        if self.column not in table.columns:
            return table, []
        old = table.frame[self.column]
        cells = int(old.is_in(list(self.spellings)).sum())
        if not cells:
            return table, []
        shown = tuple(f"{read} → {kept}" for read, kept in list(self.spellings.items())[:3])
        what = "another spelling of the same label"
        change = Change(self.name, self.column, what, cells, examples=shown)
        return table.with_columns([old.replace(self.spellings)]), [change]


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
    result: dict[str, str] = {}
    for labels in groups.values():
        kept = max(labels, key=lambda label: (counts[label], label))
        result |= {label: kept for label in labels if label != kept}
    return result


def _are_truths(counts: dict[str, int]) -> bool:
    """Yes and no in more spellings than one each: Y, yes, TRUE, 1. Letters alone may be codes."""
    words = {label.casefold() for label in counts}
    mixed = len(words) > 2 and words <= TRUE_WORDS | FALSE_WORDS
    return mixed and any(len(word) > 1 for word in words)
