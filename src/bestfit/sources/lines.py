"""Reading line by line what a strict reader refuses; every line that is mended is counted."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field

from .dialect import Dialect

__all__ = ["Lenient", "read_lines"]

MAX_QUOTED_LINES = 50


@dataclass
class Lenient:
    """Cells by row, all as wide as the header, and what it took to get them."""

    rows: list[list[str]] = field(default_factory=list)
    padded: int = 0
    cut: int = 0
    blank: int = 0
    quotes: int = 0
    skipped: list[int] = field(default_factory=list)

    def notes(self) -> dict[str, object]:
        """The counts that are not zero, by the name under which a table reports them."""
        counts = {
            "padded_lines": self.padded,
            "cut_lines": self.cut,
            "blank_lines": self.blank,
            "broken_quotes": self.quotes,
            "skipped_lines": len(self.skipped),
            "skipped_at": self.skipped[:5],
        }
        return {name: value for name, value in counts.items() if value}


def read_lines(text: str, dialect: Dialect) -> Lenient:
    """All rows of a text: short lines are filled up, long ones left out unless the rest is empty.

    A quote that never closes, or closes in another row, counts as a plain character.
    """
    result, width = Lenient(), len(dialect.names)
    for number, cells in _records(text, dialect, result):
        if len(cells) > width:
            if any(cell.strip() for cell in cells[width:]):
                result.skipped.append(number)
                continue
            cells = cells[:width]
            result.cut += 1
        elif len(cells) < width:
            cells = cells + [""] * (width - len(cells))
            result.padded += 1
        result.rows.append(cells)
    return result


def _records(text: str, dialect: Dialect, result: Lenient) -> Iterator[tuple[int, list[str]]]:
    lines = text.split("\n")
    if lines and not lines[-1].strip():
        lines.pop()
    at, width = dialect.skip_lines, len(dialect.names)
    while at < len(lines):
        line, number = lines[at].removesuffix("\r"), at + 1
        at += 1
        if width > 1 and not line.strip():
            result.blank += 1
        elif dialect.quote not in line:
            yield number, line.split(dialect.delimiter)
        else:
            cells, used = _quoted(lines, at - 1, dialect)
            if cells is None:
                result.quotes += 1
                cells = [_unquoted(cell, dialect.quote) for cell in line.split(dialect.delimiter)]
            at += used - 1
            yield number, cells


def _quoted(lines: list[str], start: int, dialect: Dialect) -> tuple[list[str] | None, int]:
    """The cells of the record that starts here, and how many lines it takes; None if broken."""
    record = ""
    for used in range(1, min(MAX_QUOTED_LINES, len(lines) - start) + 1):
        record += lines[start + used - 1] + "\n"
        if record.count(dialect.quote) % 2:
            continue
        parsed = list(
            csv.reader(
                [record.rstrip("\r\n")] if used == 1 else record.splitlines(keepends=True),
                delimiter=dialect.delimiter,
                quotechar=dialect.quote,
                skipinitialspace=dialect.blank_before_quote,
            )
        )
        if len(parsed) == 1 and (used == 1 or len(parsed[0]) == len(dialect.names)):
            return parsed[0], used
        return None, 1
    return None, 1


def _unquoted(cell: str, quote: str) -> str:
    inner = cell.strip()
    whole = len(inner) > 1 and inner.startswith(quote) and inner.endswith(quote)
    return inner[1:-1] if whole else cell
