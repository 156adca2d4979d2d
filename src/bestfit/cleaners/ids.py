"""Columns that only number or name the rows."""

import re
from dataclasses import dataclass

import polars as pl

from ..table import Table
from .base import Change, Cleaner, Settings, cleaner, without

__all__ = ["Ids", "id_reason"]

MIN_ROWS = 20
MIN_OWN_FRACTION = 0.98
MAX_CHARS = 64
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
ID_WORDS = frozenset(
    ("id", "ids", "uid", "uuid", "guid", "pid", "oid", "gid", "key", "index", "idx", "rowid",
     "rownum", "identifier", "serial", "nr", "no", "num", "number", "row", "record", "order",
     "unnamed", "column")
)  # fmt: skip
RUN_TOGETHER = re.compile(
    r"(user|customer|client|passenger|patient|order|product|item|record|row|case|sample|person"
    r"|member|account|transaction|student|employee|loan|policy|object|subject|house|session"
    r"|device|visit|encounter|listing|booking|station|trip|ride)(id|no|number|key)"
)
TIME_WORDS = frozenset(
    ("time", "date", "day", "week", "month", "quarter", "year", "hour", "minute", "second", "step",
     "t", "x", "age", "period", "season", "timestamp", "epoch")
)  # fmt: skip


@cleaner("ids")
@dataclass(frozen=True)
class Ids(Cleaner):
    """Drops columns whose values belong to one row each and so say nothing about others.

    Args:
        columns: name → reason.
    """

    columns: dict[str, str]

    @classmethod
    def propose(cls, table: Table, target: str | None, settings: Settings) -> list["Ids"]:
        if not settings.drop_ids:
            return []
        reasons = {}
        if table.key in table.columns and settings.may_drop(table.key, target):
            reasons[table.key] = "dropped: it names the rows"
        for position, series in enumerate(table.frame):
            if table.n_rows >= MIN_ROWS and settings.may_drop(series.name, target):
                reason = id_reason(series, first=position == 0)
                if reason and series.name not in reasons:
                    reasons[series.name] = f"dropped: {reason}"
        features = [name for name in table.columns if name != target]
        if not reasons or len(reasons) == len(features):
            return []  # a table of ids only: better these than nothing
        return [cls(reasons)]

    def clean(self, table: Table) -> tuple[Table, list[Change]]:
        return without(table, self.columns, self.name)


def id_reason(series: pl.Series, *, first: bool = False) -> str:
    """Why a column is an id; ``""`` if it is none.

    >>> id_reason(pl.Series("PassengerId", list(map(float, range(1, 51)))))
    'counts the rows, 1 to 50'
    >>> id_reason(pl.Series("size", [0.5 * i for i in range(50)]))
    ''
    """
    filled = series.drop_nulls()
    if len(filled) < max(MIN_ROWS, 0.95 * len(series)):
        return ""
    sample = filled.head(1000)
    if sample.n_unique() < MIN_OWN_FRACTION * len(sample):
        return ""
    words = [word.lower() for word in WORD.findall(series.name)]
    if series.dtype == pl.String:
        return _text_reason(filled, _is_id_name(words))
    return _number_reason(filled, first, words) if series.dtype == pl.Float64 else ""


def _text_reason(filled: pl.Series, named: bool) -> str:
    """Single words, one to a row. Texts of several words may hold meaning."""
    spaced = filled.str.contains(r"\s").sum() > 0.05 * len(filled)
    longest = filled.str.len_chars().max()
    if spaced or (isinstance(longest, int) and longest > MAX_CHARS):
        return ""
    own = filled.n_unique()
    if own == len(filled):
        return "every row has a text of its own"
    if named and own >= MIN_OWN_FRACTION * len(filled):
        return f"named like an id, {_repeated(own, len(filled))}"
    return ""


def _repeated(own: int, filled: int) -> str:
    """How many rows have an id that another row has, too.

    >>> _repeated(50, 50), _repeated(49, 50)
    ('one to a row', 'and 1 row repeats the id of another')
    """
    more = filled - own
    if not more:
        return "one to a row"
    return f"and {more:,} {'row repeats' if more == 1 else 'rows repeat'} the id of another"


def _number_reason(filled: pl.Series, first: bool, words: list[str]) -> str:
    low, high = filled.min(), filled.max()
    whole = (filled == filled.floor()).all()
    if not whole or not isinstance(low, float) or not isinstance(high, float):
        return ""
    named = _is_id_name(words)
    if not named and set(words) & TIME_WORDS:
        return ""
    own = filled.n_unique()
    counted = filled.is_sorted() and high - low < 1.2 * len(filled)
    if own == len(filled) and counted and (named or (first and low in (0.0, 1.0))):
        return f"counts the rows, {low:.0f} to {high:.0f}"
    if named and own >= MIN_OWN_FRACTION * len(filled) and own > 1:
        return f"named like an id, {_repeated(own, len(filled))}"
    return ""


def _is_id_name(words: list[str]) -> bool:
    if not words:
        return True
    return (
        words[-1] in ID_WORDS
        or words[0] in ("id", "unnamed", "column")
        or RUN_TOGETHER.fullmatch("".join(words)) is not None
    )
