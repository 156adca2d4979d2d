"""Columns made of others: products, ratios, differences, squares, means by group, days between."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from ..errors import ConfigError, FolderError
from ..table import Column, Kind, Schema
from .base import floats
from .dates import days
from .levels import by_name, codes_of

__all__ = ["FORMULAS", "Formula", "Made", "fit_made", "title", "with_made"]

Formula = tuple[str, ...]  # its name and its columns


class _Form(NamedTuple):
    """A formula: what its column is called, the kinds it takes, why it may be worth making."""

    title: str
    kinds: tuple[Kind, ...]
    reason: str


NUMBERS: tuple[Kind, ...] = ("number", "number")
FORMULAS: Mapping[str, _Form] = {
    "product": _Form("{} × {}", NUMBERS, "numbers that tell most may matter together"),
    "ratio": _Form("{} / {}", NUMBERS, "numbers that tell most may matter relative to each other"),
    "difference": _Form("{} - {}", NUMBERS, "numbers that tell most may matter by their distance"),
    "sum": _Form("{} + {}", NUMBERS, "numbers that tell most may add up"),
    "square": _Form("{}²", ("number",), "numbers of both signs may matter by their size"),
    "mean_by": _Form(
        "mean {} by {}", ("number", "category"), "a group may matter by what is usual in it"
    ),
    "over_mean": _Form(
        "{} over its mean by {}", ("number", "category"),
        "a number may matter beside what is usual in its group",
    ),
    "days_between": _Form("days from {1} to {0}", ("date", "date"), "the days between two dates"),
}  # fmt: skip

MEANS = ("mean_by", "over_mean")
OF_TWO: Mapping[str, np.ufunc] = {
    "product": np.multiply, "ratio": np.divide, "difference": np.subtract, "sum": np.add,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Made:
    """A column made of others.

    Args:
        formula: its name, then the columns.
        levels: of the category of a mean.
        means: of the number among the training rows of each level, then among all.
    """

    formula: Formula
    levels: tuple[str, ...] = ()
    means: tuple[float, ...] = ()

    @property
    def name(self) -> str:
        """What the column is called."""
        return title(self.formula)

    def of(self, frame: pl.DataFrame) -> pl.Series:
        """(N,) numbers, missing where one of its columns is or there is no answer."""
        how, *names = self.formula
        if how == "days_between":
            x = days(frame[names[0]]) - days(frame[names[1]])
        else:
            x = self._number(how, [frame[name] for name in names])
        return pl.Series(self.name, np.where(np.isfinite(x), x, np.nan), nan_to_null=True)

    def _number(self, how: str, columns: Sequence[pl.Series]) -> Any:
        a = floats(columns[0])
        with np.errstate(all="ignore"):
            if how == "square":
                return a * a
            if how in MEANS:
                means = np.array(self.means)[np.maximum(codes_of(columns[1], self.levels), -1)]
                return means if how == "mean_by" else a - means
            return OF_TWO[how](a, floats(columns[1]))

    def state(self) -> dict[str, Any]:
        """JSON-able state."""
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Made":
        """Strict.

        Raises:
            FolderError: fields or a formula that this version does not know.
        """
        known = {field.name for field in fields(cls)}
        if set(state) != known or not state["formula"] or state["formula"][0] not in FORMULAS:
            raise FolderError("the bundle makes a column in a way that this version does not know")
        return cls(**{key: tuple(value) for key, value in state.items()})


def title(formula: Formula) -> str:
    """What a made column is called.

    >>> title(("ratio", "rooms", "people"))
    'rooms / people'
    """
    return FORMULAS[formula[0]].title.format(*formula[1:])


def fit_made(
    frame: pl.DataFrame, schema: Schema, formulas: Sequence[Formula]
) -> tuple[tuple[Made, ...], Schema]:
    """What the formulas make, means learnt from these rows; and the schema with their columns.

    Raises:
        ConfigError: an unknown formula, or columns that are not there or of another kind.
    """
    kinds = {column.name: column.kind for column in schema.columns}
    made = []
    for formula in formulas:
        _check(formula, kinds)
        part = Made(formula=formula)
        if formula[0] in MEANS:
            part = _means(frame, formula)
        if part.name in kinds:
            raise ConfigError("a column is called so already", where=part.name)
        made.append(part)
        kinds[part.name] = "number"
    columns = (*schema.columns, *(Column(part.name, "number") for part in made))
    return tuple(made), Schema(columns, schema.target)


def _means(frame: pl.DataFrame, formula: Formula) -> Made:
    number, group = frame[formula[1]], frame[formula[2]]
    levels = by_name(group)
    code, x = codes_of(group, levels), floats(number)
    known = (code >= 0) & ~np.isnan(x)
    rows = np.bincount(code[known], minlength=len(levels))
    total = np.bincount(code[known], x[known], minlength=len(levels))
    everywhere = float(x[known].mean()) if known.any() else 0.0
    means = np.where(rows > 0, total / np.maximum(rows, 1), everywhere)
    return Made(formula=formula, levels=levels, means=(*means.tolist(), everywhere))


def _check(formula: Formula, kinds: Mapping[str, Kind]) -> None:
    where = "transform.made"
    if not formula or formula[0] not in FORMULAS:
        raise ConfigError(f"no formula {formula[:1]}", where=where, hint=", ".join(FORMULAS))
    wanted = FORMULAS[formula[0]].kinds
    if len(formula) != 1 + len(wanted):
        raise ConfigError(f"{formula[0]} takes {len(wanted)} columns", where=where)
    for name, kind in zip(formula[1:], wanted, strict=True):
        if kinds.get(name) != kind:
            found = kinds.get(name, "no feature")
            raise ConfigError(f"{formula[0]} takes a {kind}, {name!r} is {found}", where=where)


def with_made(frame: pl.DataFrame, made: Sequence[Made]) -> pl.DataFrame:
    """The frame with the made columns beside its own."""
    return frame.with_columns([part.of(frame) for part in made]) if made else frame
