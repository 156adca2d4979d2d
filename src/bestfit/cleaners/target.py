"""What is asked: classes or a number, decided with a reason."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import get_args

import polars as pl

from ..errors import TargetError
from ..table import Table, Target, Task
from .counts import counts_of, ranked
from .labels import merges
from .moments import forms_of
from .numerals import Numerals, numerals_of, to_numbers
from .texts import to_texts

__all__ = ["Question", "ask", "find_column", "make_target"]

MAX_CODES = 20
MIN_HILL = 7
MIN_ROWS_PER_CODE = 5
MAX_OWN_FRACTION = 0.5
MIN_CLASSES_TO_DOUBT = 6
MAX_CLASSES = 1000
MAX_SIZE = 1e100
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
AMOUNTS = frozenset(
    ("rating", "ratings", "score", "quality", "count", "counts", "age", "price", "amount", "cost",
     "sales", "years", "days", "hours", "minutes", "stars", "points", "size", "rings", "demand",
     "visits", "qty", "quantity", "total", "income", "salary", "duration", "num", "likes")
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """The task, and why it is this one."""

    task: Task
    reason: str


def find_column(table: Table, name: str) -> str:
    """The column that is meant.

    Raises:
        TargetError: there is none; near names are offered.
    """
    renamed = table.reading.get("renamed")
    news = {old: new for new, old in renamed.items()} if isinstance(renamed, dict) else {}
    for candidate in (name, name.strip(), news.get(name)):
        if candidate in table.columns:
            return candidate
    folded = {column.casefold(): column for column in table.columns}
    near = get_close_matches(name.casefold().strip(), folded, n=2, cutoff=0.5)
    shown = " or ".join(repr(folded[key]) for key in near)
    hint = f"did you mean {shown}?" if near else f"one of {', '.join(table.columns[:8])}"
    raise TargetError(f"no column {name!r}", where=table.origin, hint=hint)


def ask(series: pl.Series, wanted: str | None) -> Question:
    """What kind of answer a column asks for.

    Args:
        series: the target after blanks and markers were cleaned.
        wanted: a task that the user named; it is taken if the column allows it.
    Raises:
        TargetError: the column cannot be learnt.
    """
    filled = series.drop_nulls()
    if not len(filled):
        raise TargetError("every cell of the target is missing", where=series.name)
    if filled.n_unique() == 1:
        raise TargetError(
            f"the target has one value only, {str(filled[0])[:40]!r}", where=series.name
        )
    if wanted is not None:
        return _wanted(filled, wanted)
    if filled.dtype.is_temporal() or (filled.dtype == pl.String and forms_of(filled)):
        problem = "the target is a date, and only numbers and classes can be predicted"
        raise TargetError(problem, where=series.name, hint="the days until it, as a number")
    numbers = _as_numbers(filled)
    if numbers is None:
        return _words(filled)
    return _numbers(series.name, numbers)


def _wanted(filled: pl.Series, wanted: str) -> Question:
    names = (*get_args(Task), "classification")
    if wanted not in names:
        raise TargetError(f"no task is called {wanted!r}", hint=", ".join(names))
    if wanted == "regression":
        read = to_numbers(filled, _numerals(filled)).is_not_null().mean()
        if not isinstance(read, float) or read < 0.5:
            problem = "regression needs numbers, and most cells of the target are none"
            raise TargetError(problem, where=filled.name, hint="task multiclass")
        return Question("regression", "asked for")
    values = filled.n_unique()
    labels = set(to_texts(filled).to_list())
    if wanted == "binary" and values > 2 and len(labels - merges_of(filled)) > 2:
        raise TargetError(f"a binary target has 2 classes, not {values}", where=filled.name)
    return Question("binary" if values == 2 else "multiclass", "asked for")


def merges_of(filled: pl.Series) -> set[str]:
    """Labels that are other spellings of more frequent ones."""
    counts = ranked(to_texts(filled)).head(MAX_CLASSES)
    return set(merges(dict(counts.iter_rows())))


def _as_numbers(filled: pl.Series) -> pl.Series | None:
    """The target as numbers; None if it holds words or codes."""
    if filled.dtype == pl.String:
        style = numerals_of(filled)
        return None if style is None else to_numbers(filled, style).drop_nulls()
    if filled.dtype.is_numeric():
        return filled.cast(pl.Float64)
    return None


def _numerals(filled: pl.Series) -> Numerals:
    return (numerals_of(filled) if filled.dtype == pl.String else None) or Numerals()


def _words(filled: pl.Series) -> Question:
    texts = to_texts(filled)
    values = texts.n_unique()
    own = values >= MIN_CLASSES_TO_DOUBT and values > MAX_OWN_FRACTION * len(filled)
    if own or values > MAX_CLASSES:
        problem = f"the target has {values} different texts in {len(filled)} rows"
        hint = "a column whose values repeat, or a number"
        raise TargetError(problem, where=filled.name, hint=hint)
    values -= len(merges_of(filled)) if values <= MAX_CLASSES else 0
    return Question("binary" if values == 2 else "multiclass", f"the target holds {values} labels")


def _numbers(name: str, numbers: pl.Series) -> Question:
    """Few whole numbers may be codes of classes or amounts; the shape of their counts tells."""
    counts = counts_of(numbers).sort("value")
    values, rows = counts["value"], counts["rows"]
    if len(values) == 2:
        return Question("binary", "the target holds two numbers")
    if not (values == values.floor()).all():
        return Question("regression", "the target holds numbers with fractions")
    if len(values) > MAX_CODES:
        return Question("regression", f"the target holds {len(values)} different numbers")
    low, high = int(values[0]), int(values[-1])
    listed = f"the whole numbers {low} to {high}"
    if AMOUNTS & {word.lower() for word in WORD.findall(name)}:
        return Question("regression", f"the target holds {listed}, and its name means an amount")
    if len(values) >= MIN_HILL and len(numbers) < MIN_ROWS_PER_CODE * len(values):
        return Question(
            "regression", f"the target holds {listed}, too few rows of each for classes"
        )
    gapless = high - low + 1 == len(values)
    if not gapless and len(values) > 4:
        return Question("regression", f"the target holds {listed} with gaps, as amounts do")
    if gapless and low not in (-1, 0, 1) and len(values) > 4:
        return Question("regression", f"the target holds {listed}: codes would start at 0 or 1")
    if len(values) >= MIN_HILL and _one_hill(rows.to_list()):
        return Question("regression", f"the target holds {listed}, most of them in one hill")
    return Question("multiclass", f"the target holds {listed}, few enough to be classes")


def _one_hill(rows: list[int]) -> bool:
    """Counts that rise to one top and fall again, the top well above the feet."""
    top = rows.index(max(rows))
    rising = all(a <= b for a, b in pairwise(rows[: top + 1]))
    falling = all(a >= b for a, b in pairwise(rows[top:]))
    return rising and falling and max(rows) > 5 * min(rows)


def make_target(series: pl.Series, task: Task) -> Target:
    """The target of a schema, with its classes in order.

    Raises:
        TargetError: after cleaning, fewer than two classes are left, or numbers are too large or
            too small for their squares.
    """
    if task == "regression":
        if series.n_unique() < 2:
            raise TargetError("the target has one value only", where=series.name)
        largest = pl.Series([series.abs().max()]).cast(pl.Float64)[0]
        if not 1 / MAX_SIZE <= largest <= MAX_SIZE:
            problem = f"numbers of the size of {largest:.3g} cannot be squared"
            raise TargetError(problem, where=series.name, hint="other units, or its logarithm")
        return Target(series.name, task)
    labels = series.unique().to_list()
    if len(labels) < 2:
        raise TargetError(f"the target has one class only, {labels[:1]}", where=series.name)
    numbers = pl.Series(labels).cast(pl.Float64, strict=False)
    if numbers.is_finite().fill_null(False).all():
        labels = [label for _, label in sorted(zip(numbers, labels, strict=True))]
    else:
        labels.sort()
    return Target(series.name, "binary" if len(labels) == 2 else "multiclass", tuple(labels))
