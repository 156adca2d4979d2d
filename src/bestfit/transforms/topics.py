"""Free text to a few numbers: hashed words, pairs and letter triples, weighed, projected.

Latent semantic analysis: Deerwester et al., J. Am. Soc. Inf. Sci. 41, 1990.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform
from .words import lengths, placed, tokens_of

__all__ = ["FittedTopics", "Topics"]

BLOCK = 4096  # texts whose counts are in memory at a time
MAX_ROWS = 50_000  # that the projection is learnt from


@dataclass(frozen=True, kw_only=True)
class FittedTopics(Fitted):
    """A projection of weighed counts.

    Args:
        buckets: places that n-grams are hashed to.
        weights: for each column, for each place: its inverse document frequency.
        axes: for each column, for each output: a number for each place.
        spread: for each column, for each output: what it is divided by.
        mean: of log(1 + length), by column.
        deviation: its standard deviation, by column.
    """

    kind: ClassVar[str] = "topics"
    buckets: int
    weights: tuple[tuple[float, ...], ...]
    axes: tuple[tuple[tuple[float, ...], ...], ...]
    spread: tuple[tuple[float, ...], ...]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        at = 0
        for i, column in enumerate(self.columns):
            out[:, at] = (lengths(frame[column]) - self.mean[i]) / self.deviation[i]
            axes = np.array(self.axes[i]).reshape(-1, self.buckets)
            scaled = axes / np.array(self.spread[i]).reshape(-1, 1)
            for first in range(0, frame.height, BLOCK):
                cells = frame[column].slice(first, BLOCK)
                x = counts(cells, self.buckets, np.array(self.weights[i]))
                # Summed place by place: a matrix product rounds a row by its neighbours.
                part = np.einsum("np,kp->nk", x, scaled)
                out[first : first + BLOCK, at + 1 : at + 1 + len(axes)] = part
            at += 1 + len(axes)

    @property
    def owners(self) -> tuple[int, ...]:
        return tuple(i for i, axes in enumerate(self.axes) for _ in range(1 + len(axes)))

    @property
    def continuous(self) -> tuple[bool, ...]:
        return (True,) * len(self.outputs)


@transform("topics")
@dataclass(frozen=True, kw_only=True)
class Topics(Transform):
    """Words, pairs of words and letter triples, hashed, weighed by how rare they are, projected
    on the directions in which training texts differ most (truncated SVD).

    Args:
        n_topics: numbers a column; ≥ 1.
        buckets: places that n-grams are hashed to; > n_topics.
    """

    n_topics: int = 16
    buckets: int = 1024

    takes = ("text", "category")

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedTopics:
        learnt = [self._column(frame[c]) for c in columns]
        each = [lengths(frame[c]) for c in columns]
        outputs: list[str] = []
        for column, (_, axes, _) in zip(columns, learnt, strict=True):
            outputs += [f"{column} length", *(f"{column} topic {k}" for k in range(len(axes)))]
        return FittedTopics(
            columns=tuple(columns),
            outputs=tuple(outputs),
            buckets=self.buckets,
            weights=tuple(tuple(w.tolist()) for w, _, _ in learnt),
            axes=tuple(tuple(map(tuple, axes.tolist())) for _, axes, _ in learnt),
            spread=tuple(tuple(s.tolist()) for _, _, s in learnt),
            mean=tuple(float(x.mean()) if len(x) else 0.0 for x in each),
            deviation=tuple((float(x.std()) or 1.0) if len(x) else 1.0 for x in each),
        )

    def _column(self, column: pl.Series) -> tuple[Array, Array, Array]:
        """Weights (P,), axes (K, P) and spreads (K,) of one column."""
        some = column.drop_nulls()
        some = some.gather_every(max(1, -(-len(some) // MAX_ROWS)))
        n, seen = max(len(some), 1), np.zeros(self.buckets)
        blocks = [some.slice(at, BLOCK) for at in range(0, len(some), BLOCK)]
        for cells in blocks:
            seen += (counts(cells, self.buckets, np.ones(self.buckets)) != 0).sum(axis=0)
        weights = np.round(np.log((1 + n) / (1 + seen)) + 1, 6)
        gram = np.zeros((self.buckets, self.buckets))
        for cells in blocks:
            x = counts(cells, self.buckets, weights)
            gram += x.T @ x
        size, axes = np.linalg.eigh(gram)
        order = [k for k in np.argsort(size)[::-1][: self.n_topics] if size[k] > 1e-9 * n]
        axes = axes[:, order].T
        lead = np.abs(axes).argmax(axis=1) if len(axes) else np.zeros(0, int)
        axes = np.round(axes * np.sign(axes[np.arange(len(axes)), lead])[:, None], 7)
        return weights, axes, np.sqrt(size[order] / n)


def counts(texts: pl.Series, buckets: int, weights: Array) -> Array:
    """(N, buckets) signed, dampened, weighed counts of n-grams, each row of length 1 or 0."""
    words = tokens_of(texts)
    follows = words["row"].shift(-1) == words["row"]
    pairs = words.with_columns(token=words["token"] + " " + words["token"].shift(-1)).filter(
        follows
    )
    padded = words.with_columns(token="<" + words["token"] + ">")
    longest = min(int(padded["token"].str.len_chars().max() or 0), 30)  # type: ignore[arg-type]
    triples = [
        padded.with_columns(pl.col("token").str.slice(i, 3)).filter(
            pl.col("token").str.len_chars() == 3
        )
        for i in range(max(longest - 2, 0))
    ]
    n = len(texts)
    flat = np.zeros(n * buckets)
    for grams in (words, pairs, *triples):
        row, place, sign = placed(grams, buckets)
        flat += np.bincount(row * buckets + place, sign, minlength=n * buckets)
    out = flat.reshape(n, buckets)
    out = np.sign(out) * np.log1p(np.abs(out)) * weights
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12))
