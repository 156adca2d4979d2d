"""How a delimited text is written: delimiter, quote, where the table starts, its header."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .cells import RULE, Look, looks_of
from .header import header_rows, names_of
from .records import Marks, Record

__all__ = ["Dialect", "Wanted", "sniff"]

USUAL = (",", "\t", ";", "|")
RARE = ("\x1f", "\x01", "^", "~", "¦", ":", " ")
HEAD_CHARS, BLOCK_CHARS, BLOCKS = 1 << 17, 1 << 14, 8  # what is looked at of a large text
MAX_TITLES = 20
MIN_SHARE, EVEN_SHARE = 0.5, 0.95
DIRECTIVE = re.compile(r"sep=(.)", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """What is told beforehand; None is found.

    Args:
        delimiter: one character.
        quote: one character.
        header: whether there are names above the rows.
        skip: lines above the table.
        comment: what a line begins with that is none.
    """

    delimiter: str | None = None
    quote: str | None = None
    header: bool | None = None
    skip: int | None = None
    comment: str | None = None


@dataclass(frozen=True)
class Dialect:
    """How to cut a text into cells.

    Args:
        marks: delimiter and quote.
        names: of the columns, as written; empty where there is no header.
        header: the cells of the rows that hold the names; none where there is no header.
        skip_lines: physical lines before the first row, the header among them.
        preamble: lines before the header that belong to no table.
        looks: of the columns.
        ruled: whether lines are drawn between the rows.
        comment: what a line begins with that is none.
        evidence: why, by what was found.
    """

    marks: Marks
    names: tuple[str, ...]
    header: tuple[tuple[str, ...], ...]
    skip_lines: int
    preamble: int
    looks: tuple[Look, ...]
    ruled: bool = False
    comment: str = "#"
    evidence: dict[str, str] = field(default_factory=dict)


def sniff(text: str, wanted: Wanted = Wanted()) -> Dialect:  # frozen
    r"""The dialect of a text with ``\n`` as line ends.

    >>> found = sniff("name;size\n1,5;2\n3,5;4\n")
    >>> found.marks.delimiter, found.names
    (';', ('name', 'size'))
    """
    lines = _sample(text)
    told = wanted.skip or 0
    if wanted.delimiter is None and (directive := DIRECTIVE.fullmatch(lines[told].strip())):
        wanted = Wanted(**{**vars(wanted), "delimiter": directive[1]})
        told += 1
    cut, evidence = _cut(lines[told:], wanted)
    start = 0 if wanted.skip is not None else cut.first_row(wanted.comment or "#")
    before = cut.ends[start - 1] if start else 0
    found = list(zip(cut.rows, cut.ends, strict=True))[start:]
    drawn = [bool(RULE.fullmatch(cut.marks.delimiter.join(row))) for row, _ in found]
    found = [pair for pair, rule in zip(found, drawn, strict=True) if not rule]
    rows = [row for row, _ in found]
    body = [row for row in rows[1:] if len(row) == cut.width and row != rows[0]]
    looks = looks_of(body, cut.width)
    n_header, why = header_rows(rows, looks, cut.width)
    if wanted.header is not None:
        n_header, why = (max(1, n_header) if wanted.header else 0), "as asked for"
    evidence["header"] = why
    if not n_header:
        looks = looks_of([row for row in rows if len(row) == cut.width], cut.width)
    header = tuple(tuple(cell.removesuffix("\r") for cell in row) for row in rows[:n_header])
    return Dialect(
        marks=cut.marks,
        names=names_of(header, rows[n_header:], cut.width, cut.share >= MIN_SHARE)
        if header
        else ("",) * cut.width,
        header=header,
        skip_lines=told + (found[n_header - 1][1] if n_header else before),
        preamble=told + before,
        looks=tuple(looks),
        ruled=any(drawn),
        comment=wanted.comment or "#",
        evidence=evidence,
    )


@dataclass(frozen=True)
class _Cut:
    """The sample cut by one delimiter: its rows, and the number of lines up to each row's end."""

    marks: Marks
    lines: Sequence[str]
    records: Sequence[Record]

    @classmethod
    def of(cls, lines: Sequence[str], marks: Marks) -> "_Cut":
        return cls(marks, lines, list(marks.records(lines, 0, None)))

    @cached_property
    def rows(self) -> list[list[str]]:
        """The cells of every record."""
        return [self.marks.cells(record, self.lines) for record in self.records]

    @cached_property
    def ends(self) -> list[int]:
        """Lines up to the end of every record."""
        return [record.end for record in self.records]

    @cached_property
    def widths(self) -> Counter[int]:
        """How many rows in order are how wide."""
        pairs = zip(self.rows, self.records, strict=True)
        whole = [row for row, r in pairs if not r.broken and any(cell.strip() for cell in row)]
        return Counter(len(cells) for cells in whole or self.rows)

    @cached_property
    def width(self) -> int:
        """Of most rows."""
        return max(self.widths.items(), key=lambda item: (item[1], item[0]))[0]

    @property
    def share(self) -> float:
        """Of the rows that are so wide."""
        return self.widths[self.width] / self.widths.total()

    @property
    def merit(self) -> tuple[bool, bool, float, int]:
        """A table has a header as wide as its rows, most rows of one width, many columns."""
        wide = self.width >= 2
        return (wide, wide and len(self.rows[0]) == self.width, round(self.share, 1), self.width)

    def first_row(self, comment: str) -> int:
        """The first row that belongs to the table: titles and comments above it do not."""
        for start, row in enumerate(self.rows):
            filled = [cell for cell in row if cell.strip()]
            remark = bool(row) and row[0].startswith(comment) and len(row) != self.width
            near = self.width < 2 or len(row) >= min(self.width - 1, 2)
            if not remark and near and (len(filled) > 1 or (self.width < 2 and filled)):
                return start + self._titles(start)
        return 0

    def _titles(self, start: int) -> int:
        """How many rows from here on are titles that happen to hold delimiters."""
        for n, row in enumerate(self.rows[start : start + MAX_TITLES]):
            surplus = len(row) - self.width
            if surplus in (-1, 0) or 0 < surplus <= row.count(""):
                return n
        return 0


