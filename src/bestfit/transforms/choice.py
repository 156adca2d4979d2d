"""Which transforms a column gets, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from ..errors import ConfigError
from ..table import Column, Kind, Schema
from .affine import Robust
from .base import Transform, transform
from .dates import Dates
from .frequency import Frequency
from .impute import Imputer
from .index import Index
from .one_hot import OneHot
from .pixels import Pixels
from .power import Power
from .quantile import Quantile
from .scaling import Scaler
from .scikit_learn import ScikitLearn
from .scikit_text import is_scikit, transformer_of

__all__ = ["Choice", "Encoding", "choose", "imputer_of"]

CLIP = 3.0  # what outliers approach under the robust scaler
EDGE = 1e-3  # of ranks: ±3.09 standard deviations
MAX_ROWS = 100_000  # that quantiles and exponents are taken from


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """How columns become numbers.

    A transformer of scikit-learn may stand wherever a component does, but for ``impute``: as text,
    ``"sklearn.preprocessing.KBinsDiscretizer(n_bins=4)"``, which ``bestfit.transforms.written``
    tells of an object. Columns that have the same go through it together.

    Args:
        impute: a component of ``bestfit.transforms`` for missing numbers; each column that had
            some in training gets a flag beside.
        scale: one that scales number columns.
        encode: one for categories; None: one-hot for few levels, and for many a learned embedding
            beside their frequency.
        text: one for free text.
        columns: one for each column that is to be treated otherwise, by name.
        made: columns made of others, each a formula and its columns, for instance
            ``["ratio", "rooms", "people"]``; formulas are product, ratio, difference, sum, square,
            mean_by, over_mean and days_between. None proposes some, and keeps those that help on
            the validation rows.
        max_levels: a category with at most so many levels is one-hot encoded; ≥ 2.
        bins: quantile bins of the piecewise-linear encoding of a number; 0 turns it off.
        side: pictures of many sizes, or of larger ones, get as many pixels as a square of this
            side has; 8 to 512. More than 96 needs the same option of the source.
    """

    impute: str = "median"
    scale: str = "quantile"
    encode: str | None = None
    text: str = "words"
    columns: dict[str, str] = field(default_factory=dict)
    made: tuple[tuple[str, ...], ...] | None = None
    max_levels: int = 50
    bins: int | None = None
    side: int = 64


DEFAULT = Encoding()


class Choice(NamedTuple):
    """What a column gets.

    Args:
        column: its name.
        transforms: whose outputs stand side by side.
        reason: a plain sentence.
    """

    column: str
    transforms: tuple[Transform, ...]
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Plain JSON values."""
        names = [part.name for part in self.transforms]
        return {"column": self.column, "transforms": names, "reason": self.reason}


def choose(frame: pl.DataFrame, schema: Schema, wanted: Encoding = DEFAULT) -> list[Choice]:
    """A choice for each feature of a schema.

    Args:
        frame: the rows that teach.
        schema: its feature columns.
        wanted: what is asked for.
    Raises:
        ConfigError: a transform does not take what a column holds, or a column is not there.

    >>> schema = Schema((Column("age", "number"), Column("town", "category")))
    >>> rows = pl.DataFrame({"age": [1.0, 2.0], "town": ["a", "b"]})
    >>> [[t.name for t in choice.transforms] for choice in choose(rows, schema)]
    [['quantile'], ['one_hot']]
    """
    _check(schema, wanted)
    return [_choice(frame, column, wanted) for column in schema.columns]


