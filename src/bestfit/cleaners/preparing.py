"""The way of a table through all cleaners, once."""

from dataclasses import replace
from typing import cast

import polars as pl

from ..errors import SchemaError, TargetError
from ..table import Column, Kind, Schema, Table, Target
from .base import Change, Cleaner, Settings, cleaner
from .plan import Cleaned, Plan, plain_types
from .profile import kind_of, profile
from .target import Question, ask, find_column, make_target

__all__ = ["prepare"]

ASK_BEFORE = "numbers"
TYPED_AFTER = "labels"


def prepare(table: Table, target: str | None = None, settings: Settings = Settings()) -> Cleaned:
    """Decide once how a table is cleaned, do it, and write it down.

    Args:
        table: as read.
        target: the column to predict; None profiles only.
        settings: what may be done.
    Raises:
        TargetError: the target cannot be learnt.
        SchemaError: a column that the settings name is missing, or no feature is left.

    >>> table = Table.of({"size": ["1", "2", "?", "4"], "sold": ["no", "yes", "no", "yes"]})
    >>> cleaned = prepare(table, "sold")
    >>> [(column.name, column.kind) for column in cleaned.plan.schema.columns]
    [('size', 'number')]
    """
    name = None if target is None else find_column(table, target)
    settings = _with_codes(table, name, settings)
    work = replace(table, frame=plain_types(table.frame), rows=table.row_numbers)
    typed, question = work, None
    steps: list[Cleaner] = []
    changes: list[Change] = []
    for stage, kind in cleaner.items():
        if stage == ASK_BEFORE and name is not None:
            question = ask(work.frame[name], settings.task)
            settings = replace(settings, task=question.task)
        for step in kind.propose(work, name, settings):
            work, done = step.clean(work)
            steps.append(step)
            changes += done
        if stage == TYPED_AFTER:
            typed = work
    return _cleaned(table, typed, work, steps, changes, name, question, settings)


def _with_codes(table: Table, target: str | None, settings: Settings) -> Settings:
    """Columns whose type says that their values are categories keep them, numbers or not."""
    coded = [
        name
        for name, dtype in table.frame.schema.items()
        if dtype in (pl.Categorical, pl.Enum, pl.Boolean) and name != target
    ]
    for name in (*settings.drop, *settings.keep, *settings.reserve, *settings.categories):
        if name == target:
            raise TargetError("the target cannot be a setting's column too", where=name)
    return replace(settings, categories=tuple(dict.fromkeys((*settings.categories, *coded))))


def _cleaned(
    source: Table,
    typed: Table,
    work: Table,
    steps: list[Cleaner],
    changes: list[Change],
    name: str | None,
    question: Question | None,
    settings: Settings,
) -> Cleaned:
    target: Target | None = None
    if name is not None and question is not None:
        target = make_target(work.frame[name], question.task)
    features = [n for n in work.columns if n != name and n not in settings.reserve]
    if not features:
        raise SchemaError("no column is left to learn from", where=source.origin)
    columns = tuple(Column(n, cast(Kind, kind_of(work.frame[n]))) for n in features)
    facts = profile(
        source,
        typed,
        work,
        target,
        question.reason if question else None,
        columns,
        tuple(changes),
        settings,
    )
    return Cleaned(work, Plan(tuple(steps), Schema(columns, target)), tuple(changes), facts)
