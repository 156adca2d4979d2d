"""The way of a table through all cleaners, once."""

from dataclasses import replace
from typing import NamedTuple

import polars as pl

from ..errors import SchemaError
from ..table import Column, Schema, Table, missing_columns
from .base import Change, Cleaner, Settings, cleaner
from .plan import Cleaned, Plan, plain_types
from .profile import kind_of, profile
from .target import Question, ask, find_column, make_target

__all__ = ["prepare"]

DEFAULT = Settings()
ASKED_BEFORE = "numbers"
TYPED_AFTER = "labels"


def prepare(table: Table, target: str | None = None, settings: Settings = DEFAULT) -> Cleaned:
    """Decide once how a table is cleaned, do it, and write it down.

    Args:
        table: as read.
        target: the column to predict; None takes that of the table, if it has one, or else looks
            at the columns only.
        settings: what may be done.
    Raises:
        TargetError: the target cannot be learnt.
        SchemaError: a column that the settings name is missing, or no feature is left.

    >>> table = Table.of({"size": ["1", "2", "?", "4"], "sold": ["no", "yes", "no", "yes"]})
    >>> cleaned = prepare(table, "sold")
    >>> cleaned.plan.schema.columns, cleaned.table.frame["size"].to_list()
    ((Column(name='size', kind='number'),), [1.0, 2.0, None, 4.0])
    """
    target = target or (None if table.target in settings.drop else table.target)
    name = None if target is None else find_column(table, target)
    way = _walk(table, name, _checked(table, name, settings))
    frame = way.cleaned.frame
    asked = None if name is None or way.question is None else way.question
    goal = None if name is None or asked is None else make_target(frame[name], asked.task)
    features = [n for n in frame.columns if n != name and n not in settings.reserve]
    if not features:
        raise SchemaError("no column is left to learn from", where=table.origin)
    schema = Schema(tuple(Column(n, kind_of(frame[n])) for n in features), goal)
    plan = Plan(tuple(way.steps), schema)
    cleaned = Cleaned(way.cleaned, plan, tuple(way.changes), {})
    reason = asked.reason if asked else None
    return replace(cleaned, profile=profile(table, way.typed, cleaned, reason, settings))


class _Way(NamedTuple):
    """Where a table arrived, and how: ``typed`` still holds all rows and columns."""

    typed: Table
    cleaned: Table
    steps: list[Cleaner]
    changes: list[Change]
    question: Question | None


def _walk(table: Table, target: str | None, settings: Settings) -> _Way:
    work = replace(table, frame=plain_types(table.frame), rows=table.row_numbers)
    typed, question = work, None
    steps: list[Cleaner] = []
    changes: list[Change] = []
    for stage, kind in cleaner.items():
        if stage == ASKED_BEFORE and target is not None:
            question = ask(work.frame[target], settings.task)
            settings = replace(settings, task=question.task)
        for step in kind.propose(work, target, settings):
            work, done = step.clean(work)
            steps.append(step)
            changes += done
        if stage == TYPED_AFTER:
            typed = work
    return _Way(typed, work, steps, changes, question)


def _checked(table: Table, target: str | None, settings: Settings) -> Settings:
    """The settings, if the table has their columns; columns of categories and truths are codes."""
    named = (*settings.drop, *settings.keep, *settings.reserve, *settings.categories)
    missing = [name for name in dict.fromkeys(named) if name not in table.columns]
    if missing:
        raise SchemaError(missing_columns(missing), where=table.origin)
    if target in settings.drop or target in settings.reserve:
        raise SchemaError("the target cannot be left out or reserved", where=str(target))
    coded = [
        name
        for name, dtype in table.frame.schema.items()
        if dtype in (pl.Categorical, pl.Enum, pl.Boolean) and name != target
    ]
    return replace(settings, categories=tuple(dict.fromkeys((*settings.categories, *coded))))
