"""What is worth knowing of a table and changes nothing: what a careful reader would point at."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from ..table import Target
from .base import noted
from .ids import WORD
from .notes_levels import notes_of_levels
from .notes_numbers import notes_of_numbers
from .notes_rows import notes_of_rows

__all__ = ["notes_of"]

MAX_ROWS = 50_000  # that are looked at
MOSTLY = 0.5
LONG_TAIL = 2.0  # skewness
WEIGHTS = frozenset(("weight", "weights", "wt", "wgt", "fnlwgt", "pweight", "marsupwt"))
FEW_ROWS = 30  # of a class
COMMON = frozenset(
    ("median", "mean", "average", "avg", "total", "sum", "number", "num", "of", "the", "value",
     "type", "rate", "count", "min", "max", "level", "status", "class", "per", "in", "is")
)  # fmt: skip
COUNTED = frozenset(("outliers", "impossible_values", "negative_values", "capped"))


def notes_of(frame: pl.DataFrame, target: Target | None) -> list[dict[str, Any]]:
    """Plain JSON values: name, columns, what.

    Args:
        frame: the cleaned rows.
        target: the column to predict.
    """
    some = frame.gather_every(-(-max(frame.height, 1) // MAX_ROWS))
    features = some.drop(target.name) if target is not None else some
    with np.errstate(all="ignore"):
        found = [*_of_target(some[target.name], target)] if target is not None else []
        found += _of_gaps(features)
        found += notes_of_numbers(some, target)
        found += notes_of_levels(features)
        found += _of_names(features, target)
        found += notes_of_rows(frame, target)
    if some.height < frame.height:
        counted = f"; counted in {some.height:,} rows"
        found = [n | {"what": n["what"] + counted} if n["name"] in COUNTED else n for n in found]
    return found


def _of_gaps(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    shares = {s.name: s.null_count() / max(len(s), 1) for s in frame}
    mostly = [name for name, share in shares.items() if share > MOSTLY]
    if mostly:
        least, most = min(shares[n] for n in mostly), max(shares[n] for n in mostly)
        span = f"{least:.0%}" if f"{least:.0%}" == f"{most:.0%}" else f"{least:.0%} to {most:.0%}"
        yield noted("mostly_missing", mostly, f"mostly missing ({span} of the cells)")


def _of_names(frame: pl.DataFrame, target: Target | None) -> Iterator[dict[str, Any]]:
    words = {name: {w.lower() for w in WORD.findall(name)} for name in frame.columns}
    weights = [
        s.name for s in frame if words[s.name] & WEIGHTS and s.dtype == pl.Float64
        and (s.min() or 0) >= 0 and s.n_unique() > 20  # type: ignore[operator]
    ]  # fmt: skip
    if weights:
        yield noted("weight", weights, "may say how much a row counts, and not what it is like")
    if target is None:
        return
    own = {w.lower() for w in WORD.findall(target.name)} - COMMON
    shared = {name: words[name] & own for name in frame.columns}
    alike = [n for n, common in shared.items() if common and len(common) < len(own | words[n])]
    if own and 0 < len(alike) <= max(2, frame.width // 5):
        yield noted(
            "named_like_target", alike, "named like the target: is it known before the target is?"
        )


def _of_target(cells: pl.Series, target: Target) -> Iterator[dict[str, Any]]:
    known = cells.drop_nulls()
    if target.task != "regression":
        numbers = known.cast(pl.Float64, strict=False)
        whole = not numbers.null_count() and bool((numbers % 1 == 0).all())
        if target.task == "multiclass" and whole:
            what = "classes are whole numbers, which may have an order: --task regression"
            yield noted("ordinal_target", [target.name], what)
        counts = known.alias("value").value_counts(name="rows")["rows"]
        few = int((counts < FEW_ROWS).sum())
        if few and len(counts) > 2:
            what = f"{few} of {len(counts)} classes have fewer than {FEW_ROWS} rows"
            yield noted("rare_classes", [target.name], what)
        return
    y = known.to_numpy()
    skew = float(known.skew() or 0.0)
    if abs(skew) > LONG_TAIL:
        side = "right" if skew > 0 else "left"
        what = f"the target has a long tail to the {side} (skewness {skew:.1f})"
        yield noted("skewed_target", [target.name], what)
    if len(y) and (y % 1 == 0).all():
        distinct = known.n_unique()
        if distinct <= 20:
            what = f"the target holds {distinct} whole numbers in order: grades, perhaps"
            yield noted("ordinal_target", [target.name], what)
        elif y.min() >= 0 and distinct < 200 and y.mean() < 50:
            yield noted("count_target", [target.name], "the target holds counts: --loss poisson")
