"""How a delimited text is written: delimiter, quote, where the table starts, its header."""

import re
from collections import Counter
from dataclasses import dataclass

from .records import Marks

__all__ = ["Dialect", "sniff"]

DELIMITERS = (",", "\t", ";", "|")
SAMPLE_BYTES = 1 << 16
MAX_PREAMBLE = 20
MIN_SHARE = 0.5
NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)*|\.\d+)([eE][-+]?\d+)?\s*%?\s*")


@dataclass(frozen=True)
class Dialect:
    """How to cut a text into cells.

    Args:
        marks: delimiter and quote.
        names: of the columns, as written; empty where there is no header.
        header: whether the names stand in the text.
        skip_lines: physical lines before the first row, the header among them.
        preamble: lines before the header that belong to no table.
    """

    marks: Marks
    names: tuple[str, ...]
    header: bool
    skip_lines: int
    preamble: int = 0


def sniff(data: bytes, delimiter: str | None = None, header: bool | None = None) -> Dialect:
    r"""The dialect of UTF-8 text, from its first 64 KiB.

    >>> found = sniff(b"name;size\n1,5;2\n3,5;4\n")
    >>> found.marks.delimiter, found.names, found.header
    (';', ('name', 'size'), True)
    """
    lines = _sample_lines(data)
    quote = _quote(lines)
    spaced = any(f"{mark} {quote}" in line for line in lines for mark in DELIMITERS)
    candidates = (delimiter,) if delimiter else DELIMITERS
    ranked = [_Cut.of(lines, Marks(mark, quote, spaced)) for mark in candidates]
    best = max(ranked, key=lambda cut: cut.merit)
    if best.width < 2 and delimiter is None:
        best = ranked[0]
    start = best.first_row()
    before = best.ends[start - 1] if start else 0
    has_header = _has_header(best.rows[start:]) if header is None else header
    return Dialect(
        marks=best.marks,
        names=tuple(_names(best, start)) if has_header else ("",) * best.width,
        header=has_header,
        skip_lines=best.ends[start] if has_header else before,
        preamble=before,
    )


@dataclass(frozen=True)
class _Cut:
    """The sample cut by one delimiter: its rows, and the number of lines up to each row's end."""

    marks: Marks
    rows: list[list[str]]
    ends: list[int]
    width: int
    share: float

    @classmethod
    def of(cls, lines: list[str], marks: Marks) -> "_Cut":
        records = list(marks.records(lines, 0, None))
        rows = [r.cells or lines[r.start].split(marks.delimiter) for r in records]
        pairs = zip(rows, records, strict=True)
        whole = [row for row, r in pairs if not r.broken and any(cell.strip() for cell in row)]
        widths = Counter(len(cells) for cells in whole or rows)
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
        return cls(marks, rows, [r.end for r in records], width, times / widths.total())

    @property
    def merit(self) -> tuple[bool, bool, float, int]:
        """A table has a header as wide as its rows, most rows of one width, many columns."""
        wide = self.width >= 2
        return (wide, wide and len(self.rows[0]) == self.width, round(self.share, 1), self.width)

    def first_row(self) -> int:
        """The first row that belongs to the table: titles and comments above it do not."""
        for start, row in enumerate(self.rows[: MAX_PREAMBLE + 1]):
            filled = [cell for cell in row if cell.strip()]
            comment = bool(row) and row[0].startswith("#") and len(row) != self.width
            if not comment and (len(filled) > 1 or (self.width < 2 and filled)):
                return start
        return 0


def _sample_lines(data: bytes) -> list[str]:
    sample = data[:SAMPLE_BYTES]
    if len(data) > SAMPLE_BYTES and b"\n" in sample:
        sample = sample[: sample.rindex(b"\n") + 1]
    text = sample.decode(errors="replace").replace("\r\n", "\n")
    return text.removesuffix("\n").split("\n")


def _quote(lines: list[str]) -> str:
    """The double quote, unless single quotes enclose cells and double quotes never occur."""
    if any('"' in line for line in lines):
        return '"'
    enclosed = re.compile(r"(^|[,;|\t])'[^']*'\s*($|[,;|\t])")
    return "'" if sum(map(bool, map(enclosed.search, lines))) > len(lines) / 2 else '"'


def _has_header(rows: list[list[str]]) -> bool:
    """Names stand above columns of numbers; where a number stands there, it is a row.

    Names that are numbers themselves (years, or 0, 1, 2 …) still are names.
    """
    if len(rows) < 2:
        return True
    first, body = rows[0], [row for row in rows[1:101] if len(row) == len(rows[0])]
    if not body or not all(cell.strip() for cell in first):
        return True  # an index without a name, or nothing to compare with
    numeric = []
    for i, cell in enumerate(first):
        filled = [row[i] for row in body if row[i].strip()]
        if filled and sum(map(bool, map(NUMBER.fullmatch, filled))) > 0.9 * len(filled):
            numeric.append(cell)
    named = [cell for cell in numeric if not NUMBER.fullmatch(cell)]
    return not numeric or bool(named) or _is_series(numeric)


def _is_series(cells: list[str]) -> bool:
    """Whole numbers that count up by one: 0, 1, 2 or 2019, 2020, 2021."""
    if len(cells) < 3 or not all(cell.strip().isdecimal() for cell in cells):
        return False
    values = [int(cell) for cell in cells]
    return values == list(range(values[0], values[0] + len(values)))


def _names(cut: _Cut, start: int) -> list[str]:
    """The header, completed where rows carry one more cell than it: row names, or an open end."""
    names = list(cut.rows[start])
    body = [row for row in cut.rows[start + 1 :] if len(row) == cut.width]
    if len(names) != cut.width - 1 or cut.share < MIN_SHARE:
        return names
    if all(not row[-1].strip() for row in body):
        return [*names, ""]
    firsts = [row[0].strip() for row in body]
    counted = _is_series(firsts) and firsts[0] in ("0", "1")
    named = len(set(firsts)) == len(firsts) and not any(map(NUMBER.fullmatch, firsts))
    return ["", *names] if counted or named else names
