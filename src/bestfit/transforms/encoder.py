"""All transforms of a table together: which column goes where, fitted once, replayed exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, get_args

import numpy as np
import polars as pl

from ..frames.pictures import resized
from ..table import Kind, Schema
from .base import Array, Fitted, Transform, fitted_from_state, transform
from .categories import Frequency, Index, OneHot
from .dates import Dates
from .pixels import FittedPixels, Grid, Pixels
from .words import Words

__all__ = ["Encoder", "Features", "Layout", "Places", "fit_encoder"]


MAX_COARSE = 300  # columns of a picture
NOWHERE = np.zeros(0, np.int64)
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
    """Fitted transforms in order, and the layout of what they give."""

    parts: tuple[Fitted, ...]
    layout: Layout

    def apply(self, frame: pl.DataFrame) -> Features:
        """Encode the rows of a cleaned table."""
        dense, codes, pixels = (
            [part.apply(frame) for part in self.parts if part.gives == kind]
            for kind in ("dense", "codes", "pixels")
        )
        n = frame.height
        return Features(
            np.concatenate(dense, axis=1) if dense else np.zeros((n, 0), np.float32),
            np.concatenate(codes, axis=1) if codes else np.zeros((n, 0), np.int64),
            pixels[0] if pixels else None,
        )

    def places(self, column: str) -> "Places":
        """Where in the features a column of the table stands."""
        return Places(
            *(
                np.flatnonzero(
                    [
                        part.columns[i] == column
                        for part in self.parts if part.gives == kind
                        for i in part.owners
                    ]
                )
                for kind in Places._fields
            )
        )  # fmt: skip

    def state(self) -> dict[str, Any]:
        """JSON-able state."""
        return {"parts": [part.state() for part in self.parts], "edges": self.layout.edges}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Encoder":
        """The same encoder back from its state."""
        parts = tuple(fitted_from_state(part) for part in state["parts"])
        return cls(parts, _layout(parts, tuple(tuple(edges) for edges in state["edges"])))


def fit_encoder(
    frame: pl.DataFrame, schema: Schema, *, scale: str, max_levels: int, bins: int, side: int = 64
) -> Encoder:
    """Choose a transform for each column by its kind, and fit it.

    Args:
        frame: training rows of a cleaned table.
        schema: its feature columns.
        scale: name of the scaler of number columns.
        max_levels: a category with more levels is embedded instead of one-hot encoded.
        side: of pictures, as in the transform ``pixels``.
        bins: most bins of a number's piecewise-linear encoding; 0 turns it off.
    """
    by_kind: dict[Kind, list[str]] = {kind: [] for kind in get_args(Kind)}
    for column in schema.columns:
        by_kind[column.kind].append(column.name)
    few: list[str] = []
    many: list[str] = []
    for name in by_kind["category"]:
        (few if frame[name].n_unique() <= max_levels else many).append(name)
    wanted: list[tuple[Transform, list[str]]] = [
        (transform[scale](), by_kind["number"]),
        (OneHot(), few),
        (Frequency(), many),
        (Index(), many),
        (Dates(), by_kind["date"]),
        (Words(), by_kind["text"]),
        (Pixels(side=side), by_kind["picture"]),
    ]
    parts = tuple(part.fit(frame, columns) for part, columns in wanted if columns)
    edges: list[tuple[float, ...]] = []
    for part in parts:
        if part.gives == "dense":
            values = part.apply(frame)
            edges += [
                bin_edges(values[:, i], bins) if continuous and bins else ()
                for i, continuous in enumerate(part.continuous)
            ]
    return Encoder(parts, _layout(parts, tuple(edges)))


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
