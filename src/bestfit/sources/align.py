"""A row that is not as wide as its table, laid over the columns so that its cells fit them best.

Delimiters may be missing, doubled or written inside a cell, quotes may be stray. All readings of
the row are compared by dynamic programming: how surprising each cell is in its column, and what
had to be assumed.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .cells import Look

__all__ = ["Aligned", "align"]

MERGED, DROPPED, MISSING, SPLIT, STRAY, GLUED = 2.0, 1.0, 1.5, 2.5, 0.4, 3.0
SLACK = 2  # pieces that a reading may go astray on the way
MAX_STATES = 200_000
MAX_SPLIT = 60  # characters of a piece that is tried to be two cells
EPSILON = 1e-9


class Aligned(NamedTuple):
    """A reading of a row.

    Args:
        cells: as many as the table has columns.
        cost: how surprising its cells are, and what was assumed.
        unique: whether no other reading is as good.
    """

    cells: tuple[str, ...]
    cost: float
    unique: bool


class _Best(NamedTuple):
    cost: float
    readings: tuple[tuple[str, ...], ...]  # at most two


def align(line: str, delimiter: str, quote: str, looks: Sequence[Look]) -> Aligned | None:
    """The best reading of a record as a row of so many columns; None where there is none.

    Args:
        line: the record as it stands in the file.
        delimiter: between cells.
        quote: around cells.
        looks: of the columns.
    """
    pieces = line.split(delimiter)
    width, n = len(looks), len(pieces)
    surplus = n - width
    band = abs(surplus) + SLACK
    most = max(1, surplus + 1 + SLACK) if quote not in line else n
    if width * (2 * band + 1) * most > MAX_STATES:
        return None
    short = surplus < 0 or quote in line  # cells may be glued together
    states: dict[tuple[int, int], _Best] = {(0, 0): _Best(0.0, ((),))}
    for j in range(width + 1):
        for i in range(n + 1):
            here = states.get((j, i))
            if here is None:
                continue
            if i < n and not pieces[i].strip():
                _offer(states, (j, i + 1), here, DROPPED, ())
            if j == width:
                continue
            _offer(states, (j + 1, i), here, MISSING + looks[j].cost(""), ("",))
            for m in range(1, min(most, n - i) + 1):
                cell, cost = _cell(delimiter.join(pieces[i : i + m]), m, delimiter, quote)
                _offer(states, (j + 1, i + m), here, cost + looks[j].cost(cell), (cell,))
            if i < n and j + 2 <= width and short and len(pieces[i]) > 1:
                for left, right in _halves(pieces[i], quote):
                    cost = SPLIT + looks[j].cost(left) + looks[j + 1].cost(right)
                    _offer(states, (j + 2, i + 1), here, cost, (left, right))
    best = states.get((width, n))
    if best is None:
        return None
    return Aligned(best.readings[0], best.cost, len(best.readings) == 1)


def _offer(
    states: dict[tuple[int, int], _Best],
    at: tuple[int, int],
    before: _Best,
    cost: float,
    cells: tuple[str, ...],
) -> None:
    total = before.cost + cost
    known = states.get(at)
    if known is not None and total > known.cost + EPSILON:
        return
    readings = tuple(reading + cells for reading in before.readings)
    if known is not None and total > known.cost - EPSILON:
        readings = tuple(dict.fromkeys(known.readings + readings))[:2]
    states[at] = _Best(total, readings)


def _cell(raw: str, pieces: int, delimiter: str, quote: str) -> tuple[str, float]:
    """What stands in so many pieces, and what it takes to believe that they are one cell."""
    bare = raw.strip()
    if len(bare) > 1 and bare[0] == bare[-1] == quote:
        inner = bare[1:-1]
        glued = inner.count(f"{quote}{delimiter}{quote}")
        lone = inner.replace(quote * 2, "").count(quote)
        return inner.replace(quote * 2, quote), GLUED * glued + STRAY * bool(lone)
    stray = STRAY * (bare[:1] == quote or bare[-1:] == quote)
    return raw, MERGED * (pieces - 1) + stray


def _halves(piece: str, quote: str) -> list[tuple[str, str]]:
    """A piece as two cells, at each place where a delimiter may be missing."""
    between = piece.find(quote * 2)
    if between > 0:
        return [(_unquoted(piece[: between + 1], quote), _unquoted(piece[between + 1 :], quote))]
    if quote in piece:
        place = piece.rfind(quote) if piece.startswith(quote) else piece.find(quote)
        place += piece.startswith(quote)
        return [(_unquoted(piece[:place], quote), _unquoted(piece[place:], quote))]
    return [(piece[:k], piece[k:]) for k in range(1, len(piece))] if len(piece) < MAX_SPLIT else []


def _unquoted(cell: str, quote: str) -> str:
    enclosed = len(cell) > 1 and cell[0] == cell[-1] == quote
    return cell[1:-1] if enclosed else cell
