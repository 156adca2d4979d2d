"""Pictures of one size: chosen from the training rows, and how bright they are on average."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import FolderError
from ..frames.pictures import picture_shape, pixels_of, resized
from .base import Array, Fitted, Transform, transform

__all__ = ["FittedPixels", "Grid", "Pixels"]

STEP = 8  # a side that is not the pictures' own is a multiple of it
MAX_GRID = 1_024  # of a side, however it came about
SOME = 2_000  # training pictures whose brightness is measured


@dataclass(frozen=True)
class Grid:
    """Pictures as a network sees them.

    Args:
        channels: of all picture columns together, one after the other.
        height: pixels.
        width: pixels.
        mean: (C,) brightness of each channel in training, 0 to 255.
        deviation: (C,) its standard deviation; > 0.
        colour: whether any of the columns has colours.
    """

    channels: int
    height: int
    width: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    colour: bool = True

    @property
    def size(self) -> int:
        """Numbers of a row."""
        return self.channels * self.height * self.width


@transform("pixels")
@dataclass(frozen=True, kw_only=True)
class Pixels(Transform):
    """Makes pictures equally large, and grey where all of a column are grey.

    Args:
        side: pictures of many sizes, or of larger ones, get as many pixels as a square of this
            side has, in their usual proportions; 8 to 512.
    """

    side: int = 64

    takes = ("picture",)

    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> "FittedPixels":
        shapes = [
            np.array([picture_shape(cell) for cell in frame[name].drop_nulls()]).reshape(-1, 3)
            for name in columns
        ]
        height, width = _common_size(np.concatenate(shapes), self.side)
        channels = tuple(int(own[:, 2].max(initial=1)) for own in shapes)
        names = [
            [name] if n == 1 else [f"{name} {colour}" for colour in ("red", "green", "blue")]
            for name, n in zip(columns, channels, strict=True)
        ]
        plain = FittedPixels(
            columns=tuple(columns),
            outputs=tuple(chain(*names)),
            channels=channels,
            height=height,
            width=width,
            mean=(0.0,) * sum(channels),
            deviation=(1.0,) * sum(channels),
        )
        some = frame.select(columns).drop_nulls()
        seen = plain.apply(some[:: max(1, some.height // SOME)]).astype(np.float64)
        if not len(seen):
            return plain
        deviation = seen.std(axis=(0, 2, 3))
        return replace(
            plain,
            mean=tuple(seen.mean(axis=(0, 2, 3)).tolist()),
            deviation=tuple(np.where(deviation > 1, deviation, 1.0).tolist()),
        )


@dataclass(frozen=True, kw_only=True)
class FittedPixels(Fitted):
    """The size and the channels of pictures.

    Args:
        channels: of each column: 1, or 3.
        height: pixels.
        width: pixels.
        mean: of each channel, 0 to 255: a missing picture is all mean.
        deviation: of each channel.
    """

    kind = "pixels"
    gives = "pixels"

    channels: tuple[int, ...]
    height: int
    width: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __post_init__(self) -> None:
        sides = (self.height, self.width)
        n = sum(self.channels)
        sound = all(1 <= s <= MAX_GRID for s in sides) and set(self.channels) <= {1, 3}
        if not sound or len(self.columns) != len(self.channels) or not n == len(self.mean) == len(
            self.deviation
        ):  # fmt: skip
            raise FolderError("the bundle holds pictures of no size that there is")

    def empty(self, n: int, dtype: npt.DTypeLike = np.uint8) -> Array:
        """(n, C, H, W) uint8."""
        return np.empty((n, sum(self.channels), self.height, self.width), np.uint8)

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        first = 0
        for name, n in zip(self.columns, self.channels, strict=True):
            blank = np.round(self.mean[first : first + n]).astype(np.uint8)
            self._stack(frame[name], out[:, first : first + n], blank)
            first += n

    def _stack(self, cells: pl.Series, out: Array, blank: Array) -> None:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1):  # each is too small for threads of its own
            for i, cell in enumerate(cells):
                if cell is None:
                    out[i] = blank[:, None, None]
                    continue
                pixels = resized(pixels_of(cell), self.height, self.width)
                if out.shape[1] == 1 and pixels.shape[2] == 3:
                    pixels = _grey(pixels)
                out[i] = np.moveaxis(pixels, 2, 0)

    @property
    def owners(self) -> tuple[int, ...]:
        return tuple(i for i, n in enumerate(self.channels) for _ in range(n))

    @property
    def grid(self) -> Grid:
        """What a network must know of them."""
        colour = max(self.channels) > 1
        return Grid(sum(self.channels), self.height, self.width, self.mean, self.deviation, colour)


def _grey(pixels: Array) -> Array:
    """(H, W, 3) → (H, W, 1), weighed as in ITU-R BT.601."""
    weighed = pixels @ np.array([299, 587, 114], np.uint32)
    return ((weighed + 500) // 1000).astype(np.uint8)[:, :, None]


def _common_size(shapes: Array, side: int) -> tuple[int, int]:
    """Height and width for pictures of these (H, W, C): their own, if it is one and small."""
    if not len(shapes):
        return STEP, STEP
    height, width = (float(np.median(shapes[:, i])) for i in (0, 1))
    if (shapes[:, :2] == shapes[0, :2]).all() and height * width <= side**2:
        return int(height), int(width)
    ratio = float(np.clip(np.median(shapes[:, 0] / shapes[:, 1]), 1 / 4, 4))
    area = min(float(side**2), height * width)
    sides = (np.sqrt(area * ratio), np.sqrt(area / ratio))
    down, right = (int(np.clip(STEP * round(s / STEP), STEP, 2 * side)) for s in sides)
    return down, right
