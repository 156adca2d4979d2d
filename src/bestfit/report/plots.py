"""Marks in a frame of two scales: axes, lines, bars, dots, bands, cells."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from .scales import Scale
from .svg import Point, drawing, path, pixel, rectangle, tag, text, thin, width_of

__all__ = ["HEIGHT", "WIDTH", "Frame", "Label", "axes", "band", "bars", "cells", "clipped"]
__all__ += ["dots", "end_labels", "frame_of", "line", "picture", "rule"]

WIDTH, HEIGHT = 400.0, 250.0
LINE = 13.0  # pixels between two lines of text


@dataclass(frozen=True)
class Frame:
    """Where the data lies within a picture."""

    x: Scale
    y: Scale

    @property
    def left(self) -> float:
        return min(self.x.start, self.x.end)

    @property
    def right(self) -> float:
        return max(self.x.start, self.x.end)

    @property
    def top(self) -> float:
        return min(self.y.start, self.y.end)

    @property
    def bottom(self) -> float:
        return max(self.y.start, self.y.end)


@dataclass(frozen=True)
class Label:
    """A direct label at the end of a line."""

    value: float
    words: str
    class_: str = ""


def frame_of(x: Scale, y: Scale, *, right: float = 20.0, height: float = HEIGHT) -> Frame:
    """Lay two scales into a picture: ``right`` is the room for labels at the ends of lines."""
    room = max((width_of(label) for _, label in y.ticks(4)), default=0.0)
    left = min(max(26.0, room + 8.0), 80.0)
    return Frame(
        Scale(x.low, x.high, left, WIDTH - right, x.log),
        Scale(y.low, y.high, height - 36.0, 24.0, y.log),
    )


def picture(frame: Frame, label: str, *marks: str) -> Markup:
    """The finished picture of a frame."""
    return drawing(WIDTH, frame.bottom + 36.0, label, *marks)


def axes(frame: Frame, x_label: str, y_label: str) -> Markup:
    """Grid lines for y, ticks for x; the name of y stands above its axis, never turned."""
    marks: list[str] = [text(0, 11, y_label, "axis", 48)]
    for value, label in frame.y.ticks(4):
        y = frame.y(value)
        marks.append(tag("line", x1=frame.left, x2=frame.right, y1=y, y2=y, class_="grid"))
        marks.append(text(frame.left - 6, y + 4, label, "tick end"))
    for value, label in _apart(frame.x):
        marks.append(text(frame.x(value), frame.bottom + 16, label, "tick mid"))
    marks.append(
        tag("line", x1=frame.left, x2=frame.right, y1=frame.bottom, y2=frame.bottom, class_="base")
    )
    middle = (frame.left + frame.right) / 2
    marks.append(text(middle, frame.bottom + 32, x_label, "axis mid", 48))
    return tag("g", *marks)


def _apart(scale: Scale) -> list[tuple[float, str]]:
    """The ticks of a horizontal axis: as many as can stand side by side."""
    found = scale.ticks(5)
    for count in (4, 3, 2):
        places = [scale(value) for value, _ in found]
        room = min((b - a for a, b in pairwise(places)), default=math.inf)
        if room > max((width_of(label, 12) for _, label in found), default=0.0) + 6:
            break
        found = scale.ticks(count) if not scale.log else found[::2]
    return found


def clipped(frame: Frame, *marks: str) -> Markup:
    """Marks that never leave the frame; an inner svg clips without needing an id."""
    x, y = frame.left - 4, frame.top - 4
    width, height = frame.right - x + 4, frame.bottom - y + 4
    view = " ".join(pixel(part) for part in (x, y, width, height))
    return tag("svg", *marks, x=x, y=y, width=width, height=height, viewBox=view)


def line(frame: Frame, points: Sequence[Point], class_: str, tip: str = "") -> Markup:
    """A line through data points."""
    placed = [
        (frame.x(x), frame.y(y)) if math.isfinite(y) else (math.nan, math.nan)
        for x, y in thin(points)
    ]
    return path(placed, f"line {class_}", tip)


def band(frame: Frame, points: Iterable[tuple[float, float, float]], class_: str) -> Markup:
    """The area between a low and a high line: points are (x, low, high)."""
    rows = list(points)
    upper = [(frame.x(x), frame.y(high)) for x, _, high in rows]
    lower = [(frame.x(x), frame.y(low)) for x, low, _ in reversed(rows)]
    return path([*upper, *lower], f"area {class_}", closed=True)


def rule(frame: Frame, value: float, words: str, *, vertical: bool, class_: str = "rule") -> Markup:
    """A straight line across the frame at one value, with its name where there is room."""
    if vertical:
        x = frame.x(value)
        late = x > (frame.left + frame.right) / 2
        mark = tag("line", x1=x, x2=x, y1=frame.top - 4, y2=frame.bottom, class_=class_)
        name = text(x + (-5 if late else 5), frame.top + 5, words, "note end" if late else "note")
    else:
        y = frame.y(value)
        mark = tag("line", x1=frame.left, x2=frame.right, y1=y, y2=y, class_=class_)
        name = text(frame.left + 4, y - 5, words, "note")
    return Markup("").join([mark, name])


def dots(frame: Frame, points: Iterable[tuple[float, float, str]], class_: str, r: float) -> Markup:
    """Points of (x, y, tooltip)."""
    marks = []
    for x, y, tip in points:
        children = [tag("title", tip)] if tip else []
        place = {"cx": frame.x(x), "cy": frame.y(y), "r": r}
        marks.append(tag("circle", *children, **place))
    return tag("g", *marks, class_=f"dots {class_}")


def bars(frame: Frame, columns: Iterable[tuple[float, float, float, str]], class_: str) -> Markup:
    """Columns of (from, to, height, tooltip), standing on the zero line."""
    zero = frame.y(0.0)
    marks = []
    for low, high, height, tip in columns:
        x, wide = frame.x(low), frame.x(high) - frame.x(low)
        top = frame.y(height)
        gap = 1.0 if wide > 4 else 0.0
        marks.append(
            rectangle(x + gap / 2, min(top, zero), wide - gap, abs(zero - top), class_, tip)
        )
    return tag("g", *marks)


def cells(frame: Frame, grid: Iterable[tuple[float, float, float, float, int]]) -> Markup:
    """Cells of (x low, x high, y low, y high, shade 0 to 8); one path per shade keeps it small."""
    by_shade: dict[int, list[str]] = {}
    for x_low, x_high, y_low, y_high, shade in grid:
        x, y = frame.x(x_low), frame.y(y_high)
        wide, high = frame.x(x_high) - x + 0.2, frame.y(y_low) - y + 0.2
        shape = f"M{pixel(x)} {pixel(y)}h{pixel(wide)}v{pixel(high)}h{pixel(-wide)}z"
        by_shade.setdefault(shade, []).append(shape)
    marks = [tag("path", d="".join(by_shade[s]), class_=f"q{s}") for s in sorted(by_shade)]
    return tag("g", *marks)


def end_labels(frame: Frame, labels: Sequence[Label]) -> Markup:
    """Names at the right ends of lines, pushed apart until none lies on another."""
    placed = sorted(labels, key=lambda label: frame.y(label.value))
    ys = [min(max(frame.y(label.value), frame.top), frame.bottom) + 4 for label in placed]
    for _ in range(50):
        for above in range(len(ys) - 1):
            overlap = LINE - (ys[above + 1] - ys[above])
            if overlap > 0:
                ys[above] -= overlap / 2
                ys[above + 1] += overlap / 2
    shift = max(0.0, ys[-1] - frame.bottom - 4) if ys else 0.0
    x = frame.right + 6
    marks = [
        text(x, y - shift, label.words, f"end-label {label.class_}", 24)
        for y, label in zip(ys, placed, strict=True)
    ]
    return tag("g", *marks)
