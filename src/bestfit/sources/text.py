"""Bytes of a text file as UTF-8: the encoding is found, or what is not text is named."""

from codecs import getincrementaldecoder
from typing import NamedTuple

from ..errors import SourceError
from .file import File

__all__ = ["Decoded", "decode", "is_plain"]

MAX_CONTROL_FRACTION = 0.005

MAGIC = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"FEA1", "an old Feather file"),
    (b"\x80\x04\x95", "a pickle, which is never opened because it can run code"),
    (b"\x80\x05\x95", "a pickle, which is never opened because it can run code"),
)
MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg")
MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
SEPARATORS = {1, 28, 29, 30, 31}  # part cells in some exports
CONTROLS = bytes(set(range(32)) - {9, 10, 12, 13} - SEPARATORS) + b"\x7f"


class Decoded(NamedTuple):
    """UTF-8 bytes with ``\\n`` line ends at most preceded by ``\\r``, and what it took."""

    data: bytes
    encoding: str
    notes: dict[str, object]


def decode(data: bytes, where: str, encoding: str | None = None) -> Decoded:
    """Any text as UTF-8 without a byte order mark, NUL bytes or lone carriage returns.

    Raises:
        SourceError: the bytes are not text, or not in the encoding that was named.
    """
    _refuse_other_kinds(data, where)
    plain, found, notes = _to_utf8(data, where, encoding)
    _refuse_controls(plain[: 1 << 16], where)
    nuls = plain.count(b"\0")
    if nuls and plain.count(b'\0"') == nuls:  # NUL as the escape character of quotes
        plain, nuls = plain.replace(b'\0"', b'""'), 0
        notes["escape"] = "NUL"
    if nuls:
        plain = plain.replace(b"\0", b"")
        notes["nul_bytes"] = nuls
    returns = plain.count(b"\r")
    if returns and returns != plain.count(b"\r\n"):
        plain = plain.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not plain.strip():
        raise SourceError("the file holds nothing but blanks", where=where)
    return Decoded(plain, found, notes)


def is_plain(file: File) -> bool:
    """Whether a text is UTF-8 throughout, without NUL bytes and lone carriage returns.

    Such a text can be read a block at a time; looked at in one pass.
    """
    decoder = getincrementaldecoder("utf-8")()
    for block in file.blocks():
        if b"\0" in block:
            return False
        if b"\r" in block:
            lone = block.count(b"\r") - block.count(b"\r\n")
            if lone > block.endswith(b"\r"):
                return False
        if not block.isascii() or decoder.getstate()[0]:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False
    return not decoder.getstate()[0]


def _refuse_other_kinds(data: bytes, where: str) -> None:
    for magic, what in MAGIC:
        if data.startswith(magic):
            raise SourceError(
                f"this is {what}, not a table", where=where, hint="a CSV or a Parquet file"
            )
    if data[257:262] == b"ustar":
        raise SourceError("this is a tar archive, not a table", where=where, hint="unpack it first")
    if data[:256].lstrip().lower().startswith(MARKUP):
        hint = "save the data itself, as CSV or JSON"
        raise SourceError("this is a web page or XML, not a table", where=where, hint=hint)


def _refuse_controls(sample: bytes, where: str) -> None:
    """Text holds next to no control characters, a tenth of random bytes are."""
    controls = len(sample) - len(sample.translate(None, CONTROLS))
    if controls > max(2, MAX_CONTROL_FRACTION * len(sample)):
        hint = "CSV, JSON, Parquet and Arrow files can be read"
        raise SourceError("this is binary data, not a table", where=where, hint=hint)


def _to_utf8(data: bytes, where: str, encoding: str | None) -> tuple[bytes, str, dict[str, object]]:
    if encoding is not None:
        return _recode(data, encoding, where), encoding, {}
    for mark, name in MARKS:
        if data.startswith(mark):
            if name == "utf-8-sig":
                return _guess(data[len(mark) :])
            return _recode(data, name, where), name, {}
    wide = _wide(data[:4096])
    return _guess(data) if wide is None else (_recode(data, wide, where), wide, {})


def _recode(data: bytes, encoding: str, where: str) -> bytes:
    try:
        return data.decode(encoding).lstrip("\ufeff").encode()
    except LookupError:
        raise SourceError(f"there is no encoding {encoding!r}", where=where) from None
    except UnicodeError:
        problem = f"the file is not {encoding} throughout"
        raise SourceError(problem, where=where, hint="another encoding") from None


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a mark: nearly every other byte is NUL."""
    even, odd = sample[::2], sample[1::2]
    if len(odd) < 4:
        return None
    if odd.count(0) > 0.7 * len(odd) and even.count(0) < 0.1 * len(even):
        return "utf-16-le"
    if even.count(0) > 0.7 * len(even) and odd.count(0) < 0.1 * len(odd):
        return "utf-16-be"
    return None


def _guess(data: bytes) -> tuple[bytes, str, dict[str, object]]:
    """UTF-8 if the bytes are, or nearly are; else the Western single-byte set."""
    if data.isascii():
        return data, "utf-8", {}
    mended = data.decode(errors="replace")
    bad = mended.count("\ufffd") - data.count(b"\xef\xbf\xbd")
    if not bad:
        return data, "utf-8", {}
    good = len(mended) - len(mended.encode("ascii", "ignore")) - bad
    if good > 2 * bad:
        return mended.encode(), "utf-8", {"bad_bytes": bad}
    try:
        return data.decode("cp1252").encode(), "cp1252", {}
    except UnicodeDecodeError:
        return data.decode("latin-1").encode(), "latin-1", {}
