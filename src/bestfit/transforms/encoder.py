"""All transforms of a table together: which column goes where, fitted once, replayed exactly."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from ..errors import ConfigError, SchemaError
from ..frames.pictures import resized
from ..table import Schema
from .base import Array, Fitted, Transform, fitted_from_state, transform
from .choice import DEFAULT, Encoding, choose, imputer_of
from .impute import Imputer
from .made import Made, fit_made, with_made
from .pixels import FittedPixels, Grid
from .scaling import Scaler
from .scikit_learn import ScikitLearn

__all__ = ["Encoder", "Features", "Layout", "Places", "fit_encoder"]


MAX_COARSE = 300  # columns of a picture
NOWHERE = np.zeros(0, np.int64)
BLOCK = 8192  # rows that are encoded at a time: they stay in the cache
FOLDS = 5
MAX_EDGE_ROWS = 200_000  # that bin edges are taken from
DISTINCT = 3  # times as many distinct values as bins still have an edge each


@dataclass(frozen=True)
class Layout:
    """What a network must know of its inputs.

    Args:
        names: of the dense columns.
        edges: for each dense column, ascending bin edges of its piecewise-linear encoding;
            empty for a switch.
        levels: for each code column, how many values it can take.
        grid: of the pictures; None without any.
    """

    names: tuple[str, ...]
    edges: tuple[tuple[float, ...], ...]
    levels: tuple[int, ...]
    grid: Grid | None = None

    @property
    def n_encoded(self) -> int:
        """Numbers of a row once the continuous ones are encoded piecewise linearly."""
        pixels = 0 if self.grid is None else self.grid.size
        return pixels + len(self.names) + sum(max(0, len(edges) - 1) for edges in self.edges)

    def without_grid(self) -> "Layout":
        """The same without its pictures."""
        return replace(self, grid=None)


@dataclass(frozen=True)
class Features:
    """A table as numbers.

    Args:
        dense: (N, F) float32, no NaN.
        codes: (N, C) int64.
        pixels: (N, C, H, W) uint8; None without pictures.
    """

    dense: Array
    codes: Array
    pixels: Array | None = None

    def __len__(self) -> int:
        return len(self.dense)

    @property
    def arrays(self) -> tuple[Array, ...]:
        """Pixels, if there are any, dense, codes: the inputs of a network."""
        numbers = (self.dense, self.codes)
        return numbers if self.pixels is None else (self.pixels, *numbers)

    def take(self, rows: Array) -> "Features":
        """The rows at these positions, in this order."""
        pixels = None if self.pixels is None else self.pixels[rows]
        return Features(self.dense[rows], self.codes[rows], pixels)

    def tabular(self) -> "Features":
        """Pictures as a few hundred dense columns, for models that know nothing of pictures."""
        if self.pixels is None:
            return self
        n, channels, height, width = self.pixels.shape
        side = int(np.sqrt(MAX_COARSE / channels))
        ratio = np.sqrt(height / width)
        down, right = (max(1, min(round(s), most)) for s, most in (
            (side * ratio, height), (side / ratio, width)
        ))  # fmt: skip
        coarse = resized(np.moveaxis(self.pixels, 1, 3), down, right)
        dense = coarse.reshape(n, -1).astype(np.float32)
        return Features(np.concatenate([self.dense, dense], axis=1), self.codes)


class Places(NamedTuple):
    """Positions of dense and of code columns, and of channels, among the features."""

    dense: Array
    codes: Array
    pixels: Array = NOWHERE


@dataclass(frozen=True)
class Encoder:
    """Fitted transforms in order, the layout of what they give, and columns made before."""

    parts: tuple[Fitted, ...]
    layout: Layout
    made: tuple[Made, ...] = ()

    def apply(self, frame: pl.DataFrame) -> Features:
        """Encode the rows of a cleaned table, block by block into one place."""
        n = frame.height
        dense = np.empty((n, len(self.layout.names)), np.float32)
        codes = np.empty((n, len(self.layout.levels)), np.int64)
        pixels = None
        for part in self.parts:
            if part.gives == "pixels":
                pixels = part.empty(n)
                part.fill(frame, pixels)
        for first in range(0, n, BLOCK):
            block, at = with_made(frame.slice(first, BLOCK), self.made), {"dense": 0, "codes": 0}
            for part in self.parts:
                if part.gives != "pixels":
                    begin, width = at[part.gives], len(part.outputs)
                    room = dense if part.gives == "dense" else codes
                    part.fill(block, room[first : first + BLOCK, begin : begin + width])
                    at[part.gives] = begin + width
        return Features(dense, codes, pixels)

    def places(self, column: str) -> "Places":
        """Where in the features a column of the table stands."""
        return Places(
            *(
                np.flatnonzero(
                    [
                        hangs
                        for part in self.parts if part.gives == kind
                        for hangs in part.hangs_on(column)
                    ]
                )
                for kind in Places._fields
            )
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """JSON-able state."""
        return {
            "parts": [part.state() for part in self.parts],
            "edges": self.layout.edges,
            "made": [made.state() for made in self.made],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Encoder":
        """The same encoder back from its state."""
        parts = tuple(fitted_from_state(part) for part in state["parts"])
        layout = _layout(parts, tuple(tuple(edges) for edges in state["edges"]))
        return cls(parts, layout, tuple(map(Made.from_state, state["made"])))


def fit_encoder(
    frame: pl.DataFrame,
    schema: Schema,
    wanted: Encoding = DEFAULT,
    *,
    y: Array | None = None,
    folds: Callable[[], Array] | None = None,
) -> tuple[Encoder, Features]:
    """Choose transforms for each column, and fit them.

    Args:
        frame: training rows of a cleaned table.
        schema: its feature columns.
        wanted: what is asked for.
        y: (N,) class index or amount; what learns from the target needs it.
        folds: draws (N,) the fold of each row, from 0: what learns from the target gives a row
            what it learnt from the other folds. None, or a single one, takes every fifth row.
    Returns:
        the encoder, and the training rows encoded.
    """
    made, schema = fit_made(frame, schema, wanted.made or ())
    frame = with_made(frame, made)
    groups: dict[Transform, list[str]] = {}
    for choice in choose(frame, schema, wanted):
        for part in choice.transforms:
            groups.setdefault(part, []).append(choice.column)
    order = {name: place for place, name in enumerate(transform)}
    ranked = sorted(groups.items(), key=lambda item: order.get(item[0].name, len(order)))
    imputer = imputer_of(wanted)
    parts = tuple(_learnt(part, frame, columns, y, imputer) for part, columns in ranked)
    features = Encoder(parts, _layout(parts, ())).apply(frame)
    wanting = [part for part, _ in ranked]
    if y is not None and any(part.needs_target for part in wanting):
        fold = np.zeros(frame.height, np.int64) if folds is None else folds()
        if not fold.any():
            fold = np.arange(frame.height) % FOLDS
        _cross(features, wanting, parts, frame, y, fold)
    edges = _edges(parts, features, wanted.bins or 0)
    return Encoder(parts, _layout(parts, edges), made), features


def _learnt(
    part: Transform, frame: pl.DataFrame, columns: Sequence[str], y: Array | None, imputer: Imputer
) -> Fitted:
    if isinstance(part, Scaler):
        return part.learn(frame, columns, y, imputer=imputer)
    if not isinstance(part, ScikitLearn):
        return part.learn(frame, columns, y)
    try:
        return part.learn(frame, columns, y, imputer=imputer)
    except SchemaError as error:
        raise ConfigError(error.what, where=", ".join(columns[:5]), hint=error.hint) from None


def _cross(
    features: Features,
    wanted: Sequence[Transform],
    parts: Sequence[Fitted],
    frame: pl.DataFrame,
    y: Array,
    fold: Array,
) -> None:
    """Training rows must not see their own target."""
    at = 0
    for part, fitted in zip(wanted, parts, strict=True):
        width = len(fitted.outputs) if fitted.gives == "dense" else 0
        if part.needs_target:
            features.dense[:, at : at + width] = part.cross(frame, fitted, y, fold)
        at += width


def _edges(parts: Sequence[Fitted], features: Features, bins: int) -> tuple[tuple[float, ...], ...]:
    """Of each dense column."""
    measured = [c for part in parts if part.gives == "dense" for c in part.continuous]
    some = features.dense[:: -(-max(len(features), 1) // MAX_EDGE_ROWS)]
    return tuple(
        bin_edges(some[:, i], bins) if continuous and bins else ()
        for i, continuous in enumerate(measured)
    )


def bin_edges(values: Array, bins: int) -> tuple[float, ...]:
    """Distinct bin edges; empty where fewer than two bins remain.

    A column of few distinct values has an edge at each of them, so that any of them can be told
    apart. Of the others half of the edges are quantiles of the rows, half are quantiles of the
    distinct values: where one value fills most rows the rare ones still get bins.

    >>> bin_edges(np.arange(4, dtype=np.float32), bins=4), bin_edges(np.arange(17.0), bins=4)
    ((0.0, 1.0, 2.0, 3.0), (0.0, 8.0, 16.0))
    """
    if not len(values):
        return ()
    distinct = np.unique(values)
    if len(distinct) <= DISTINCT * bins:
        edges = distinct
    else:
        levels = np.linspace(0, 1, bins // 2 + 1)
        both = [np.quantile(values, levels), np.quantile(distinct, levels)]
        edges = np.unique(np.concatenate(both).astype(np.float32))
    return tuple(float(e) for e in edges) if len(edges) > 2 else ()


def _layout(parts: tuple[Fitted, ...], edges: tuple[tuple[float, ...], ...]) -> Layout:
    names = tuple(name for part in parts if part.gives == "dense" for name in part.outputs)
    levels = tuple(n for part in parts for n in part.levels)
    grids = [part.grid for part in parts if isinstance(part, FittedPixels)]
    return Layout(names, edges, levels, *grids)
