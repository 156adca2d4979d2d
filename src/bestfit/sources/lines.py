"""Mending, line by line, a text that a strict reader refuses; every mended line is counted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import islice

from .align import align
from .cells import RULE, Look
from .dialect import Dialect
from .records import Marks, Record

__all__ = ["Mended", "mend"]

NAME = re.compile(r"([^\W\d][\w .()%/-]*)?")
OTHER_MARKS = (" ", "\t", ";", "|", ",")
ENOUGH_ROWS = 5  # to know what its columns look like
MAX_SURPRISE = 5.0  # nats above what a row costs as a rule
TABLE_ROWS = 3  # rows of one other width, under names, that make another table


@dataclass
class Mended:
    """Lines that are all as wide as the header, and what it took to get them."""

    lines: list[str] = field(default_factory=list)
    padded: int = 0
    cut: int = 0
    realigned: int = 0
    blank: int = 0
    quotes: int = 0
    comments: int = 0
    rules: int = 0
    headers: int = 0
    footer: int = 0
    other_table: int = 0
    skipped: list[int] = field(default_factory=list)

    def add(self, other: "Mended") -> None:
        """Count what another block of the same text took; its lines are not kept."""
        for count in fields(self):
            if count.name != "lines":
                total = getattr(self, count.name) + getattr(other, count.name)
                setattr(self, count.name, total)

    def notes(self) -> dict[str, object]:
        """The counts that are not zero, by the name under which a table reports them."""
        counts = {
            "padded_lines": self.padded,
            "cut_lines": self.cut,
            "realigned_lines": self.realigned,
            "blank_lines": self.blank,
            "broken_quotes": self.quotes,
            "comment_lines": self.comments,
            "rules": self.rules,
            "repeated_headers": self.headers,
            "footer_lines": self.footer,
            "lines_of_another_table": self.other_table,
            "skipped_lines": len(self.skipped),
            "skipped_at": self.skipped[:5],
        }
        return {name: value for name, value in counts.items() if value}


def mend(text: str, dialect: Dialect) -> Mended:
    """The rows of a text as lines that a strict reader takes.

    A row that is too short or too long is laid over the columns where its cells fit; where that
    is a guess, a short one is filled up and a long one left out. Lines without a character are
    passed over, except in a table of one column.
    """
    return _Mender(text.removesuffix("\n").split("\n"), dialect).run()


class _Mender:
    def __init__(self, lines: list[str], dialect: Dialect) -> None:
        self.lines, self.dialect, self.marks = lines, dialect, dialect.marks
        self.width, self.looks = len(dialect.names), dialect.looks
        if len(self.looks) != self.width:
            self.looks = tuple(Look(()) for _ in dialect.names)
        self.header = [list(row) for row in dialect.header]
        self.out = Mended()

    def run(self) -> Mended:
        records = list(self.marks.records(self.lines, self.dialect.skip_lines, self.width))
        last = self._footer(records)
        self.out.footer = len(records) - last
        at = 0
        while at < last:
            record = records[at]
            line = self.lines[record.start]
            plain = record.cells is None and not record.broken
            if plain and line.count(self.marks.delimiter) == self.width - 1 and not self._odd(line):
                self.out.lines.append(line)
            elif self._starts_table(records, at):
                at = self._end_of_table(records, at, last)
                continue
            else:
                self._one(record, line)
            at += 1
        return self.out

    def _odd(self, line: str) -> bool:
        """Whether a line as wide as the others may still be none of the rows."""
        first = self.header[0][0] if self.header and self.header[0] else None
        same = first is not None and line.startswith(first) and self._cells(line) in self.header
        return same or RULE.fullmatch(line) is not None or (self.width == 1 and not line)

    def _cells(self, line: str) -> list[str]:
        return line.split(self.marks.delimiter)

    def _one(self, record: Record, line: str) -> None:
        out = self.out
        cells = self.marks.cells(record, self.lines)
        if not line.strip() and self.width > 1:
            out.blank += 1
        elif RULE.fullmatch(line):
            out.rules += 1
        elif cells in self.header:
            out.headers += 1
        elif line.lstrip().startswith(self.dialect.comment) and len(cells) != self.width:
            out.comments += 1
        elif record.broken or len(cells) != self.width:
            self._misfit(record, line, cells)
        else:
            out.lines.append(self._line(cells))

    def _misfit(self, record: Record, line: str, cells: list[str]) -> None:
        """A row of another width, or with broken quotes."""
        out, width = self.out, self.width
        fitted = self._aligned(line, cells) if record.end == record.start + 1 else None
        fitted = cells if fitted is None else fitted
        if any(cell.strip() for cell in fitted[width:]):
            out.skipped.append(record.start + 1)
            return
        plain = cells[:width] + [""] * (width - len(cells))
        fitted = fitted[:width] + [""] * (width - len(fitted))
        if record.broken:
            out.quotes += 1
        elif plain == fitted and not any(cell.strip() for cell in cells[width:]):
            out.cut += len(cells) > width
            out.padded += len(cells) < width
        else:
            out.realigned += 1
        out.lines.append(self._line(fitted))

    def _aligned(self, line: str, cells: list[str]) -> list[str] | None:
        """The best reading of a line over the columns, if it is good and the only one."""
        if self.width < 2 or self.looks[0].n < ENOUGH_ROWS:
            return None
        quote, marks = self.marks.quote, [self.marks.delimiter]
        if 2 * len(cells) <= self.width:
            marks += [mark for mark in OTHER_MARKS if mark in line and mark not in marks]
        found = [align(line, mark, quote, self.looks) for mark in marks]
        readings = [reading for reading in found if reading is not None]
        if not readings:
            return None
        best = min(readings, key=lambda reading: reading.cost)
        good = best.unique and best.cost <= self.usual + MAX_SURPRISE + 0.25 * self.width
        return list(best.cells) if good else None

    @property
    def usual(self) -> float:
        """What a row costs as a rule."""
        return sum(
            look.cost("9" if kind == "9" else kind.replace("9", "1"))
            for look in self.looks
            for kind, _ in look.shapes.most_common(1)
        )

    def _starts_table(self, records: Sequence[Record], at: int) -> bool:
        """Whether names of another width stand here, with rows of that width below them."""
        cells = self.marks.cells(records[at], self.lines)
        width = len(cells)
        if width in (1, self.width) or records[at].broken or cells in self.header:
            return False
        if not all(NAME.fullmatch(cell.strip()) for cell in cells) or not any(cells[:1]):
            return False
        after = islice(records, at + 1, at + 1 + TABLE_ROWS)
        below = [self.marks.cells(each, self.lines) for each in after]
        return len(below) == TABLE_ROWS and all(len(row) == width for row in below)

    def _end_of_table(self, records: Sequence[Record], at: int, last: int) -> int:
        """Where rows of the own width begin again."""
        own = 0
        for place in range(at, last):
            own = own + 1 if len(self.marks.cells(records[place], self.lines)) == self.width else 0
            if own == TABLE_ROWS:
                self.out.other_table += place + 1 - TABLE_ROWS - at
                return place + 1 - TABLE_ROWS
        self.out.other_table += last - at
        return last

    def _footer(self, records: Sequence[Record]) -> int:
        """The record after the last row: below a table may stand notes of one cell."""
        last = len(records)
        while last and self.width > 2:
            cells = self.marks.cells(records[last - 1], self.lines)
            filled = [cell for cell in cells if cell.strip()]
            note = len(filled) == 1 and bool(cells[0].strip()) and len(cells) != self.width
            unlike = note and self.looks[0].strong and not self.looks[0].fits(cells[0])
            prose = note and len(cells[0].split()) > 1 and self.looks[0].shapes["a"] == 0
            if filled and not (note and (unlike or prose)):
                break
            last -= 1
        tail = records[last:]
        return last if any(self.lines[r.start].strip() for r in tail) else len(records)

    def _line(self, cells: Sequence[str]) -> str:
        """Cells as one record in strict quotes; an empty cell stays bare, for it is missing."""
        return _written(cells, self.marks)


def _written(cells: Sequence[str], marks: Marks) -> str:
    quote = marks.quote
    return marks.delimiter.join(
        f"{quote}{cell.replace(quote, quote * 2)}{quote}" if cell else "" for cell in cells
    )
