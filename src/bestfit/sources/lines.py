"""Mending, line by line, a text that a strict reader refuses; every mended line is counted."""

from dataclasses import dataclass, field

from .dialect import Dialect
from .records import Marks

__all__ = ["Mended", "mend"]


@dataclass
class Mended:
    """Lines that are all as wide as the header, and what it took to get them."""

    lines: list[str] = field(default_factory=list)
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


def mend(text: str, dialect: Dialect) -> Mended:
    """The rows of a text as lines that a strict reader takes.

    Short lines are filled up, long ones left out unless the rest is empty. Lines without a
    character are passed over, except in a table of one column.
    """
    result, width, marks = Mended(), len(dialect.names), dialect.marks
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    for record in marks.records(lines, dialect.skip_lines, width):
        line = lines[record.start]
        if record.cells is None and line.count(marks.delimiter) == width - 1:
            result.lines.append(line)
            continue
        cells = line.split(marks.delimiter) if record.cells is None else record.cells
        if width > 1 and len(cells) == 1 and not cells[0].strip():
            result.blank += 1
        elif any(cell.strip() for cell in cells[width:]):
            result.skipped.append(record.start + 1)
        else:
            result.quotes += record.broken
            result.cut += len(cells) > width
            result.padded += len(cells) < width
            cells = cells[:width] + [""] * (width - len(cells))
            result.lines.append(_line(cells, marks))
    return result


def _line(cells: list[str], marks: Marks) -> str:
    """Cells as one record in strict quotes; an empty cell stays bare, for it is missing."""
    quote = marks.quote
    return marks.delimiter.join(
        f"{quote}{cell.replace(quote, quote * 2)}{quote}" if cell else "" for cell in cells
    )
