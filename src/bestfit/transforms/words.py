"""Free text to a fixed row of numbers: hashed words, and the length.

Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform
from .murmur import places_of

__all__ = ["FittedWords", "Words", "lengths", "tokens_of"]

TOKEN = r"[\p{L}\p{N}]+"


@dataclass(frozen=True, kw_only=True)
class FittedWords(Fitted):
    """Signed token counts in ``buckets`` places, of unit length, and the scaled text length.

    Args:
        buckets: places a column.
        mean: of log(1 + length), by column.
        spread: its standard deviation, by column.
    """

    kind: ClassVar[str] = "words"
    buckets: int
    mean: tuple[float, ...]
    spread: tuple[float, ...]

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        for i, column in enumerate(self.columns):
            at = i * (1 + self.buckets)
            out[:, at] = (lengths(frame[column]) - self.mean[i]) / self.spread[i]
            out[:, at + 1 : at + 1 + self.buckets] = hashed(frame[column], self.buckets)

    @property
    def owners(self) -> tuple[int, ...]:
        return tuple(i for i in range(len(self.columns)) for _ in range(1 + self.buckets))


@transform("words")
@dataclass(frozen=True, kw_only=True)
class Words(Transform):
    """Hashed words of free text.

    Args:
        buckets: places that the tokens of a column are hashed to; ≥ 1.
    """

    buckets: int = 32

    takes = ("text", "category")

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> FittedWords:
        each = [lengths(frame[c]) for c in columns]
        outputs: list[str] = []
        for column in columns:
            outputs += [f"{column} length", *(f"{column} #{i}" for i in range(self.buckets))]
        return FittedWords(
            columns=tuple(columns),
            outputs=tuple(outputs),
            buckets=self.buckets,
            mean=tuple(float(x.mean()) if len(x) else 0.0 for x in each),
            spread=tuple((float(x.std()) or 1.0) if len(x) else 1.0 for x in each),
        )


def lengths(column: pl.Series) -> Array:
    """(N,) log(1 + characters)."""
    length = column.str.len_chars().fill_null(0).to_numpy().astype(float)
    return np.asarray(np.log1p(length))


def tokens_of(column: pl.Series) -> pl.DataFrame:
    """``row`` and ``token``: the words of each text in lower case, in order."""
    return (
        pl.DataFrame({"row": np.arange(len(column)), "token": column.str.to_lowercase()})
        .with_columns(pl.col("token").str.extract_all(TOKEN))
        .explode("token", empty_as_null=True)
        .drop_nulls("token")
    )


def placed(tokens: pl.DataFrame, buckets: int) -> tuple[Array, Array, Array]:
    """(M,) the row, the bucket and the sign of each token."""
    unique = tokens["token"].unique(maintain_order=True)
    place, sign = places_of(unique.to_list(), buckets)
    codes = pl.DataFrame(
        {"token": unique, "code": np.arange(len(unique))}, schema_overrides={"token": pl.String}
    )
    joined = tokens.join(codes, on="token", how="left", maintain_order="left")
    code = joined["code"].to_numpy()
    return joined["row"].to_numpy(), place[code], sign[code]


def hashed(column: pl.Series, buckets: int) -> Array:
    """(N, buckets) float64, each row of length 1, or 0 where there is no token."""
    row, place, sign = placed(tokens_of(column), buckets)
    flat = np.bincount(row * buckets + place, sign, minlength=len(column) * buckets)
    out = flat.reshape(len(column), buckets)
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12))
