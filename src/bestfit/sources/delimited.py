"""CSV, TSV and other delimited text: every cell as the text that stands in the file."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import polars as pl

from ..errors import SourceError
from ..frames import tidy_names
from ..table import Table
from .base import Source, source
from .blocks import end_of_rows, escape_of, excerpt, is_long, without_escapes
from .dialect import Dialect, Wanted, sniff
from .file import File
from .lines import Mended, mend
from .strict import parse, strict
from .text import decode, is_plain

__all__ = ["Delimited", "Parsed"]

FORMATS = {",": "csv", "\t": "tsv"}
MAX_SKIPPED_FRACTION = 0.5
CELLS_BYTES = 3  # of memory for each byte of text, about
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
        head = decode(excerpt(self.file), self.file.name)
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
        return self.encoding is None and is_long(self.file) and is_plain(self.file)

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
        escape = escape_of(text, quote) if source.escape is None else source.escape
        wanted = Wanted(source.delimiter, source.quote, source.header, source.skip, source.comment)
        plain = without_escapes(text, escape, quote).decode(errors="replace")
        return cls(source, sniff(plain, wanted), escape, encoding)

    def frame(self, text: bytes) -> pl.DataFrame:
        """The rows of a block; the first one begins with what stands above the rows."""
        text = without_escapes(text, self.escape, self.dialect.marks.quote)
        dialect = self.dialect if self.at_start else replace(self.dialect, skip_lines=0)
        self.at_start = False
        frame = strict(text, dialect, self.names)
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
            end = end_of_rows(data, quote)
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
    return parse("\n".join(mended.lines).encode() + b"\n", 0, dialect.marks, names)
