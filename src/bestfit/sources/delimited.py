"""CSV, TSV and other delimited text: every cell as the text that stands in the file."""

from dataclasses import dataclass
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
from .text import decode

__all__ = ["Delimited", "Parsed"]

FORMATS = {",": "csv", "\t": "tsv"}
MAX_SKIPPED_FRACTION = 0.5


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
        frame, _, reading = self.parse()
        if not frame.height:
            raise SourceError("only a header, no rows", where=self.file.name)
        return Table(frame, self.file.name, reading)

    def parse(self) -> Parsed:
        """The rows, be there any or not.

        Raises:
            SourceError: this is no text, or its lines make no table.
        """
        where = self.file.name
        self._check()
        data, encoding, notes = decode(self.file.data, where, self.encoding)
        data, escape = _without_escapes(data, self.escape, self.quote or '"')
        wanted = Wanted(self.delimiter, self.quote, self.header, self.skip, self.comment)
        text = data.decode()
        dialect = sniff(text, wanted)
        names = tidy_names(dialect.names)
        frame, lost = _strict(data, dialect, names), 0
        if frame is None:
            mended = mend(text, dialect)
            frame = _mended(mended, dialect, names, where)
            notes |= mended.notes()
            lost = len(mended.skipped)
        marks = dialect.marks
        reading = self.file.reading(FORMATS.get(marks.delimiter, "delimited")) | {
            "delimiter": marks.delimiter + " " * marks.blank_after,
            "quote": marks.quote,
            "escape": notes.pop("escape", escape),
            "encoding": encoding,
            "header": bool(dialect.header),
            "rows_in_file": frame.height + lost,
            "evidence": dialect.evidence,
        }
        if len(dialect.header) > 1:
            notes["header_rows"] = len(dialect.header)
        if dialect.preamble:
            notes["preamble_lines"] = dialect.preamble
        pairs = zip(dialect.names, names, strict=True)
        if renamed := {new: old for old, new in pairs if old != new and dialect.header}:
            notes["renamed"] = renamed
        return Parsed(frame, dialect, reading | notes)

    def _check(self) -> None:
        for name in ("delimiter", "quote"):
            value = getattr(self, name)
            if value is not None and len(value) != 1:
                problem = f"a {name} is one character, not {value!r}"
                raise SourceError(problem, where=self.file.name)
        if self.escape not in (None, "\\", self.quote or '"'):
            problem = f"an escape is a backslash or the quote, not {self.escape!r}"
            raise SourceError(problem, where=self.file.name)


def _without_escapes(data: bytes, wanted: str | None, quote: str) -> tuple[bytes, str]:
    """Backslashes before quotes as doubled quotes, where the text or the user says so.

    They are escapes if with them more lines have their quotes in pairs, or if they do not stand
    at the end of cells.
    """
    mark, one = f"\\{quote}".encode(), quote.encode()
    if wanted == quote or mark not in data:
        return data, quote
    if wanted is None:
        lines = [line for line in data.split(b"\n") if mark in line]
        odd = sum(line.count(one) % 2 for line in lines)
        odd_with = sum((line.count(one) - line.count(mark)) % 2 for line in lines)
        inside = sum(_inside(line, mark) for line in lines)
        if odd_with > odd or (odd_with == odd and 2 * inside <= len(lines)):
            return data, quote
    return data.replace(mark, one * 2), "\\"


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
    if text.count(marks.delimiter.encode(), start) != whole:
        return None
    return None if _holds_header(frame, dialect) else frame


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
