"""What the cells of a column look like, so that a stray cell can be told from one that belongs."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

__all__ = ["NUMBER", "RULE", "Look", "is_gap", "looks_of", "shape"]

NUMBER = re.compile(r"\s*[-+]?(\d+([.,]\d*)*|\.\d+)([eE][-+]?\d+)?\s*%?\s*")
RULE = re.compile(r"[\s|+:*_=,;-]*[-=_]{3}[\s|+:*_=,;-]*")  # a line that is drawn
GAPS = {"", "na", "n/a", "nan", "null", "none", "?", "-", ".", "nil", "#n/a"}
LETTERS, DIGITS, BLANKS = re.compile(r"[^\W\d_]+"), re.compile(r"\d+"), re.compile(r"\s+")
WORDS = re.compile(r"a([-'’.,&]?\s?a)*[.!?]?")
LONG = 60  # characters: beyond, a cell is prose whatever its shape
MAX_COST = 4.0
STRONG = 0.8


def shape(cell: str) -> str:
    """The kind of a cell: ``9`` for a number, ``a`` for words, else its pattern of both.

    >>> [shape(cell) for cell in ("-1.5", "28/01/2018", "MG-8769", "$74.69", "Men's boots", "")]
    ['9', '9/9/9', 'a-9', '$9', 'a', '']
    """
    text = cell.strip()
    if not text or NUMBER.fullmatch(text):
        return "9" if text else ""
    if len(text) > LONG:
        return "a"
    pattern = DIGITS.sub("9", LETTERS.sub("a", text))
    if "9" not in pattern and WORDS.fullmatch(pattern):
        return "a"
    return BLANKS.sub(" ", pattern.replace("9.9", "9").replace("9,9", "9"))


def is_gap(cell: str) -> bool:
    """Whether a cell says that nothing is known."""
    return cell.strip().lower() in GAPS


class Look:
    """What the cells of one column look like.

    Args:
        cells: of rows that are whole.
    """

    def __init__(self, cells: Iterable[str]) -> None:
        known = ["" if is_gap(cell) else cell.strip() for cell in cells]
        self.n = len(known)
        self.shapes = Counter(map(shape, known))
        self.lengths = Counter(map(len, known))

    @cached_property
    def strong(self) -> str:
        """The shape that nearly all filled cells have, if it is not just words; else empty."""
        filled = self.n - self.shapes[""]
        kind, times = max(
            ((s, n) for s, n in self.shapes.items() if s), key=lambda pair: pair[1], default=("", 0)
        )
        return kind if kind != "a" and filled and times >= STRONG * filled else ""

    def fits(self, cell: str) -> bool:
        """Whether a cell has a shape that is usual here."""
        least = max(1.0, 0.02 * self.n) if self.n >= 10 else 0.0
        return is_gap(cell) or self.shapes[shape(cell)] > least

    def cost(self, cell: str) -> float:
        """How surprising a cell is here, in nats, at most 4 and a bit.

        New shapes are as likely as they have been so far: often in prose, never among numbers
        (Witten and Bell, "The Zero-Frequency Problem", 1991).
        """
        kinds = len(self.shapes)
        seen = self.shapes[shape(cell)]
        chance = (seen or kinds / max(1, self.n)) / (self.n + kinds)
        cost = min(MAX_COST, -math.log(max(chance, 1e-9)))
        odd_length = bool(self.strong) and len(cell.strip()) not in self.lengths
        return cost + 0.5 * odd_length


def looks_of(rows: Sequence[Sequence[str]], width: int) -> list[Look]:
    """The look of each column of rows that are so wide."""
    return [Look(row[i] for row in rows) for i in range(width)]
