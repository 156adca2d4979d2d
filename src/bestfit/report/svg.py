"""Inline SVG, element by element. Text and attributes are escaped here, colours are classes."""

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from .text import cut

__all__ = ["Point", "drawing", "path", "rectangle", "tag", "text", "thin", "width_of"]

Point = tuple[float, float]


def tag(name: str, *children: str, **attributes: str | float | None) -> Markup:
    """One element; ``class_`` becomes ``class``, ``font_size`` becomes ``font-size``.

    >>> tag("text", "<b>", x=1.26, class_="end", dy=None)
    Markup('<text x="1.3" class="end">&lt;b&gt;</text>')
    """
    parts = [Markup("<"), name]
    for key, value in attributes.items():
        if value is not None:
            spelt = key.rstrip("_").replace("_", "-")
            parts += [Markup(f' {spelt}="'), escape(_attribute(value)), Markup('"')]
    if not children:
        return Markup("").join([*parts, Markup("/>")])
    return Markup("").join([*parts, Markup(">"), *children, Markup(f"</{name}>")])


def _attribute(value: str | float) -> str:
    return value if isinstance(value, str) else pixel(value)


def pixel(value: float) -> str:
    """A length to a tenth of a pixel.

    >>> pixel(3.0), pixel(-0.04), pixel(1.26)
    ('3', '0', '1.3')
    """
    if not math.isfinite(value):
        return "0"
    short = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if short == "-0" else short


def drawing(width: float, height: float, label: str, *marks: str, class_: str = "") -> Markup:
    """A whole picture; ``label`` is what a screen reader says of it."""
    return tag(
        "svg",
        *marks,
        viewBox=f"0 0 {pixel(width)} {pixel(height)}",
        class_=class_ or "chart",
        role="img",
        aria_label=label,
        preserveAspectRatio="xMidYMid meet",
    )


def text(x: float, y: float, words: str, class_: str = "", limit: int = 60) -> Markup:
    """One line of text, cut at ``limit`` characters."""
    return tag("text", cut(words, limit), x=x, y=y, class_=class_ or None)


def rectangle(
    x: float, y: float, width: float, height: float, class_: str, tip: str = ""
) -> Markup:
    """A rectangle with an optional tooltip."""
    children = [tag("title", tip)] if tip else []
    return tag(
        "rect", *children, x=x, y=y, width=max(width, 0.1), height=max(height, 0.1), class_=class_
    )


def path(points: Iterable[Point], class_: str, tip: str = "", *, closed: bool = False) -> Markup:
    """A line through the points, broken where one is not finite."""
    words: list[str] = []
    pen = "M"
    for x, y in points:
        if math.isfinite(x) and math.isfinite(y):
            words.append(f"{pen}{pixel(x)} {pixel(y)}")
            pen = "L"
        else:
            pen = "M"
    children = [tag("title", tip)] if tip else []
    shape = "".join(words) + ("Z" if closed and words else "")
    return tag("path", *children, d=shape, class_=class_)


def thin(points: Sequence[Point], limit: int = 240) -> list[Point]:
    """At most ``limit`` of the points, first and last kept."""
    if len(points) <= limit:
        return list(points)
    step = (len(points) - 1) / (limit - 1)
    return [points[round(index * step)] for index in range(limit)]


def width_of(words: str, size: float = 11.5) -> float:
    """A guess at the width of a text in pixels, a little on the large side."""
    return len(words) * size * 0.56
