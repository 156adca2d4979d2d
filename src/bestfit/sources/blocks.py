"""Delimited text as bytes: where its rows end, and how its quotes are escaped."""

from itertools import islice

from .file import File

__all__ = ["end_of_rows", "escape_of", "excerpt", "is_long", "without_escapes"]

EXCERPTS, EXCERPT_BYTES = 16, 1 << 14
MAX_CELL_BYTES = 1 << 20  # that the end of a block is looked back for


def is_long(file: File) -> bool:
    """Whether the text is longer than one block."""
    return next(islice(file.blocks(), 1, None), None) is not None


def excerpt(file: File) -> bytes:
    """The head of a text, and lines from all over it where they can be reached at once."""
    parts = [file.head]
    if file.local is not None:
        with file.local.open("rb") as stream:
            for i in range(1, EXCERPTS):
                stream.seek(i * file.size // EXCERPTS)
                parts.append(b"\n".join(stream.read(EXCERPT_BYTES).split(b"\n")[1:-1]))
    head, *others = parts
    return b"\n".join([head[: head.rfind(b"\n")], *(part for part in others if part)]) + b"\n"


def end_of_rows(data: bytes, quote: bytes) -> int:
    """Where the last line ends that is not inside of quotes; a stray quote is not waited for."""
    end = data.rfind(b"\n") + 1
    if quote not in data:
        return end
    odd = data.count(quote, 0, end) % 2
    first, least = end, max(0, end - MAX_CELL_BYTES)
    while odd and end > least:
        before = data.rfind(b"\n", least, end - 1) + 1
        if not before:
            break
        odd ^= data.count(quote, before, end) % 2
        end = before
    return first if odd else end


def without_escapes(text: bytes, escape: str, quote: str) -> bytes:
    """Backslashes before quotes as doubled quotes, where that is how quotes are escaped."""
    if escape != "\\":
        return text
    return text.replace(f"\\{quote}".encode(), quote.encode() * 2)


def escape_of(text: bytes, quote: str) -> str:
    """The backslash or the quote.

    Backslashes are escapes if with them more lines have their quotes in pairs, or if they do not
    stand at the end of cells.
    """
    mark, one = f"\\{quote}".encode(), quote.encode()
    if mark not in text:
        return quote
    lines = [line for line in text.split(b"\n") if mark in line]
    odd = sum(line.count(one) % 2 for line in lines)
    odd_with = sum((line.count(one) - line.count(mark)) % 2 for line in lines)
    inside = sum(_inside(line, mark) for line in lines)
    plain = odd_with > odd or (odd_with == odd and 2 * inside <= len(lines))
    return quote if plain else "\\"


def _inside(line: bytes, mark: bytes) -> bool:
    """Whether something else than a delimiter follows one of these marks."""
    after = [part[:1] for part in line.split(mark)[1:]]
    return any(char not in (b"", b",", b";", b"|", b"\t", b"\r") for char in after)
