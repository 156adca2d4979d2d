"""What a table is: every column in numbers."""

import math
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from ..frames import plain_text
from ..table import Kind, Table, Target
from .base import Settings
from .counts import counts_of, ranked
from .gallery import of_pictures
from .notes import notes_of
from .plan import Cleaned
from .warnings import warnings_of

__all__ = ["kind_of", "profile"]

MAX_BINS = 24
MAX_TOP = 8
MAX_CHARS = 80
MIN_WORDS = 3
MIN_CHARS = 40


def kind_of(series: pl.Series) -> Kind:
    """Number, date, picture, category; or text: several words, or long, and mostly different."""
    if series.dtype == pl.Float64:
        return "number"
    if series.dtype == pl.Datetime:
        return "date"
    if series.dtype == pl.Binary:
        return "picture"
    filled = series.drop_nulls()
    some = filled.head(2000)
    if len(filled) < 20 or some.n_unique() < 0.5 * len(some):
        return "category"
    words, chars = some.str.count_matches(r"\S+").sum(), some.str.len_chars().sum()
    prose = words >= MIN_WORDS * len(some) or chars >= MIN_CHARS * len(some)
    return "text" if prose and filled.n_unique() >= 0.5 * len(filled) else "category"


def profile(
    source: Table, typed: Table, cleaned: Cleaned, reason: str | None, settings: Settings
) -> dict[str, Any]:
    """The profile as plain JSON values.

    Args:
        source: the table as read.
        typed: all its columns with their types, no row left out.
        cleaned: what is learnt from, and what was done to get there.
        reason: why the task is what it is.
        settings: what cleaning was allowed to do.
    """
    target, left = cleaned.plan.schema.target, cleaned.table.columns
    kinds = {column.name: column.kind for column in cleaned.plan.schema.columns}
    reasons = {c.column: c.what for c in cleaned.changes if c.column not in left}
    fields = []
    for name in source.columns:
        role = "feature" if name in kinds else "dropped"
        role = "reserved" if name in settings.reserve else role
        role = "target" if target is not None and name == target.name else role
        series = typed.frame[name]
        head = {"name": name, "kind": kinds.get(name) or kind_of(series), "role": role}
        fields.append(head | {"reason": reasons.get(name)} | describe(series))
    return {
        "source": source.origin,
        "rows": source.n_rows,
        "columns": len(source.columns),
        "digest": source.digest(),
        "reading": dict(source.reading),
        "target": None if target is None else _target(cleaned.table, target, reason),
        "fields": fields,
        "notes": notes_of(cleaned.table.frame.drop(settings.reserve), target),
        "warnings": warnings_of(typed, cleaned.table, target, cleaned.changes, settings),
    }


def describe(series: pl.Series) -> dict[str, Any]:
    """One column in numbers."""
    filled = series.drop_nulls()
    facts: dict[str, Any] = {"missing": series.null_count(), "distinct": filled.n_unique()}
    if filled.dtype == pl.Binary:
        return facts | of_pictures(filled)
    if filled.dtype == pl.Float64 and len(filled):
        values = filled.to_numpy()
        facts |= {
            "min": float(values.min()),
            "max": float(values.max()),
            "mean": _finite(float(values.mean())),
            "median": float(np.median(values)),
            "histogram": histogram(values),
        }
    elif isinstance(first := filled.min(), datetime) and isinstance(last := filled.max(), datetime):
        facts |= {"first": first.isoformat(sep=" "), "last": last.isoformat(sep=" ")}
    elif filled.dtype == pl.String:
        counts = ranked(filled).head(MAX_TOP)
        facts["top"] = [[_short(label), rows] for label, rows in counts.iter_rows()]
    shown = filled.head(100).unique(maintain_order=True).head(3)
    return facts | {"examples": [_short(value) for value in shown]}


def histogram(values: np.ndarray) -> dict[str, list[float]]:
    """At most 24 bins of equal width; one for each value of a few whole numbers.

    >>> histogram(np.array([1.0, 2.0, 2.0]))
    {'edges': [0.5, 1.5, 2.5], 'counts': [1, 2]}
    """
    low, high = float(values.min()), float(values.max())
    if low == high or not math.isfinite(high - low):
        return {"edges": [low, high], "counts": [len(values)]}
    whole = high - low < MAX_BINS and bool((values == np.floor(values)).all())
    edges = np.arange(low - 0.5, high + 1) if whole else np.linspace(low, high, MAX_BINS + 1)
    return {"edges": edges.tolist(), "counts": np.histogram(values, edges)[0].tolist()}


def _short(value: object) -> str:
    text = plain_text(value) or ""
    return text if len(text) <= MAX_CHARS else f"{text[: MAX_CHARS - 1]}…"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _target(cleaned: Table, target: Target, reason: str | None) -> dict[str, Any]:
    series = cleaned.frame[target.name]
    facts: dict[str, Any] = {"name": target.name, "task": target.task, "reason": reason}
    if target.task == "regression":
        return facts | {"histogram": histogram(series.to_numpy())}
    counts = dict(counts_of(series).iter_rows())
    return facts | {"classes": [[label, counts[label]] for label in target.classes]}
