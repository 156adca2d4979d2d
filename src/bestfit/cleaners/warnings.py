"""What is suspicious about a table, under the public names of findings."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from ..repeats import by_chance
from ..table import Table, Target
from .base import Change, Settings, warned
from .counts import counts_of
from .entities import entities, ordered_ids
from .fitted_before import fitted_before
from .giveaways import giveaways, strengths
from .markers import ALWAYS, spellings
from .numbers import INFINITE

__all__ = ["warnings_of"]

MIN_CLASS_FRACTION = 0.05


def warnings_of(
    typed: Table,
    cleaned: Table,
    target: Target | None,
    changes: Sequence[Change],
    settings: Settings,
) -> list[dict[str, Any]]:
    """Plain JSON values: name, column, what, evidence.

    Args:
        typed: all rows and columns, with their types.
        cleaned: what is learnt from.
        target: the column to predict.
        changes: what cleaning did.
        settings: what it was allowed to do.
    """
    found = list(_of_changes(changes))
    if target is not None:
        with np.errstate(all="ignore"):  # of numbers as large as numbers can be
            found += _about(typed, cleaned, target, changes, settings)
    return found


def _about(
    typed: Table, cleaned: Table, target: Target, changes: Sequence[Change], settings: Settings
) -> Iterator[dict[str, Any]]:
    if target.task != "regression":
        yield from _of_classes(cleaned.frame[target.name], target)
        yield from _of_pictures(cleaned.frame, target)
    features = cleaned.frame.drop(settings.reserve)
    yield from _conflicts(features, target)
    told = strengths(features, target.name)
    yield from giveaways(features, target.name, told)
    whole = typed.frame.select(features.columns)  # before copies were left out
    yield from fitted_before(whole.filter(whole[target.name].is_not_null()), target)
    yield from entities(features, target.name)
    ids = [change.column for change in changes if change.cleaner == "ids" and change.column]
    yield from ordered_ids(typed.frame, ids, target.name)


def _conflicts(features: pl.DataFrame, target: Target) -> Iterator[dict[str, Any]]:
    """Rows that are equal in every feature and not in the target."""
    rest = features.drop(target.name)
    if target.task == "regression" or not rest.width or pl.Binary in rest.dtypes:
        return
    alike = pl.DataFrame({"row": rest.hash_rows(), "label": features[target.name]})
    if alike["row"].n_unique() == alike.height:
        return
    labels = alike.group_by("row").agg(n=pl.col("label").n_unique(), rows=pl.len())
    rows = int(labels.filter(pl.col("n") > 1)["rows"].sum())
    if rows and not by_chance(rest):
        what = f"{rows:,} rows are equal to others in every feature and have another label"
        yield warned("label_noise", target.name, what, rows=rows)


def _of_changes(changes: Sequence[Change]) -> Iterator[dict[str, Any]]:
    for change in changes:
        if change.what == INFINITE:
            what = "holds infinite numbers, which are read as missing"
            yield warned("nonfinite_data", change.column, what, cells=change.cells)
        elif change.cleaner == "leaks":
            yield warned(
                "data_leakage", change.column, f"{change.column!r}: {change.what}", dropped=True
            )


def _of_classes(answer: pl.Series, target: Target) -> Iterator[dict[str, Any]]:
    counts: Mapping[str, int] = dict(counts_of(answer).iter_rows())
    rarest = min(target.classes, key=lambda label: counts[label])
    share = counts[rarest] / len(answer)
    if share < MIN_CLASS_FRACTION:
        what = f"the class {rarest[:40]!r} is rare: {counts[rarest]:,} of {len(answer):,} rows"
        evidence = {"class": rarest, "rows": counts[rarest], "fraction": share}
        yield warned("class_imbalance", target.name, what, **evidence)
    for label in sorted(set(target.classes) & set(spellings(ALWAYS))):
        what = f"the label {label!r} may stand for a missing value; it is kept as a class"
        evidence = {"class": label, "rows": counts[label]}
        yield warned("label_noise", target.name, what, **evidence)


def _of_pictures(frame: pl.DataFrame, target: Target) -> Iterator[dict[str, Any]]:
    """Pictures that stand under two labels: one of them is wrong, or both are right."""
    for name, dtype in frame.schema.items():
        if dtype == pl.Binary:
            known = frame.select(name, target.name).drop_nulls(name)
            labels = known.group_by(name).agg(n=pl.col(target.name).n_unique())
            if twice := int((labels["n"] > 1).sum()):
                shown = "picture stands" if twice == 1 else "pictures stand"
                what = f"{twice:,} {shown} under more than one label"
                yield warned("label_noise", name, what, pictures=twice)
