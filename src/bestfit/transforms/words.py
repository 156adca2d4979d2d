"""Free text to a fixed row of numbers: hashed words and letter triples, and the length.

Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import polars as pl

from .base import Array, Fitted, Transform, transform

__all__ = ["FittedWords", "Words"]

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

    def apply(self, frame: pl.DataFrame) -> Array:
        parts = []
        for i, column in enumerate(self.columns):
            length = (_log_length(frame[column]) - self.mean[i]) / self.spread[i]
            parts += [length[:, None], hashed(frame[column], self.buckets)]
        return np.column_stack(parts).astype(np.float32)

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

    def fit(self, frame: pl.DataFrame, columns: Sequence[str]) -> FittedWords:
        lengths = [_log_length(frame[c]) for c in columns]
        outputs: list[str] = []
        for column in columns:
            outputs += [f"{column} length", *(f"{column} #{i}" for i in range(self.buckets))]
        return FittedWords(
            columns=tuple(columns),
            outputs=tuple(outputs),
            buckets=self.buckets,
            mean=tuple(float(x.mean()) if len(x) else 0.0 for x in lengths),
            spread=tuple((float(x.std()) or 1.0) if len(x) else 1.0 for x in lengths),
        )


def _log_length(column: pl.Series) -> Array:
    length = column.str.len_chars().fill_null(0).to_numpy().astype(float)
    return np.asarray(np.log1p(length))


def hashed(column: pl.Series, buckets: int) -> Array:
    """(N, buckets) float64, each row of length 1, or 0 where there is no token.

    The hash is CRC-32 of the token, the same on every machine and in every version.
    """
    tokens = (
        pl.DataFrame({"row": np.arange(len(column)), "token": column.str.to_lowercase()})
        .with_columns(pl.col("token").str.extract_all(TOKEN))
        .explode("token", empty_as_null=True)
        .drop_nulls("token")
    )
    unique = tokens["token"].unique(maintain_order=True)
    code = np.array([zlib.crc32(token.encode()) for token in unique.to_list()], dtype=np.uint32)
    place = pl.DataFrame(
        {"token": unique, "place": code % buckets, "sign": 1.0 - 2.0 * ((code >> 16) & 1)},
        schema_overrides={"token": pl.String},
    )
    placed = tokens.join(place, on="token", how="left", maintain_order="left")
    out = np.zeros((len(column), buckets))
    np.add.at(
        out, (placed["row"].to_numpy(), placed["place"].to_numpy()), placed["sign"].to_numpy()
    )
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12))