def _sample(text: str) -> list[str]:
    """All lines of a text; of a large one, those of its head and of blocks all over it."""
    if len(text) <= HEAD_CHARS + BLOCKS * BLOCK_CHARS:
        return text.removesuffix("\n").split("\n")
    head = text[:HEAD_CHARS]
    head = head[: head.rfind("\n") + 1] or head
    step = (len(text) - HEAD_CHARS) // BLOCKS
    blocks = [text[HEAD_CHARS + i * step :][:BLOCK_CHARS].split("\n")[1:-1] for i in range(BLOCKS)]
    return head.removesuffix("\n").split("\n") + [line for block in blocks for line in block]


def _cut(lines: Sequence[str], wanted: Wanted) -> tuple[_Cut, dict[str, str]]:
    """The sample cut by the best delimiter, and why it is the best."""
    quote, why = (wanted.quote, "as asked for") if wanted.quote else _quote(lines)
    evidence = {"quote": why}
    if wanted.delimiter is not None:
        evidence["delimiter"] = "as asked for"
        return _Cut.of(lines, _marks(lines, wanted.delimiter, quote)), evidence
    ranked = [_Cut.of(lines, _marks(lines, mark, quote)) for mark in USUAL]
    ranked.sort(key=lambda cut: cut.merit, reverse=True)
    best = ranked[0]
    if best.width < 2 or best.share < EVEN_SHARE:
        rare = [_Cut.of(lines, Marks(mark, quote)) for mark in RARE]
        uneven = best.width < 2 or best.share < MIN_SHARE
        better = (
            cut for cut in rare
            if (_is_even(cut) and cut.width > best.width) or (uneven and _is_table(cut))
        )  # fmt: skip
        best = next(better, best)
    if best.width < 2:
        best = next(cut for cut in ranked if cut.marks.delimiter == ",")
    evidence["delimiter"] = (
        f"{best.marks.delimiter!r} parts {best.widths[best.width]:,} of"
        f" {best.widths.total():,} rows into {best.width} cells"
    )
    others = [cut for cut in ranked if cut.marks != best.marks and cut.width > 1]
    if others:
        next_best = others[0]
        evidence["delimiter"] += (
            f"; {next_best.marks.delimiter!r} {next_best.widths[next_best.width]:,}"
            f" into {next_best.width}"
        )
    return best, evidence


def _marks(lines: Sequence[str], delimiter: str, quote: str) -> Marks:
    """With a blank after the delimiter, where nearly every one has one."""
    if delimiter.isspace():
        return Marks(delimiter, quote)
    bare = re.compile(f"{re.escape(quote)}[^{re.escape(quote)}]*{re.escape(quote)}")
    rest = bare.sub(quote * 2, "\n".join(lines[:200]))
    total = rest.count(delimiter)
    blank = rest.count(f"{delimiter} ")
    return Marks(delimiter, quote, total > 0 and blank >= 0.9 * total)


def _is_even(cut: _Cut) -> bool:
    """Whether a rare delimiter, that is no mark of everyday writing, parts all rows alike."""
    return cut.width >= 2 and cut.share >= EVEN_SHARE and cut.marks.delimiter not in ": "


def _is_table(cut: _Cut) -> bool:
    """Whether the columns that a delimiter makes hold one thing each."""
    width = len(cut.rows[0])
    body = [row for row in cut.rows[1:] if len(row) >= width > 2]
    if not body or len(body) < 0.9 * (len(cut.rows) - 1):
        return False
    looks = [Look(row[i] for row in body) for i in range(width)]
    leading = next((i for i, look in enumerate(looks) if not look.strong), width)
    return leading >= max(2, width // 3)


def _quote(lines: Sequence[str]) -> tuple[str, str]:
    """The quote that encloses the most cells; the double quote where none does."""
    text = "\n".join(lines)
    counts = {}
    for quote in ('"', "'"):
        opening = len(re.findall(rf"(?:^|[,;|\t]) ?{quote}", text, re.MULTILINE))
        closing = len(re.findall(rf"{quote} ?(?:$|[,;|\t])", text, re.MULTILINE))
        counts[quote] = min(opening, closing)
    single = counts["'"] > max(counts['"'], len(lines) // 2)
    best = "'" if single else '"'
    return best, f"{best} encloses {counts[best]:,} cells"
