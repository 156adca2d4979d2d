"""CSV, TSV and other delimited text: every cell as the text that stands in the file."""

from dataclasses import dataclass

import polars as pl

from ..errors import SourceError
from ..frames import tidy_names
from ..table import Table
from .base import Source, source
from .dialect import Dialect, sniff
from .file import File
from .lines import Mended, mend
from .records import Marks
from .text import decode

__all__ = ["Delimited"]

FORMATS = {",": "csv", "\t": "tsv"}
MAX_SKIPPED_FRACTION = 0.5


@source("delimited")
@dataclass(frozen=True)
class Delimited(Source):
    """Lines of cells between delimiters.

    Args:
        file: where the text lies.
        delimiter: one character; None finds it.
        encoding: as Python calls it; None finds it.
        header: whether the first line holds names; None finds out.
    """

    file: File
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None

    @classmethod
    def accepts(cls, file: File) -> bool:
        """Never by itself: this source is given what no other one accepts."""
        return False

    def read(self) -> Table:
        where = self.file.name
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise SourceError(f"a delimiter is one character, not {self.delimiter!r}", where=where)
        text, encoding, notes = decode(self.file.data, where, self.encoding)
        dialect = sniff(text, self.delimiter, self.header)
        names = tidy_names(dialect.names)
        written = zip(dialect.names, names, strict=True)
        renamed = {new: old for old, new in written if old != new and dialect.header}
        frame = _strict(text, dialect, names)
        if frame is None:
            mended = mend(text.decode(), dialect)
            frame = _mended(mended, dialect, names, where)
            notes |= mended.notes()
        if not frame.height:
            raise SourceError("only a header, no rows", where=where)
        reading = self.file.reading(FORMATS.get(dialect.marks.delimiter, "delimited")) | {
            "delimiter": dialect.marks.delimiter,
            "quote": dialect.marks.quote,
            "encoding": encoding,
            "header": dialect.header,
        }
        if dialect.preamble:
            notes["preamble_lines"] = dialect.preamble
        if renamed:
            notes["renamed"] = renamed
        return Table(frame, where, reading | notes)


def _strict(text: bytes, dialect: Dialect, names: list[str]) -> pl.DataFrame | None:
    """The fast way for a text without a fault; None if there is one.

    The reader pads short and blank lines without a word, so the delimiters are counted: a
    whole table has one less than columns per row, besides those inside cells.
    """
    marks = dialect.marks
    if marks.blank_before_quote:
        return None
    try:
        frame = _parse(text, dialect.skip_lines, marks, names)
    except (pl.exceptions.PolarsError, ValueError):
        return None
    start = 0
    for _ in range(dialect.skip_lines):
        start = text.find(b"\n", start) + 1
    inside = 0
    if text.find(marks.quote.encode(), start) >= 0:
        counts = frame.select(pl.all().str.count_matches(marks.delimiter, literal=True).sum())
        inside = sum(count or 0 for count in counts.row(0))
    whole = frame.height * (len(names) - 1) + inside
    return frame if text.count(marks.delimiter.encode(), start) == whole else None


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
