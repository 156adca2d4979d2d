"""What is worth knowing of number columns."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from ..table import Target
from .base import noted
from .ids import WORD

__all__ = ["notes_of_numbers"]

FAR = 10.0  # interquartile ranges from the middle
MANY_VALUES = 100
MAX_CODES = 20
MAX_COLUMNS = 200  # whose likeness is looked at
LIKE = 0.99
AMOUNTS = frozenset(
    ("age", "size", "length", "width", "height", "weight", "area", "price", "count", "year",
     "duration", "distance", "population", "income", "salary", "rooms", "quantity")
)  # fmt: skip
CLOCK = frozenset(("time", "hour", "hhmm", "clock", "dep", "arr", "start", "end"))
TRUTHS = ({"yes", "no"}, {"y", "n"}, {"true", "false"}, {"t", "f"})


def notes_of_numbers(frame: pl.DataFrame, target: Target | None) -> Iterator[dict[str, Any]]:
    """Notes on outliers, impossible and capped values, codes, clock times, scales and likeness."""
    goal = None if target is None else target.name
    columns = {s.name: s.drop_nulls().to_numpy() for s in frame if s.dtype == pl.Float64}
    columns = {name: x for name, x in columns.items() if len(x) >= 20}
    yield from _far(columns)
    yield from _impossible(columns)
    yield from _capped(columns)
    features = {name: x for name, x in columns.items() if name != goal}
    yield from _codes(features, frame)
    yield from _clocks(features)
    yield from _scales(features)
    yield from _alike(frame, list(features)[:MAX_COLUMNS])


def _far(columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    found = {}
    for name, x in columns.items():
        low, middle, high = np.quantile(x, [0.25, 0.5, 0.75])
        far = int((np.abs(x - middle) > FAR * (high - low)).sum()) if high > low else 0
        if 0 < far <= 0.05 * len(x):
            found[name] = (far, float(np.abs(x - x.mean()).max() / x.std()))
    if found:
        cells, sigma = sum(n for n, _ in found.values()), max(s for _, s in found.values())
        what = (
            f"{cells:,} outliers, up to {sigma:.0f} standard deviations from the mean: they are"
            " kept, and lose their power by scaling"
        )
        yield noted("outliers", list(found), what)


def _impossible(columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    zeros, below = {}, {}
    for name, x in columns.items():
        n_zero, positive = int((x == 0).sum()), x[x > 0]
        words = {word.lower() for word in WORD.findall(name)}
        if n_zero and x.min() == 0 and n_zero <= 0.01 * len(x) and len(np.unique(x)) > MAX_CODES:
            rest = float(positive.min())
            if rest > 0.01 * float(np.median(positive)):
                zeros[name] = (n_zero, rest)
        n_below = int((x < 0).sum())
        if n_below > 0 and (n_below <= 0.05 * len(x) or words & AMOUNTS):
            below[name] = n_below
    for name, (cells, rest) in list(zeros.items())[:8]:
        rows = "row" if cells == 1 else "rows"
        what = f"zero in {cells:,} {rows}, all others are at least {rest:.4g}: missing, perhaps"
        yield noted("impossible_values", [name], what)
    if below:
        what = f"below zero in a few rows ({sum(below.values()):,} cells)"
        yield noted("negative_values", list(below), what)


def _capped(columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, x in columns.items():
        values, counts = np.unique(x, return_counts=True)
        if len(values) < MANY_VALUES:
            continue
        for end, word in ((-1, "above"), (0, "below")):
            at_end = int(counts[end])
            usual = np.sort(counts)[-2] if counts.max() == at_end else counts.max()
            crowd = counts[-20:-1] if end == -1 else counts[1:20]
            crowded = at_end >= max(10, 0.005 * len(x), 5 * np.median(crowd))
            if crowded and at_end > 0.5 * usual and values[end] != 0:
                what = f"cut off {word} at {values[end]:,.6g}: {at_end:,} rows have that value"
                yield noted("capped", [name], what)


def _codes(columns: dict[str, Any], frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    codes, switches = [], []
    for name, x in columns.items():
        head = np.unique(x[:2000])
        if len(head) > MAX_CODES or (head % 1 != 0).any():
            continue
        values = np.unique(x)
        if set(values) == {0.0, 1.0}:
            switches.append(name)
        elif 2 < len(values) <= MAX_CODES:
            codes.append(name)
    if codes:
        what = "few whole numbers: if they are codes, --set clean.categories='[…]'"
        yield noted("codes", codes, what)
    words = [
        s.name for s in frame if s.dtype == pl.String
        and {str(v).lower() for v in s.head(500).drop_nulls().unique()} in TRUTHS
    ]  # fmt: skip
    if switches and len(words) >= 2:
        what = f"0 and 1, while {len(words)} other columns spell yes and no"
        yield noted("mixed_spellings", switches, what)


def _clocks(columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    clocks = []
    for name, x in columns.items():
        words = {word.lower() for word in WORD.findall(name)}
        whole = (x % 1 == 0).all() and x.min() >= 0 and 1000 < x.max() <= 2400
        if words & CLOCK and whole and (x % 100 < 60).all() and len(np.unique(x)) > 100:
            clocks.append(name)
    if clocks:
        yield noted("clock_times", clocks, "times of day written as hhmm: 1:59 and 2:00 lie apart")


def _scales(columns: dict[str, Any]) -> Iterator[dict[str, Any]]:
    spreads = {n: float(x.std()) for n, x in columns.items() if float(x.std()) > 0}
    if len(spreads) > 1:
        low, high = min(spreads, key=spreads.__getitem__), max(spreads, key=spreads.__getitem__)
        if spreads[high] / spreads[low] > 1e4:
            what = f"of very different sizes, {spreads[low]:.1g} to {spreads[high]:.1g}: scaled"
            yield noted("scales", [low, high], what)


def _alike(frame: pl.DataFrame, names: list[str]) -> Iterator[dict[str, Any]]:
    known = frame.select(names).drop_nulls() if names else frame[:0]
    if known.height < 50 or len(names) < 2:
        return
    x = known.to_numpy()
    names = [name for name, spread in zip(names, x.std(axis=0), strict=True) if spread > 0]
    if len(names) < 2:
        return
    r = np.abs(np.corrcoef(known.select(names).to_numpy(), rowvar=False))
    pairs = [(names[i], names[j]) for i, j in np.argwhere(np.triu(r, 1) > LIKE)]
    if pairs:
        shown = ", ".join(f"{a} and {b}" for a, b in pairs[:3])
        more = f" and {len(pairs) - 3} more pairs" if len(pairs) > 3 else ""
        what = f"nearly the same but for scale: {shown}{more}"
        yield noted("similar_columns", list(dict.fromkeys(n for pair in pairs for n in pair)), what)
