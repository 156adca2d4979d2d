"""Names and numbers as a person reads them. Names come from data: cut here, escaped by jinja2."""

import math

from ..errors import printable
from .node import Node

__all__ = [
    "alike",
    "compact",
    "cut",
    "joined",
    "plain",
    "plural",
    "score",
    "seconds",
    "sentence",
    "share",
    "size",
]

MINUS = "\N{MINUS SIGN}"
DIGITS = 3


def cut(text: object, limit: int = 60) -> str:
    """A name on one line: control and direction characters shown escaped, long ones cut.

    >>> cut("a\\u202eb"), cut("x" * 99, 8)
    ('a\\\\u202eb', 'xxxxxxx…')
    """
    line = printable(str(text)[: 4 * limit])
    return line if len(line) <= limit else line[: limit - 1] + "…"


def sentence(text: object, limit: int = 400) -> str:
    """A sentence however it was written: with a capital and a full stop.

    >>> sentence("blanks around cells removed"), sentence("Why?"), sentence("")
    ('Blanks around cells removed.', 'Why?', '')
    """
    words = cut(text, limit).strip()
    return words[:1].upper() + words[1:] + ("" if words[-1:] in ".!?…" else ".")


def compact(value: float | None, digits: int = DIGITS) -> str:
    """A number in few digits: thousands separated, no needless zeros.

    >>> compact(48842), compact(0.00123456), compact(-1.5), compact(3.2e-7), compact(None)
    ('48,842', '0.00123', '−1.5', '3.2e−7', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if size and (size < 1e-5 or size >= 1e9):
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    elif size >= 10 ** (digits - 1) or value == int(value):
        text = f"{value:,.0f}"
    else:
        places = digits - 1 - math.floor(math.log10(size))
        text = f"{value:.{places}f}".rstrip("0").rstrip(".")
    return text.replace("-", MINUS)


def score(value: float | None) -> str:
    """A metric: three places below ten, no places from a thousand on.

    >>> score(0.9), score(21430.4), score(33.333), score(None)
    ('0.900', '21,430', '33.33', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    size = abs(value)
    if 0 < size < 0.0095 or size >= 1e9:
        return compact(value)
    places = 3 if size < 10 else 2 if size < 100 else 1 if size < 1000 else 0
    return f"{value:,.{places}f}".replace("-", MINUS)


def alike(values: list[float], digits: int = DIGITS) -> list[str]:
    """Numbers of a column: as many places for all as the largest one needs.

    >>> alike([0.0627, 0.00041]), alike([17000.0, 12.5])
    (['0.0627', '0.0004'], ['17,000', '12'])
    """
    largest = max((abs(value) for value in values), default=0.0) or 1.0
    places = min(max(digits - 1 - math.floor(math.log10(largest)), 0), 8)
    return [_fixed(value, places) for value in values]


def _fixed(value: float, places: int) -> str:
    text = f"{value:,.{places}f}"
    zero = not text.strip("-0.,")
    return text.lstrip("-") if zero else text.replace("-", MINUS)


def share(part: float, whole: float) -> str:
    """A part of a whole in per cent; a non-zero part never reads as nothing.

    >>> share(1, 3), share(1, 100000), share(99999, 100000), share(0, 5)
    ('33 %', '< 0.1 %', '> 99.9 %', '0 %')
    """
    if not whole:
        return "–"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "< 0.1 %"
    if 99.9 < percent < 100:
        return "> 99.9 %"
    return f"{percent:.0f} %" if percent >= 10 or percent == int(percent) else f"{percent:.1f} %"


def plural(count: float, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> plural(1, "row"), plural(48842, "row"), plural(2, "category", "categories")
    ('1 row', '48,842 rows', '2 categories')
    """
    return f"{count:,.0f} {one if count == 1 else many or one + 's'}"


def joined(names: list[str]) -> str:
    """A list in words.

    >>> joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(part for part in [", ".join(names[:-1]), *names[-1:]] if part)


def seconds(value: float | None) -> str:
    """A duration.

    >>> seconds(0.01), seconds(0.31), seconds(41.2), seconds(150), seconds(7300)
    ('< 0.1 s', '0.3 s', '41 s', '2 min 30 s', '2 h 1 min')
    """
    if value is None:
        return "–"
    if value < 0.05:
        return "< 0.1 s"
    if value < 60:
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def size(value: float | None) -> str:
    """A number of bytes.

    >>> size(812), size(2_100_000)
    ('812 bytes', '2.1 MB')
    """
    if value is None:
        return "–"
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= factor:
            return f"{compact(value / factor, 2)} {unit}"
    return f"{value:.0f} bytes"


def plain(node: Node, limit: int = 60) -> str:
    """A JSON value of unknown type as one short text.

    >>> plain(Node(True)), plain(Node([1, "a"])), plain(Node({"share": 0.04}))
    ('yes', '1, a', 'share 0.04')
    """
    if isinstance(node.value, bool):
        return "yes" if node.value else "no"
    if (number := node.number) is not None:
        return compact(number, 4 if abs(number) >= 1 else 3)
    if isinstance(node.value, list):
        return cut(", ".join(plain(part, limit) for part in list(node)[:8]), limit)
    if isinstance(node.value, dict):
        parts = [f"{key} {plain(part, limit)}" for key, part in node.items()[:8]]
        return cut(", ".join(parts), limit)
    return cut(node.text, limit) if node.value is not None else "–"
