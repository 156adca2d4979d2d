"""Files of pictures, decoded by Pillow into cells; what is wrong with one is told in two words."""

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..frames.pictures import MAX_SIDE, is_encoded, picture_cell
from .extras import needed

__all__ = ["Decoded", "decoded", "decoder"]

MAX_PIXELS = 120_000_000  # of a file: more than any camera's, and 0.4 GB while it is decoded
MAX_RATIO = 1_000  # of the sides
FORMATS = (
    "JPEG", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "ICO", "JPEG2000", "AVIF", "MPO"
)  # fmt: skip
AT_ONCE = 256
ORIENTATION = 0x0112  # of the EXIF tags
ORIENTATIONS = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE",
    6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90",
}  # fmt: skip
NO_FILE, EMPTY, NO_PICTURE = "no such file", "empty", "no picture"
DAMAGED, TOO_LARGE, LOCKED = "damaged or cut off", "far too large", "no permission"


class Decoded(NamedTuple):
    """A picture, or why there is none.

    Args:
        cell: as in ``frames.pictures``; None where there is no picture.
        cause: why there is none.
        moving: whether it has further frames, which are passed over.
    """

    cell: bytes | None
    cause: str = ""
    moving: bool = False


def decoder(side: int = MAX_SIDE) -> Callable[[bytes | Path], Decoded]:
    """What decodes the bytes or the file of a picture.

    The first frame of several; turned as its EXIF tag says; on white where it is transparent;
    16 bits, palettes, CMYK and numbers with a point as eight bits of grey or of red, green, blue.

    Raises:
        MachineError: Pillow is not installed.
    """
    pillow = needed("PIL.Image", "images")
    pillow.init()
    able = [form for form in FORMATS if form in pillow.OPEN]

    def decode(content: bytes | Path) -> Decoded:
        try:
            if not (len(content) if isinstance(content, bytes) else content.stat().st_size):
                return Decoded(None, EMPTY)
            stream = BytesIO(content) if isinstance(content, bytes) else content
            with pillow.open(stream, formats=able) as file:
                return _decoded(file, pillow, side)
        except FileNotFoundError:
            return Decoded(None, NO_FILE)
        except PermissionError:
            return Decoded(None, LOCKED)
        except pillow.DecompressionBombError:
            return Decoded(None, TOO_LARGE)
        except Exception as error:  # its many plugins raise whatever their bytes lead to
            unknown = type(error).__name__ == "UnidentifiedImageError"
            return Decoded(None, NO_PICTURE if unknown and not _begins(content) else DAMAGED)

    return decode


def _begins(content: bytes | Path) -> bool:
    """Whether it begins like a picture."""
    if isinstance(content, bytes):
        return is_encoded(content)
    with content.open("rb") as file:
        return is_encoded(file.read(64))


def decoded(
    pictures: Sequence[bytes | Path | Callable[[], bytes]], side: int = MAX_SIDE
) -> Iterator[Decoded]:
    """Many pictures in order, on all cores, a few hundred at a time."""
    decode = decoder(side)

    def one(content: bytes | Path | Callable[[], bytes]) -> Decoded:
        return decode(content() if callable(content) else content)

    from threadpoolctl import threadpool_limits

    # Each picture is too small for threads of its own.
    with _calm(), threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(pictures), AT_ONCE):
            yield from pool.map(one, pictures[start : start + AT_ONCE])


@contextmanager
def _calm() -> Iterator[None]:
    """Pillow warns of large pictures and odd tags; what cannot be used is told otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _decoded(file: Any, pillow: Any, side: int) -> Decoded:
    width, height = file.size
    if width * height > MAX_PIXELS or max(width, height) > MAX_RATIO * min(width, height):
        return Decoded(None, TOO_LARGE)
    moving = bool(getattr(file, "is_animated", False))
    if file.format == "JPEG":  # decoded at a fraction of its size, which is far faster
        file.draft(None, (2 * side, 2 * side))
    plain = _plain(file, pillow)
    by = max(plain.size) // (2 * side)
    if by > 1:
        plain = plain.reduce((min(by, plain.width), min(by, plain.height)))
    if (way := _orientation(file)) is not None:
        plain = plain.transpose(pillow.Transpose[way])
    return Decoded(picture_cell(np.asarray(plain), side), moving=moving)


def _orientation(file: Any) -> str | None:
    """How to turn it, by its EXIF tag; a damaged tag says nothing."""
    try:
        return ORIENTATIONS.get(file.getexif().get(ORIENTATION))
    except Exception:  # as above
        return None


def _plain(file: Any, pillow: Any) -> Any:
    """Eight bits of grey, or of red, green and blue."""
    if file.mode in ("L", "RGB") and "transparency" not in file.info:
        return file
    if file.mode == "1":
        return file.convert("L")
    if file.mode.startswith(("I", "F")):
        return pillow.fromarray(_eight_bits(np.asarray(file)))
    if file.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in file.info:
        clear = file.convert("RGBA")
        white = pillow.new("RGBA", clear.size, "white")
        return pillow.alpha_composite(white, clear).convert("RGB")
    return file.convert("RGB")


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Grey of more than eight bits, or with a point: the top is what fits, of the file alone."""
    values = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    whole = bool((values == np.floor(values)).all())
    tops = (65_535.0,) if whole else (1.0, 255.0, 65_535.0)
    top = next((top for top in tops if low >= 0 and high <= top), None)
    if top is None:  # some other unit: from darkest to brightest
        values, top = values - low, max(high - low, 1e-300)
    return np.floor(values * (255 / top) + 0.5).astype(np.uint8)
