"""CSV, TSV and other delimited text: every cell as the text that stands in the file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import numpy as np
import polars as pl

from ..errors import SourceError
from ..frames import tidy_names
from ..table import Table
from .base import Source, source
from .dialect import Dialect, Wanted, sniff
from .file import File
from .lines import Mended, mend
from .records import Marks
from .text import decode, is_plain

__all__ = ["Delimited", "Parsed"]

FORMATS = {",": "csv", "\t": "tsv"}
MAX_SKIPPED_FRACTION = 0.5
CELLS_BYTES = 3  # of memory for each byte of text, about
EXCERPTS, EXCERPT_BYTES = 16, 1 << 14
MAX_CELL_BYTES = 1 << 20  # that the end of a block is looked back for
BOM = b"\xef\xbb\xbf"


class Parsed(NamedTuple):
    """A delimited text, cut.

    Args:
        frame: the rows, all text; there may be none.
        dialect: how it is written.
        reading: how it was read, and what was passed over.
    """

    frame: pl.DataFrame
    dialect: Dialect
    reading: dict[str, object]


@source("delimited")
@dataclass(frozen=True)
class Delimited(Source):
    """Lines of cells between delimiters. What is not told is found, over the whole file.

    Args:
        file: where the text lies.
        delimiter: one character.
        quote: one character.
        escape: what makes a quote inside a cell stand for itself: another quote, or ``\\``.
        encoding: as Python calls it.
        header: whether there are names above the rows.
        skip: lines above the table.
        comment: what a line begins with that is no row; ``#`` if not told.
    """

    file: File
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    encoding: str | None = None
    header: bool | None = None
    skip: int | None = None
    comment: str | None = None

    def read(self) -> Table:
        if self._streams:
            parts = list(self.chunks())
            return replace(parts[-1], frame=pl.concat([part.frame for part in parts]))
        frame, _, reading = self.parse()
        if not frame.height:
            raise SourceError("only a header, no rows", where=self.file.name)
        return Table(frame, self.file.name, reading)

    @property
    def bytes_in_memory(self) -> int:
        return 0 if self.file.compression else CELLS_BYTES * self.file.size

    def chunks(self) -> Iterator[Table]:
        """The rows a block of the file at a time, if it is large, and UTF-8 throughout."""
        if not self._streams:
            yield self.read()
            return
        self._check()
        head = decode(_excerpt(self.file), self.file.name)
        way = _Way.of(self, head.data, "utf-8")
        last: pl.DataFrame | None = None
        for block in way.blocks(self.file):
            frame = way.frame(block)
            if last is not None:
                yield Table(last, self.file.name)
            last = frame
        if last is None or not way.rows:
            raise SourceError("only a header, no rows", where=self.file.name)
        yield Table(last, self.file.name, way.reading())

    @cached_property
    def _streams(self) -> bool:
        """Whether the text is long, and can be read a block at a time."""
        return self.encoding is None and _is_long(self.file) and is_plain(self.file)

    def parse(self) -> Parsed:
        """The rows, be there any or not.

        Raises:
            SourceError: this is no text, or its lines make no table.
        """
        self._check()
        data, encoding, notes = decode(self.file.data, self.file.name, self.encoding)
        way = _Way.of(self, data, encoding)
        frame = way.frame(data)
        return Parsed(frame, way.dialect, way.reading() | notes)

    def _check(self) -> None:
        for name in ("delimiter", "quote"):
            value = getattr(self, name)
            if value is not None and len(value) != 1:
                problem = f"a {name} is one character, not {value!r}"
                raise SourceError(problem, where=self.file.name)
        if self.escape not in (None, "\\", self.quote or '"'):
            problem = f"an escape is a backslash or the quote, not {self.escape!r}"
            raise SourceError(problem, where=self.file.name)


class _Way:
    """How one file is read, block by block, and what it took so far.

    Args:
        source: the file and what is told about it.
        dialect: found.
        escape: what makes a quote stand for itself.
        encoding: of the file.
    """

    def __init__(self, source: Delimited, dialect: Dialect, escape: str, encoding: str) -> None:
        self.source, self.dialect, self.escape, self.encoding = source, dialect, escape, encoding
        self.names = tidy_names(dialect.names)
        self.mended, self.rows, self.at_start = Mended(), 0, True

    @classmethod
    def of(cls, source: Delimited, text: bytes, encoding: str) -> "_Way":
        """From the text, or so much of it as shows how it is written."""
        quote = source.quote or '"'
        escape = _escape(text, quote) if source.escape is None else source.escape
        wanted = Wanted(source.delimiter, source.quote, source.header, source.skip, source.comment)
        plain = _without_escapes(text, escape, quote).decode(errors="replace")
        return cls(source, sniff(plain, wanted), escape, encoding)

    def frame(self, text: bytes) -> pl.DataFrame:
        """The rows of a block; the first one begins with what stands above the rows."""
        text = _without_escapes(text, self.escape, self.dialect.marks.quote)
        dialect = self.dialect if self.at_start else replace(self.dialect, skip_lines=0)
        self.at_start = False
        frame = _strict(text, dialect, self.names)
        if frame is None:
            mended = mend(text.decode(), dialect)
            frame = _mended(mended, dialect, self.names, self.source.file.name)
            self.mended.add(mended)
        self.rows += frame.height
        return frame

    def blocks(self, file: File) -> Iterator[bytes]:
        """The text in blocks of whole rows, as plain as ``decode`` makes it."""
        quote, rest = self.dialect.marks.quote.encode(), b""
        for data in file.blocks():
            data = rest + data if rest else data.removeprefix(BOM)
            end = _end_of_rows(data, quote)
            rest = data[end:]
            if end:
                yield data[:end]
        if rest.strip():
            yield rest

    def reading(self) -> dict[str, object]:
        """What a table tells of how it was read."""
        dialect, file, marks = self.dialect, self.source.file, self.dialect.marks
        notes = self.mended.notes()
        if len(dialect.header) > 1:
            notes["header_rows"] = len(dialect.header)
        if dialect.preamble:
            notes["preamble_lines"] = dialect.preamble
        pairs = zip(dialect.names, self.names, strict=True)
        if renamed := {new: old for old, new in pairs if old != new and dialect.header}:
            notes["renamed"] = renamed
        return {
            **file.reading(FORMATS.get(marks.delimiter, "delimited")),
            "delimiter": marks.delimiter + " " * marks.blank_after,
            "quote": marks.quote,
            "escape": self.escape,
            "encoding": self.encoding,
            "header": bool(dialect.header),
            "rows_in_file": self.rows + len(self.mended.skipped),
            "evidence": dialect.evidence,
            **notes,
        }


def _is_long(file: File) -> bool:
    """Whether the text is longer than one block."""
    return next(islice(file.blocks(), 1, None), None) is not None


def _excerpt(file: File) -> bytes:
    """The head of a text, and lines from all over it where they can be reached at once."""
    parts = [file.head]
    if file.local is not None:
        with file.local.open("rb") as stream:
            for i in range(1, EXCERPTS):
                stream.seek(i * file.size // EXCERPTS)
                parts.append(b"\n".join(stream.read(EXCERPT_BYTES).split(b"\n")[1:-1]))
    head, *others = parts
    return b"\n".join([head[: head.rfind(b"\n")], *(part for part in others if part)]) + b"\n"


def _end_of_rows(data: bytes, quote: bytes) -> int:
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


def _without_escapes(text: bytes, escape: str, quote: str) -> bytes:
    """Backslashes before quotes as doubled quotes, where that is how quotes are escaped."""
    if escape != "\\":
        return text
    return text.replace(f"\\{quote}".encode(), quote.encode() * 2)


def _escape(text: bytes, quote: str) -> str:
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


def _strict(text: bytes, dialect: Dialect, names: list[str]) -> pl.DataFrame | None:
    """The fast way for a text without a fault; None if there is one."""
    marks, start = dialect.marks, 0
    if marks.blank_after or dialect.ruled or len(dialect.looks) != len(names):
        return None
    for _ in range(dialect.skip_lines):
        start = text.find(b"\n", start) + 1
        if not start:
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    if not _in_order(text, start, marks):
        return None
    try:
        frame = _parse(text, dialect.skip_lines, marks, names)
    except (pl.exceptions.PolarsError, ValueError):
        return None
    # The reader pads short and blank lines without a word, so the delimiters are counted: a whole
    # table has one less than columns per row, besides those inside cells.
    inside = 0
    if text.find(marks.quote.encode(), start) >= 0:
        counts = frame.select(pl.all().str.count_matches(marks.delimiter, literal=True).sum())
        inside = sum(count or 0 for count in counts.row(0))
    whole = frame.height * (len(names) - 1) + inside
    if _count(text, marks.delimiter, start) != whole:
        return None
    return None if _holds_header(frame, dialect) else frame


def _count(text: bytes, mark: str, start: int) -> int:
    """How often a character occurs; faster than by the method of bytes where it is frequent."""
    code = ord(mark)
    if code > 127:
        return text.count(mark.encode(), start)
    return int(np.count_nonzero(np.frombuffer(text, np.uint8, offset=start) == code))


def _holds_header(frame: pl.DataFrame, dialect: Dialect) -> bool:
    """Whether the names stand among the rows once more."""
    if not dialect.header or not frame.height:
        return False
    first = dialect.header[0]
    again = frame.filter(frame.to_series(0) == first[0]) if first[0] else frame.clear()
    return any(tuple(cell or "" for cell in row) == first for row in again.head(100).rows())


def _in_order(text: bytes, start: int, marks: Marks) -> bool:
    """Whether every quote opens or closes a cell: the first does, the second does, and so on."""
    quote = marks.quote.encode()
    if text.find(quote, start) < 0:
        return True
    codes = np.frombuffer(text, np.uint8)
    places = start + np.flatnonzero(codes[start:] == quote[0])
    if len(places) % 2:
        return False
    around = np.array([ord(marks.delimiter), ord("\n"), quote[0]], np.uint8)
    opening, closing = places[::2], places[1::2]
    before = codes[np.maximum(opening - 1, 0)]
    after = codes[np.minimum(closing + 1, len(codes) - 1)]
    opens = np.isin(before, around) | (opening == 0)
    closes = np.isin(after, np.append(around, ord("\r"))) | (closing == len(codes) - 1)
    return bool(opens.all() and closes.all())


def _parse(text: bytes, skip_lines: int, marks: Marks, names: list[str]) -> pl.DataFrame:
    frame = pl.read_csv(
        text,
        has_header=False,
        skip_lines=skip_lines,
        schema=dict.fromkeys(map(str, range(len(names))), pl.String),
        separator=marks.delimiter,
        quote_char=marks.quote,
        infer_schema=False,
    )
    frame.columns = names
    quoted_nothing = (2 * marks.quote).encode() in text
    return frame.with_columns(pl.all().replace("", None)) if quoted_nothing else frame


def _mended(mended: Mended, dialect: Dialect, names: list[str], where: str) -> pl.DataFrame:
    lines = len(mended.lines) + len(mended.skipped)
    if len(mended.skipped) > MAX_SKIPPED_FRACTION * lines:
        raise SourceError(
            f"{len(mended.skipped)} of {lines} lines have more than the {len(names)} cells of the "
            f"header, the first at line {mended.skipped[0]}",
            where=where,
            hint="name the delimiter, or mend the file",
        )
    if not mended.lines:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    return _parse("\n".join(mended.lines).encode() + b"\n", 0, dialect.marks, names)
