"""What was decided about a table, written down, and replayed on other rows."""

import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Self, get_args, get_origin

import numpy as np
import polars as pl

from ..errors import ConfigError, SchemaError
from ..table import Schema, Table, missing_columns
from .base import NO_DATE, NO_NUMBER, Change, Cleaner, cleaner

__all__ = ["Cleaned", "Plan"]

MAX_UNREADABLE_FRACTION = 0.5
MIN_CELLS = 5
TYPES = {
    "number": pl.Float64(),
    "category": pl.String(),
    "text": pl.String(),
    "date": pl.Datetime("us"),
    "picture": pl.Binary(),
}


@dataclass(frozen=True)
class Plan:
    """Steps in order, and the schema that they lead to.

    Args:
        steps: cleaners with all their decisions made.
        schema: of the features and the target.
    """

    steps: tuple[Cleaner, ...]
    schema: Schema

    def replay(self, table: Table, keep: Sequence[str] = ()) -> Table:
        """Do to new rows what was done in training; no row is dropped and the order stays.

        Cells that cannot be read become missing; ``reading["unreadable"]`` counts them by column.
        Where they are most of at least five, the column is not what it was.

        Args:
            table: raw rows.
            keep: columns beside features and target that are wanted, too.
        Raises:
            SchemaError: a column is missing, or holds something else than in training.
        """
        names = [column.name for column in self.schema.columns]
        missing = [name for name in names if name not in table.columns]
        if missing:
            near = get_close_matches(missing[0], table.columns, n=1, cutoff=0.75)
            hint = f"is {near[0]!r} meant?" if near else "the columns of the training table"
            raise SchemaError(missing_columns(missing), where=table.origin, hint=hint)
        target = self.schema.target
        if target is not None and target.name in table.columns:
            names.append(target.name)
        names += [name for name in keep if name not in names]
        fresh = table.select(names)
        fresh = replace(fresh, frame=self._gaps(plain_types(fresh.frame)))
        unreadable: dict[str, int] = {}
        for step in self.steps:
            if not step.training_only:
                fresh, changes = step.clean(fresh)
                lost = [c for c in changes if c.what in (NO_NUMBER, NO_DATE)]
                unreadable |= {change.column or "": change.cells for change in lost}
        self._check(fresh, unreadable)
        if unreadable:
            fresh = replace(fresh, reading={**fresh.reading, "unreadable": unreadable})
        return fresh

    def _gaps(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Columns of pictures without a single one are columns of pictures."""
        return frame.with_columns(
            series.cast(pl.Binary)
            for series in (frame[c.name] for c in self.schema.columns if c.kind == "picture")
            if series.null_count() == len(series)
        )

    def _check(self, table: Table, unreadable: Mapping[str, int]) -> None:
        found = table.frame.schema
        for column in self.schema.columns:
            if found.get(column.name) != TYPES[column.kind]:
                if column.kind == "picture" or found[column.name] == pl.Binary:
                    problem = f"column {column.name!r} should hold {column.kind}s"
                    raise SchemaError(problem, where=table.origin, hint="as in training")
                raise SchemaError("the plan does not lead to its schema", where=column.name)
            series = table.frame[column.name]
            lost = unreadable.get(column.name, 0)
            filled = lost + len(series) - series.null_count()
            if filled >= MIN_CELLS and lost > MAX_UNREADABLE_FRACTION * filled:
                problem = f"{lost} cells of column {column.name!r} are no {column.kind}s"
                hint = f"in training this column held {column.kind}s"
                raise SchemaError(problem, where=table.origin, hint=hint)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        steps = []
        for step in self.steps:
            values = {field.name: getattr(step, field.name) for field in fields(step)}  # type: ignore[arg-type]
            plain = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
            steps.append({"cleaner": step.name, **plain})
        return {"steps": steps, "schema": self.schema.to_dict()}

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Read what ``to_dict`` wrote; anything else is refused.

        Raises:
            SchemaError: an unknown cleaner or key, or a value of another type.
        """
        if not isinstance(value, dict) or value.keys() != {"steps", "schema"}:
            raise SchemaError("expected exactly the keys steps, schema", where="plan")
        if not isinstance(value["steps"], list):
            raise SchemaError("the steps of a plan are a list", where="plan")
        steps = tuple(_step(step) for step in value["steps"])
        return cls(steps, Schema.from_dict(value["schema"]))


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A table that is ready to be split, and all that was done to it.

    Args:
        table: features, reserved columns and target, typed.
        plan: what to replay at predict time.
        changes: what was done, in order.
        profile: what the table was, as plain JSON values.
    """

    table: Table
    plan: Plan
    changes: tuple[Change, ...]
    profile: dict[str, Any]

    @property
    def rows(self) -> np.ndarray:
        """(n_rows,) int64: where each row stood in the file as read."""
        return self.table.row_numbers


def plain_types(frame: pl.DataFrame) -> pl.DataFrame:
    """Categories as the texts they are."""
    coded = [series for series in frame if series.dtype in (pl.Categorical, pl.Enum)]
    return frame.with_columns([series.cast(pl.String) for series in coded])


def _step(value: object) -> Cleaner:
    if not isinstance(value, dict) or not isinstance(value.get("cleaner"), str):
        raise SchemaError("a step names its cleaner", where="plan")
    try:
        kind = cleaner[value["cleaner"]]
    except ConfigError as error:
        raise SchemaError(error.what, where="plan") from None
    given = {key: item for key, item in value.items() if key != "cleaner"}
    hints = typing.get_type_hints(kind)
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if given.keys() != names:
        expected = ", ".join(sorted(names)) or "no further keys"
        raise SchemaError(f"a step {kind.name!r} has exactly {expected}", where="plan")
    return kind(**{name: _value(given[name], hints[name], name) for name in names})


def _value(value: object, hint: object, name: str) -> object:
    """A JSON value as the field's type; a list becomes a tuple."""
    if get_origin(hint) is tuple and isinstance(value, list):
        if all(type(item) is get_args(hint)[0] for item in value):
            return tuple(value)
    elif get_origin(hint) is dict and isinstance(value, dict):
        key, item = get_args(hint)
        if all(type(k) is key and type(v) is item for k, v in value.items()):
            return value
    elif type(value) is hint:
        return value
    raise SchemaError(f"{name} is of the wrong type", where="plan")
