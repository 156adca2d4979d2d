"""Cutting lines of text into records of cells."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Marks", "Record"]

MAX_QUOTED_LINES = 50


class Record(NamedTuple):
    """A row of a text: its first line, from 0, and the line after it.

    ``cells`` is None where its quotes are broken, and for a line without a quote, which a plain
    split cuts right; ``broken`` tells which.
    """

    start: int
    end: int
    cells: list[str] | None = None
    broken: bool = False


@dataclass(frozen=True)
class Marks:
    """What parts cells from each other.

    Args:
        delimiter: one character.
        quote: one character.
        blank_after: a blank follows each delimiter and belongs to it, as in ``a, "b, c"``.
    """

    delimiter: str = ","
    quote: str = '"'
    blank_after: bool = False

    def records(self, lines: Sequence[str], start: int, width: int | None) -> Iterator[Record]:
        """All records from line ``start`` on; lines without their ends.

        A record of several lines is one only if all of its quotes are in order and it is
        ``width`` wide; else its first line stands alone.
        """
        at = start
        while at < len(lines):
            line = lines[at]
            if self.quote not in line and not self.blank_after:
                record = Record(at, at + 1)
            else:
                record = self._quoted(lines, at, width) or Record(at, at + 1, broken=True)
            yield record
            at = record.end

    def cells(self, record: Record, lines: Sequence[str]) -> list[str]:
        """The cells of a record; those of a broken one by a plain split."""
        if record.cells is not None:
            return record.cells
        cells = lines[record.start].split(self.delimiter)
        return [self._bare(cell) for cell in cells] if record.broken else cells

    def _bare(self, cell: str) -> str:
        """A cell without the quotes around it."""
        inner = cell.strip()
        enclosed = len(inner) > 1 and inner[0] == inner[-1] == self.quote
        return inner[1:-1] if enclosed else cell

    def _quoted(self, lines: Sequence[str], start: int, width: int | None) -> Record | None:
        """The record that starts here and spans lines until its quotes are closed."""
        text = ""
        for end in range(start + 1, min(start + MAX_QUOTED_LINES, len(lines)) + 1):
            text += lines[end - 1] if end == start + 1 else f"\n{lines[end - 1]}"
            if text.count(self.quote) % 2:
                continue
            cells = self.parse(text)
            if cells is not None and (end == start + 1 or width in (None, len(cells))):
                return Record(start, end, cells)
            if end == start + 1:
                return None
        return None

    def parse(self, text: str) -> list[str] | None:
        """The cells of one record, if its quotes are in order."""
        rows = csv.reader(
            text.splitlines(keepends=True) if "\n" in text else [text],
            delimiter=self.delimiter,
            quotechar=self.quote,
            skipinitialspace=self.blank_after,
            strict=True,
        )
        try:
            cells = next(rows, [])
            return cells if next(rows, None) is None else None
        except csv.Error:
            return None
