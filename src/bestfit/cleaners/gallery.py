"""What a column of pictures is: sizes, colours, and a few of them to look at."""

import base64
import struct
import zlib
from typing import Any

import numpy as np
import polars as pl

from ..frames.pictures import fitted, picture_shape, pixels_of

__all__ = ["of_pictures", "png"]

MAX_SHOWN, SIDE = 12, 64


def of_pictures(filled: pl.Series) -> dict[str, Any]:
    """Sizes and colours of pictures, none of them missing, and small ones of a few of them."""
    if not len(filled):
        return {"examples": []}
    shapes = np.array([picture_shape(cell) for cell in filled])
    heights, widths, colours = shapes.T
    places = np.unique(np.linspace(0, len(filled) - 1, MAX_SHOWN).round().astype(int))
    same = (shapes == shapes[0]).all()
    sizes = f"{widths.min()} × {heights.min()}"
    if not same:
        sizes = f"{widths.min()} to {widths.max()} × {heights.min()} to {heights.max()}"
    kinds = [name for name, n in (("grey", 1), ("in colour", 3)) if (colours == n).any()]
    return {
        "pictures": {"size": f"{sizes} pixels", "colours": " and ".join(kinds)},
        "thumbnails": [_address(filled[int(i)]) for i in places],
        "examples": [f"{sizes} pixels, {' and '.join(kinds)}"],
    }


def png(pixels: np.ndarray) -> bytes:
    """(H, W, C) uint8 of 1 or 3 channels as the bytes of a PNG file (ISO/IEC 15948).

    >>> png(np.zeros((1, 1, 3), np.uint8))[:4]
    b'\\x89PNG'
    """
    height, width, channels = pixels.shape
    lines = np.zeros((height, 1 + width * channels), np.uint8)  # each begins with its filter: none
    lines[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 0 if channels == 1 else 2, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), 9)
    chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _address(cell: bytes) -> str:
    image = png(fitted(pixels_of(cell), SIDE))
    return f"data:image/png;base64,{base64.b64encode(image).decode()}"
