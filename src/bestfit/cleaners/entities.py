"""Rows that belong together: several of one patient, one customer, one machine."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from .base import warned
from .ids import RUN_TOGETHER, WORD
from .strength import Goal, strength

__all__ = ["entities", "ordered_ids"]

MIN_ROWS = 50
MIN_ENTITIES = 15
MIN_ROWS_EACH = 1.5
MAX_ROWS = 20_000
MIN_TOLD = 0.7
NAMES = frozenset(("id", "ids", "uid", "uuid", "guid", "key", "identifier"))
ENTITIES = frozenset(
    ("patient", "subject", "customer", "user", "client", "household", "session", "person",
     "student", "donor", "participant", "member", "employee", "account", "device", "machine",
     "vehicle", "family", "driver", "borrower", "applicant", "policyholder", "respondent", "cow",
     "speaker", "author", "player", "animal", "specimen", "engine", "sensor", "case", "group")
)  # fmt: skip


def entities(frame: pl.DataFrame, target: str) -> Iterator[dict[str, Any]]:
    """Warnings about columns that name whom a row is about, where several rows are.

    Args:
        frame: the cleaned rows, with the columns that the split goes by left out.
        target: the column to predict.
    """
    if frame.height < MIN_ROWS:
        return
    for series in frame:
        if series.name == target or not _names_entities(series):
            continue
        filled = series.drop_nulls()
        distinct = filled.n_unique()
        each = len(filled) / max(distinct, 1)
        if distinct < MIN_ENTITIES or each < MIN_ROWS_EACH:
            continue
        what = (
            f"{series.name!r} names {distinct:,} that have {each:.1f} rows each: of one some would"
            f" teach and others judge; --group {series.name} keeps them together"
        )
        yield warned("data_leakage", series.name, what, entities=distinct, rows_each=round(each, 2))


def _names_entities(series: pl.Series) -> bool:
    words = [word.lower() for word in WORD.findall(series.name)]
    if not words or series.dtype not in (pl.String, pl.Float64):
        return False
    if series.dtype == pl.Float64:
        filled = series.drop_nulls()
        if not (filled == filled.floor()).all():
            return False
    joined = RUN_TOGETHER.fullmatch("".join(words)) is not None
    return words[-1] in NAMES | ENTITIES or words[0] == "id" or joined


def ordered_ids(typed: pl.DataFrame, ids: list[str], target: str) -> Iterator[dict[str, Any]]:
    """Warnings about ids whose order tells the target: rows were numbered after sorting by it.

    Args:
        typed: all rows and columns.
        ids: columns that are left out as they only number or name the rows.
        target: the column to predict.
    """
    known = typed.filter(typed[target].is_not_null())
    known = known.gather_every(-(-max(known.height, 1) // MAX_ROWS))
    if known.height < MIN_ROWS:
        return
    goal = Goal.of(known[target])
    for name in ids:
        series = known[name]
        if series.dtype == pl.String:
            series = pl.Series(name, series.rank("dense").cast(pl.Float64))
        told = strength(series, goal)
        if told >= MIN_TOLD:
            what = f"the order of {name!r} tells the target: rows were numbered after sorting by it"
            yield warned("data_leakage", name, what, share_told=round(told, 4))
