"""Pictures as cells: netpbm bytes, which tell height, width, one or three channels, every pixel.

A cell is grey (``P5``) or colour (``P6``), eight bits a channel, and small: a larger picture is
made smaller before it becomes a cell, by a rule that looks at that picture alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl

from ..errors import SourceError

__all__ = [
    "MAX_SIDE",
    "Brightness",
    "fitted",
    "holds_pictures",
    "is_encoded",
    "of_pictures",
    "picture_cell",
    "picture_shape",
    "pixels_of",
    "resized",
]

MAX_SIDE = 96  # pixels of the longer side of a cell
HEAD = re.compile(rb"P([56])\n(\d{1,5}) (\d{1,5})\n255\n")
ONE = 4096  # of a resampling weight: products with bytes and their sums are exact in float32
NORMAL_RANGE = 4.0  # standard deviations either side, of pictures that were standardised
# How files of pictures begin.
STARTS = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|BM.{4}\x00{4}|II\*\x00|MM\x00\*|II\+\x00|MM\x00\+"
    rb"|RIFF.{4}WEBP|P[456]\s(?:#|\d+[ \t]\d+\s)|\x00\x00\x01\x00[\x01-\x20]\x00"
    rb"|.{4}ftyp(?:avi[fs]|hei[cx]|mif1)"
    rb"|\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",
    re.DOTALL,
)


def is_encoded(content: bytes) -> bool:
    """Whether bytes begin like a file that holds a picture.

    >>> is_encoded(b"GIF89a\\x01\\x00"), is_encoded(b"age,job")
    (True, False)
    """
    return STARTS.match(content) is not None


def picture_cell(pixels: np.ndarray, side: int = MAX_SIDE) -> bytes:
    """Pixels as a cell.

    Args:
        pixels: (H, W) or (H, W, C) uint8 of 1 or 3 channels; H, W ≥ 1.
        side: most pixels of the longer side; a larger picture is made smaller.

    >>> picture_cell(np.zeros((1, 2, 3), np.uint8))
    b'P5\\n2 1\\n255\\n\\x00\\x00'
    """
    pixels = fitted(pixels if pixels.ndim == 3 else pixels[:, :, None], side)
    grey = pixels.shape[2] == 1 or bool((pixels == pixels[:, :, :1]).all())
    kind, pixels = (5, pixels[:, :, :1]) if grey else (6, pixels)
    head = f"P{kind}\n{pixels.shape[1]} {pixels.shape[0]}\n255\n".encode()
    return head + np.ascontiguousarray(pixels).tobytes()


def picture_shape(cell: bytes) -> tuple[int, int, int]:
    """Height, width and channels of a cell.

    Raises:
        SourceError: it is none.
    """
    head = HEAD.match(cell)
    if head is not None:
        width, height, channels = int(head[2]), int(head[3]), 1 if head[1] == b"5" else 3
        if width and height and len(cell) == head.end() + height * width * channels:
            return height, width, channels
    raise SourceError("this cell holds no picture")


def pixels_of(cell: bytes) -> np.ndarray:
    """(H, W, C) uint8 of a cell.

    >>> pixels_of(picture_cell(np.full((2, 3), 7, np.uint8))).shape
    (2, 3, 1)
    """
    shape = picture_shape(cell)
    size = shape[0] * shape[1] * shape[2]
    return np.frombuffer(cell, np.uint8, count=size, offset=len(cell) - size).reshape(shape)


def fitted(pixels: np.ndarray, side: int) -> np.ndarray:
    """(H, W, C) uint8 pixels whose longer side has at most ``side`` of them."""
    height, width, channels = pixels.shape
    longest = max(height, width)
    if longest <= side:
        return pixels
    by = longest // (2 * side)
    if by > 1:  # blocks first, which is fast
        down, right = min(by, height), min(by, width)
        rows, columns = height // down, width // right
        blocks = pixels[: rows * down, : columns * right]
        blocks = blocks.reshape(rows, down, columns, right, channels)
        sums = blocks.sum(axis=(1, 3), dtype=np.uint32)
        pixels = ((sums + down * right // 2) // (down * right)).astype(np.uint8)
    ratio = side / longest
    return resized(pixels, max(1, round(height * ratio)), max(1, round(width * ratio)))


def resized(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """(…, H, W, C) uint8 → (…, height, width, C) uint8, by a triangle as wide as a new pixel.

    The result is exact: it is the same on every machine, and for a picture alone or among others.

    >>> resized(np.array([[[0], [100]]], np.uint8), 1, 1).item()
    50
    """
    if pixels.shape[-3] != height:
        shape = pixels.shape
        flat = pixels.reshape(*shape[:-2], shape[-2] * shape[-1]).astype(np.float32)
        flat = _rounded(np.matmul(_weights(shape[-3], height), flat))
        pixels = flat.reshape(*shape[:-3], height, *shape[-2:])
    if pixels.shape[-2] != width:
        across = np.matmul(_weights(pixels.shape[-2], width), pixels.astype(np.float32))
        pixels = _rounded(across)
    return pixels.astype(np.uint8, copy=False)


def _rounded(sums: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.floor(sums * np.float32(1 / ONE) + np.float32(0.5))
    return rounded.astype(np.uint8)


@lru_cache(maxsize=512)
def _weights(n_in: int, n_out: int) -> np.ndarray:
    """(n_out, n_in) float32 whole numbers; each row adds up to ONE."""
    scale = n_in / n_out
    centre = (np.arange(n_out) + 0.5) * scale
    far = np.abs(np.arange(n_in) + 0.5 - centre[:, None]) / max(1.0, scale)
    weight = np.maximum(0.0, 1.0 - far)
    whole = np.round(ONE * weight / weight.sum(axis=1, keepdims=True))
    most = whole.argmax(axis=1)
    whole[np.arange(n_out), most] += ONE - whole.sum(axis=1)
    weights: np.ndarray = whole.astype(np.float32)
    return weights


def holds_pictures(values: Sequence[Any]) -> bool:
    """Whether objects are pictures: arrays or tensors of two or three axes, or of Pillow."""
    first = next((value for value in values if value is not None), None)
    if _of_pillow(first):
        return True
    axes: object = getattr(first, "ndim", 0)
    return axes in (2, 3) and hasattr(first, "__array__") and not hasattr(first, "columns")


@dataclass(frozen=True)
class Brightness:
    """How numbers become bytes from 0, black, to 255, white: ``(number + shift) · factor``."""

    shift: float = 0.0
    factor: float = 1.0

    @classmethod
    def of(cls, values: Sequence[Any], name: str = "") -> "Brightness":
        """Told by some pictures of a column together.

        Whole numbers go up to 255, or to 65,535; truths are black and white; numbers with a point
        go up to 1 or to 255, or they were standardised.

        Args:
            values: pictures as Python has them, and None.
            name: of the column.
        Raises:
            SourceError: one is something else.
        """
        arrays = [_array(value, name) for value in values if value is not None]
        known = [array for array in arrays if array.dtype != np.uint8]
        if not known:
            return cls()
        low, high = min(float(a.min()) for a in known), max(float(a.max()) for a in known)
        whole = all(array.dtype.kind in "bui" for array in known)
        if not np.isfinite([low, high]).all() or (low < 0 and whole):
            raise SourceError("pictures hold finite numbers, whole ones from 0", where=name)
        if low < 0:
            return cls(NORMAL_RANGE, 255 / (2 * NORMAL_RANGE))
        if all(array.dtype.kind == "b" for array in known):
            return cls(0.0, 255.0)
        tops = (255.0, 65_535.0) if whole else (1.0, 255.0, 65_535.0)
        return cls(0.0, 255 / next((top for top in tops if high <= top), max(high, 1.0)))

    def cell(self, value: Any, name: str = "") -> bytes:
        """One picture as a cell."""
        array = _array(value, name)
        if array.dtype != np.uint8:
            bright = np.nan_to_num((array.astype(np.float64) + self.shift) * self.factor)
            array = np.floor(np.clip(bright, 0, 255) + 0.5).astype(np.uint8)
        return picture_cell(array)


def of_pictures(name: str, values: Sequence[Any]) -> pl.Series:
    """A column of cells, out of pictures as Python has them.

    Args:
        name: of the column.
        values: arrays or tensors (H, W), (H, W, C) or (C, H, W), pictures of Pillow, None.
    Raises:
        SourceError: one is something else.
    """
    brightness = Brightness.of(values, name)
    cells = [None if value is None else brightness.cell(value, name) for value in values]
    return pl.Series(name, cells, dtype=pl.Binary)


def _of_pillow(value: object) -> bool:
    return type(value).__module__.startswith("PIL.")


def _array(value: Any, name: str) -> np.ndarray:
    """(H, W, C) of 1 or 3 channels, in whatever kind of number it came."""
    if _of_pillow(value):
        value = value if value.mode in ("L", "RGB") else value.convert("RGB")
    array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    array = array[:, :, None] if array.ndim == 2 else array
    if array.ndim == 3 and array.shape[2] not in (1, 2, 3, 4) and array.shape[0] in (1, 2, 3, 4):
        array = np.moveaxis(array, 0, 2)
    if array.ndim != 3 or array.shape[2] > 4 or 0 in array.shape or array.dtype.kind not in "buif":
        shape = tuple(array.shape)
        raise SourceError(f"{array.dtype} {shape} is no picture (H, W, C)", where=name)
    return array[:, :, :1] if array.shape[2] < 3 else array[:, :, :3]
