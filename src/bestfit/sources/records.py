"""Cutting lines of text into records of cells, whatever their quotes look like."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Marks", "Record"]

MAX_QUOTED_LINES = 50


class Record(NamedTuple):
    """A row of a text: its first line, from 0, and the line after it.

    ``cells`` is None for one line without a quote, which a plain split cuts right.
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
        blank_before_quote: quotes may follow a blank, as in ``a, "b, c"``.
    """

    delimiter: str = ","
    quote: str = '"'
    blank_before_quote: bool = False

    def records(self, lines: Sequence[str], start: int, width: int | None) -> Iterator[Record]:
        """All records from line ``start`` on; lines without their ends.

        A quote that never closes, or closes in a record that is not ``width`` wide, is a plain
        character.
        """
        at = start
        while at < len(lines):
            line = lines[at]
            if self.quote not in line:
                record = Record(at, at + 1)
            else:
                record = self._quoted(lines, at, width) or self._plain(line, at)
            yield record
            at = record.end

    def _quoted(self, lines: Sequence[str], start: int, width: int | None) -> Record | None:
        """The record that starts here and spans lines until its quotes are closed."""
        text = ""
        for end in range(start + 1, min(start + MAX_QUOTED_LINES, len(lines)) + 1):
            text += lines[end - 1] if end == start + 1 else f"\n{lines[end - 1]}"
            if text.count(self.quote) % 2:
                continue
            rows = list(
                csv.reader(
                    text.splitlines(keepends=True) if end > start + 1 else [text],
                    delimiter=self.delimiter,
                    quotechar=self.quote,
                    skipinitialspace=self.blank_before_quote,
                )
            )
            fits = end == start + 1 or width in (None, len(rows[0]))
            return Record(start, end, rows[0]) if len(rows) == 1 and fits else None
        return None

    def _plain(self, line: str, at: int) -> Record:
        """One line, its quotes taken as characters unless they enclose a cell."""
        cells = line.split(self.delimiter)
        for i, cell in enumerate(cells):
            inner = cell.strip()
            if len(inner) > 1 and inner[0] == inner[-1] == self.quote:
                cells[i] = inner[1:-1]
        return Record(at, at + 1, cells, broken=True)
