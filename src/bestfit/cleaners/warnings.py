"""What is suspicious about a table, under the public names of findings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from ..table import Table, Target
from .base import Change
from .counts import counts_of
from .leaks import Answer, hint_of_leak
from .markers import ALWAYS, spellings
from .numbers import INFINITE

__all__ = ["warnings_of"]

MIN_CLASS_FRACTION = 0.05


def warnings_of(
    cleaned: Table, target: Target | None, changes: Sequence[Change]
) -> list[dict[str, Any]]:
    """Plain JSON values: name, column, what, evidence."""
    found = list(_of_changes(changes))
    if target is not None:
        answer = cleaned.frame[target.name]
        if target.task != "regression":
            found += _of_classes(answer, target)
            found += _of_pictures(cleaned.frame, target)
        told = Answer.of(answer)
        for series in cleaned.frame:
            evidence = None if series.name == target.name else hint_of_leak(series, told)
            if evidence:
                what = "gives the target away alone: is it known before the target is?"
                found.append(_warning("data_leakage", series.name, what, evidence))
    return found


def _of_changes(changes: Sequence[Change]) -> Iterator[dict[str, Any]]:
    for change in changes:
        if change.what == INFINITE:
            what = "holds infinite numbers, which are read as missing"
            yield _warning("nonfinite_data", change.column, what, {"cells": change.cells})
        elif change.cleaner == "leaks":
            yield _warning("data_leakage", change.column, change.what, {"dropped": True})


def _of_classes(answer: pl.Series, target: Target) -> Iterator[dict[str, Any]]:
    counts: Mapping[str, int] = dict(counts_of(answer).iter_rows())
    rarest = min(target.classes, key=lambda label: counts[label])
    share = counts[rarest] / len(answer)
    if share < MIN_CLASS_FRACTION:
        what = f"the class {rarest[:40]!r} is rare: {counts[rarest]:,} of {len(answer):,} rows"
        evidence = {"class": rarest, "rows": counts[rarest], "fraction": share}
        yield _warning("class_imbalance", target.name, what, evidence)
    for label in sorted(set(target.classes) & set(spellings(ALWAYS))):
        what = f"the label {label!r} may stand for a missing value; it is kept as a class"
        evidence = {"class": label, "rows": counts[label]}
        yield _warning("label_noise", target.name, what, evidence)


def _of_pictures(frame: pl.DataFrame, target: Target) -> Iterator[dict[str, Any]]:
    """Pictures that stand under two labels: one of them is wrong, or both are right."""
    for name, dtype in frame.schema.items():
        if dtype == pl.Binary:
            known = frame.select(name, target.name).drop_nulls(name)
            labels = known.group_by(name).agg(n=pl.col(target.name).n_unique())
            if twice := int((labels["n"] > 1).sum()):
                shown = "picture stands" if twice == 1 else "pictures stand"
                what = f"{twice:,} {shown} under more than one label"
                yield _warning("label_noise", name, what, {"pictures": twice})


def _warning(
    name: str, column: str | None, what: str, evidence: Mapping[str, object]
) -> dict[str, Any]:
    return {"name": name, "column": column, "what": what, "evidence": dict(evidence)}