def _choice(frame: pl.DataFrame, column: Column, wanted: Encoding) -> Choice:
    name = wanted.columns.get(column.name)
    if name is not None:
        return Choice(column.name, (built(name, wanted, column.kind),), f"as asked: {name}")
    match column.kind:
        case "number":
            gaps = f"gaps filled with the {wanted.impute.replace('_', ' ')} and flagged; "
            gaps = "" if is_scikit(wanted.scale) else gaps
            how = SCALES.get(wanted.scale, f"as asked: {wanted.scale}")
            return Choice(column.name, (built(wanted.scale, wanted),), gaps + how)
        case "date":
            return Choice(column.name, (Dates(),), "the day as a number, and its cycles")
        case "text":
            reason = "free text: its words are hashed" if wanted.text == "words" else wanted.text
            return Choice(column.name, (built(wanted.text, wanted, "text"),), reason)
        case "picture":
            return Choice(column.name, (Pixels(side=wanted.side),), "pictures of one size")
    if wanted.encode is not None:
        made = built(wanted.encode, wanted, "category")
        return Choice(column.name, (made,), f"as asked: {wanted.encode}")
    levels = frame[column.name].n_unique()
    if levels <= wanted.max_levels:
        return Choice(
            column.name, (OneHot(),), f"at most {wanted.max_levels} levels: a switch for each"
        )
    return Choice(
        column.name,
        (Frequency(), Index()),
        f"more than {wanted.max_levels} levels: a learned embedding, and how common they are",
    )


SCALES = {
    "quantile": "ranks made normal, against outliers and skew",
    "standard": "mean 0, standard deviation 1",
    "min_max": "the training range made 0 to 1",
    "max_abs": "divided by the largest size",
    "robust": "median 0, interquartile range 1, outliers clipped smoothly",
    "power": "the exponent that makes it most like a normal distribution",
    "bins": "the number of its bin",
    "none": "left as they are",
}


def built(name: str, wanted: Encoding, kind: Kind = "number") -> Transform:
    """A component with the hyper-parameters that suit networks, for columns of a kind."""
    if is_scikit(name):
        return ScikitLearn(text=name, holds=kind)
    if name == "quantile":
        return Quantile(edge=EDGE, middle=True, max_rows=MAX_ROWS)
    if name == "robust":
        return Robust(clip=CLIP)
    if name == "power":
        return Power(max_rows=MAX_ROWS)
    if name == "pixels":
        return Pixels(side=wanted.side)
    cls = transform[name]
    return cls(flag=True) if issubclass(cls, Imputer) else cls()


def imputer_of(wanted: Encoding) -> Imputer:
    """The component that fills gaps of numbers."""
    if is_scikit(wanted.impute):
        raise ConfigError(
            "an imputer of scikit-learn stands before a scaler of its own",
            where="transform.impute",
            hint="transform.scale with a sklearn.pipeline.Pipeline of both",
        )
    cls = transform[wanted.impute]
    if not issubclass(cls, Imputer):
        raise ConfigError(f"{wanted.impute!r} does not impute", hint=_able(Imputer))
    return cls(flag=True)


def _check(schema: Schema, wanted: Encoding) -> None:
    imputer_of(wanted)
    if not is_scikit(wanted.scale) and not issubclass(transform[wanted.scale], Scaler):
        raise ConfigError(f"{wanted.scale!r} does not scale numbers", hint=_able(Scaler))
    _takes("transform.scale", wanted.scale, "number")
    if wanted.encode is not None:
        _takes("transform.encode", wanted.encode, "category")
    _takes("transform.text", wanted.text, "text")
    kinds = {column.name: column.kind for column in schema.columns}
    for column, name in wanted.columns.items():
        where = f"transform.columns.{column}"
        if column not in kinds:
            names: Sequence[str] = list(kinds)[:8]
            raise ConfigError("no feature is called so", where=where, hint=", ".join(names))
        _takes(where, name, kinds[column])


def _takes(where: str, name: str, kind: Kind) -> None:
    """Refuse what does not take a kind of columns."""
    if is_scikit(name):
        transformer_of(name, where)
    if kind not in (ScikitLearn if is_scikit(name) else transform[name]).takes:
        able = ", ".join(n for n, cls in transform.items() if kind in cls.takes)
        raise ConfigError(f"{name!r} does not take a {kind}", where=where, hint=able)


def _able(base: type) -> str:
    return ", ".join(name for name, cls in transform.items() if issubclass(cls, base))
