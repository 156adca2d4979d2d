"""What a table is: every column in numbers, and what is suspicious."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from ..table import Column, Table, Target
from .base import Change, Settings
from .leaks import hint_of_leak

__all__ = ["kind_of", "profile"]

MAX_BINS = 24
MAX_TOP = 8
MIN_CLASS_FRACTION = 0.05


def kind_of(series: pl.Series) -> str:
    """Number, date, category, or text: prose of several words, or long, and mostly unique."""
    if series.dtype == pl.Float64:
        return "number"
    if series.dtype == pl.Datetime:
        return "date"
    filled = series.drop_nulls()
    if len(filled) < 20 or filled.head(1000).n_unique() < 0.5 * min(1000, len(filled)):
        return "category"
    words = filled.head(2000).str.count_matches(r"\S+").mean()
    chars = filled.head(2000).str.len_chars().mean()
    prose = isinstance(words, float) and isinstance(chars, float) and (words >= 3 or chars >= 40)
    return "text" if prose and filled.n_unique() >= 0.5 * len(filled) else "category"


def profile(
    source: Table,
    typed: Table,
    cleaned: Table,
    target: Target | None,
    reason: str | None,
    columns: tuple[Column, ...],
    changes: tuple[Change, ...],
    settings: Settings,
) -> dict[str, Any]:
    """The profile as plain JSON values.

    Args:
        source: the table as read.
        typed: all its columns with their types, no row or column dropped.
        cleaned: what is learnt from.
        target: what is asked, and ``reason``, why.
        columns: the features.
        changes: what cleaning did.
        settings: what it was allowed to do.
    """
    fields = []
    kinds = {column.name: column.kind for column in columns}
    dropped = {c.column: c.what for c in changes if c.column and c.column not in cleaned.columns}
    for name in source.columns:
        role = "feature" if name in kinds else "dropped"
        role = "reserved" if name in settings.reserve else role
        role = "target" if target is not None and name == target.name else role
        series = typed.frame[name] if name in typed.columns else source.frame[name]
        kind = kinds.get(name) or kind_of(series)
        fields.append(
            {"name": name, "kind": kind, "role": role, "reason": dropped.get(name)}
            | describe(series)
        )
    return {
        "source": source.origin,
        "rows": source.n_rows,
        "columns": len(source.columns),
        "digest": source.digest(),
        "reading": dict(source.reading),
        "target": None if target is None else _target(cleaned, target, reason),
        "fields": fields,
        "warnings": _warnings(cleaned, target, changes),
    }


def describe(series: pl.Series) -> dict[str, Any]:
    """One column in numbers."""
    filled = series.drop_nulls()
    facts: dict[str, Any] = {"missing": series.null_count(), "distinct": filled.n_unique()}
    if not len(filled):
        return facts | {"examples": []}
    if filled.dtype == pl.Float64:
        values = filled.to_numpy()
        facts |= {
            "min": float(values.min()),
            "max": float(values.max()),
            "mean": _finite(float(values.mean())),
            "median": float(np.median(values)),
            "histogram": histogram(values, facts["distinct"]),
        }
    elif filled.dtype == pl.Datetime:
        first, last = filled.min(), filled.max()
        assert isinstance(first, datetime) and isinstance(last, datetime)
        facts |= {"first": first.isoformat(sep=" "), "last": last.isoformat(sep=" ")}
    else:
        filled = filled.cast(pl.String)
        counts = filled.value_counts(sort=True).head(MAX_TOP)
        facts["top"] = [[str(label)[:80], rows] for label, rows in counts.iter_rows()]
    facts["examples"] = [str(v)[:80] for v in filled.head(100).unique(maintain_order=True).head(3)]
    return facts


def histogram(values: "np.ndarray", distinct: int) -> dict[str, list[float]]:
    """At most 24 bins of equal width; a bin per value where there are few whole numbers."""
    low, high = float(values.min()), float(values.max())
    if low == high:
        return {"edges": [low, high], "counts": [len(values)]}
    if not math.isfinite(high - low):
        return {"edges": [low, high], "counts": [len(values)]}
    whole = high - low < MAX_BINS and bool((values == np.floor(values)).all())
    edges = np.arange(low - 0.5, high + 1) if whole else np.linspace(low, high, MAX_BINS + 1)
    counts, _ = np.histogram(values, edges)
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _target(cleaned: Table, target: Target, reason: str | None) -> dict[str, Any]:
    series = cleaned.frame[target.name]
    facts: dict[str, Any] = {"name": target.name, "task": target.task, "reason": reason}
    if target.task == "regression":
        values = series.to_numpy()
        return facts | {"histogram": histogram(values, series.n_unique())}
    counts = dict(series.value_counts().iter_rows())
    return facts | {"classes": [[label, counts[label]] for label in target.classes]}


def _warnings(
    cleaned: Table, target: Target | None, changes: tuple[Change, ...]
) -> list[dict[str, Any]]:
    found = [
        _warning(
            "nonfinite_data",
            c.column,
            "holds infinite numbers, taken as missing",
            {"cells": c.cells},
        )
        for c in changes
        if c.what.startswith("infinite")
    ]
    found += [
        _warning("data_leakage", c.column, c.what, {"cleaner": c.cleaner})
        for c in changes
        if c.cleaner == "leaks"
    ]
    if target is None or target.task == "regression":
        return found
    answer = cleaned.frame[target.name]
    counts: Mapping[str, int] = dict(answer.value_counts().iter_rows())
    rarest = min(target.classes, key=lambda label: counts[label])
    share = counts[rarest] / len(answer)
    if share < MIN_CLASS_FRACTION:
        what = f"the class {rarest[:40]!r} is rare: {counts[rarest]} of {len(answer)} rows"
        evidence = {"class": rarest, "rows": counts[rarest], "fraction": share}
        found.append(_warning("class_imbalance", target.name, what, evidence))
    for name in cleaned.columns:
        if name != target.name and (hint := hint_of_leak(cleaned.frame[name], answer)):
            what = "gives the target away alone; is it known before the target is?"
            found.append(_warning("data_leakage", name, what, hint))
    return found


def _warning(name: str, column: str | None, what: str, evidence: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "column": column, "what": what, "evidence": evidence}
