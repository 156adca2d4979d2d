"""Which rows of a delimited text hold the names of its columns, and what these are."""

from collections.abc import Sequence

from .cells import NUMBER, Look, is_gap, shape

__all__ = ["header_rows", "names_of"]

MAX_HEADER_ROWS = 4


def header_rows(
    rows: Sequence[Sequence[str]], looks: Sequence[Look], width: int
) -> tuple[int, str]:
    """How many rows hold names, and why.

    Names stand above columns of numbers, dates or codes; where such a thing stands there, it is a
    row. Names that are numbers themselves (years, or 0, 1, 2 …) still are names.
    """
    if len(rows) < 2:
        return 1, "there is one row only"
    first = list(rows[0])
    strong = [i for i, look in enumerate(looks) if look.strong and look.n]
    above = [(i, first[i]) for i in strong if i < len(first)]
    if not strong or len(first) not in (width, width + 1):
        if not strong and _recurs(rows):
            return 0, "the cells of the first row stand in the rows below, too"
        return 1, "the first row holds words" if not strong else "the first row has another width"
    gaps = [i for i, cell in enumerate(first) if not cell.strip()]
    if gaps and first[0].strip() and _more_names(rows[1], first, looks, strong):
        return 2, "names of groups stand above the names"
    if gaps == [0] or (gaps and any(shape(cell) == "a" for _, cell in above)):
        return 1, "the first row has a gap where an index stands"
    named = [i for i, cell in above if not looks[i].fits(cell)]
    numbers = [cell for _, cell in above if NUMBER.fullmatch(cell)]
    if len(numbers) == len(above) and _is_series(numbers):
        return 1, "the first row counts up"
    if not named:
        return 0, f"the first row is like the others in {len(above)} columns"
    n = 1
    while n < min(MAX_HEADER_ROWS, len(rows) - 1) and _more_names(rows[n], first, looks, strong):
        n += 1
    return n, f"other things stand below the names in {len(named)} columns"


def _more_names(
    row: Sequence[str], first: Sequence[str], looks: Sequence[Look], strong: Sequence[int]
) -> bool:
    """Whether a row below the names still is one of names, or of units."""
    if list(row) == list(first):
        return True
    cells = [row[i] for i in strong if i < len(row)]
    if len(row) != len(looks) or len(cells) < 2:
        return False
    rows = max(look.n for look in looks)
    common = any(is_gap(cell) or looks[i].fits(cell) for i, cell in zip(strong, cells, strict=True))
    return rows > 5 and not common and all(shape(cell) == "a" for cell in cells)


def _recurs(rows: Sequence[Sequence[str]]) -> bool:
    """Whether most cells of the first row are values of their columns."""
    body = rows[1:]
    if len(body) < 3 or len(rows[0]) < 2:
        return False
    seen = [{row[i] for row in body if i < len(row)} for i in range(len(rows[0]))]
    again = [cell in values for cell, values in zip(rows[0], seen, strict=True) if cell.strip()]
    return sum(again) > 0.5 * len(again) if again else False


def _is_series(cells: Sequence[str]) -> bool:
    """Whole numbers that count up by one: 0, 1, 2 or 2019, 2020, 2021."""
    if len(cells) < 3 or not all(cell.strip().isdecimal() for cell in cells):
        return False
    values = [int(cell) for cell in cells]
    return values == list(range(values[0], values[0] + len(values)))


def names_of(
    header: Sequence[Sequence[str]], body: Sequence[Sequence[str]], width: int, even: bool
) -> tuple[str, ...]:
    """The names, those of several rows joined, in the width of the rows."""
    names = list(header[0])
    if len(header) > 1 and "" in names:  # a name above several columns stands above the first
        for i in range(1, len(names)):
            names[i] = names[i] or names[i - 1]
    for row in header[1:]:
        if list(row) != names:
            pairs = zip(names, row, strict=False)
            names = [" ".join(dict.fromkeys(part for part in pair if part)) for pair in pairs]
    surplus = len(names) - width
    if surplus > 0 and even and names.count("") >= surplus:
        for _ in range(surplus):  # a delimiter too many
            names.remove("")
    if surplus != -1 or not even:
        return tuple(names)
    whole = [row for row in body if len(row) == width]
    if all(not row[-1].strip() for row in whole):
        return (*names, "")
    firsts = [row[0].strip() for row in whole]
    counted = _is_series(firsts) and firsts[0] in ("0", "1")
    unlike = len(set(firsts)) == len(firsts) and not any(map(NUMBER.fullmatch, firsts))
    return ("", *names) if counted or unlike else tuple(names)
