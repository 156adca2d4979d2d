"""Named rows with a number each: intervals side by side, bars, matrices of counts."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from .plots import WIDTH
from .scales import Scale
from .svg import drawing, pixel, rectangle, tag, text, width_of
from .text import share

__all__ = ["Row", "bar_rows", "interval_rows", "matrix", "sparkline", "stacked"]

NAME, VALUE, STEP = 126.0, 58.0, 27.0


@dataclass(frozen=True)
class Row:
    """One line of a plot.

    Args:
        name: at the left.
        value: where its mark stands.
        words: the value as written at the right.
        low: start of the interval; None draws none.
        high: end of the interval.
        class_: of the mark.
    """

    name: str
    value: float
    words: str
    low: float | None = None
    high: float | None = None
    class_: str = ""

    @property
    def ends(self) -> tuple[float, float]:
        low = self.value if self.low is None else min(self.low, self.value)
        return low, self.value if self.high is None else max(self.high, self.value)

    @property
    def tip(self) -> str:
        return f"{self.name}: {self.words}"


def interval_rows(rows: Sequence[Row], label: str, *, higher_is_better: bool) -> Markup:
    """Dots with intervals; a row far off the others stands at the edge with an arrow."""
    low, high = _range_without_outcasts(rows)
    scale = Scale(low, high, NAME + 14, WIDTH - VALUE - 12)
    height = 26 + STEP * len(rows) + 18
    marks: list[str] = []
    for value, words in scale.ticks(3):
        x = scale(value)
        marks.append(tag("line", x1=x, x2=x, y1=8, y2=height - 36, class_="grid"))
        marks.append(text(x, height - 20, words, "tick mid"))
    for index, row in enumerate(rows):
        marks.append(_interval_row(row, scale, 20 + STEP * index))
    better = "better →" if higher_is_better else "← better"
    side = (scale.end, "axis end") if higher_is_better else (scale.start, "axis")
    marks.append(text(side[0], height - 4, better, side[1]))
    return drawing(WIDTH, height, label, *marks, class_="chart rows")


def _range_without_outcasts(rows: Sequence[Row]) -> tuple[float, float]:
    """The range of the rows, without a row so far away that it would press the rest together."""
    kept = list(rows)
    for row in sorted(rows, key=lambda row: row.value)[:: max(1, len(rows) - 1)]:
        rest = [other for other in kept if other is not row]
        ends = [end for other in rest for end in other.ends]
        if len(rest) > 1 and abs(row.value - _nearest(row.value, ends)) > 1.5 * (
            max(ends) - min(ends)
        ):
            kept = rest
    ends = [end for row in kept for end in row.ends]
    pad = 0.08 * (max(ends) - min(ends)) or abs(max(ends)) * 0.05 or 1.0
    return min(ends) - pad, max(ends) + pad


def _nearest(value: float, ends: Sequence[float]) -> float:
    return min(ends, key=lambda end: abs(end - value))


def _interval_row(row: Row, scale: Scale, y: float) -> Markup:
    marks: list[str] = [
        text(NAME, y + 4, row.name, f"row-name end {row.class_}", 20),
        text(WIDTH, y + 4, row.words, f"row-value end {row.class_}", 12),
        tag("line", x1=scale.start, x2=scale.end, y1=y, y2=y, class_="track"),
    ]
    if scale.low <= row.value <= scale.high:
        low, high = row.ends
        x1, x2 = scale(max(low, scale.low)), scale(min(high, scale.high))
        marks.append(tag("line", x1=x1, x2=x2, y1=y, y2=y, class_=f"interval {row.class_}"))
        tip = tag("title", row.tip)
        dot = {"cx": scale(row.value), "cy": y, "r": 5.5 if row.class_ else 4.5}
        marks.append(tag("circle", tip, **dot, class_=f"dot {row.class_}"))
    else:
        at_left = row.value < scale.low
        x = scale.start if at_left else scale.end
        marks.append(text(x, y + 4, "◂" if at_left else "▸", "axis" if at_left else "axis end"))
    return tag("g", *marks)


def bar_rows(rows: Sequence[Row], label: str, *, name: float = NAME) -> Markup:
    """Bars from zero, with intervals when the rows have them."""
    ends = [end for row in rows for end in row.ends] or [1.0]
    low, high = min(*ends, 0.0), max(*ends, 0.0)
    value = max((width_of(row.words) for row in rows), default=0.0) + 8
    scale = Scale(low, high if high > low else low + 1.0, name + 10, WIDTH - value - 4)
    zero = scale(0.0)
    marks: list[str] = []
    for index, row in enumerate(rows):
        y = 4 + 24 * index
        x = scale(row.value)
        marks += [
            text(name, y + 13, row.name, "row-name end", 20),
            rectangle(min(zero, x), y + 2, abs(x - zero), 14, f"bar {row.class_}", row.tip),
            text(WIDTH, y + 13, row.words, "row-value end", 24),
        ]
        if row.low is not None and row.high is not None:
            x1, x2 = scale(row.low), scale(row.high)
            marks.append(tag("line", x1=x1, x2=x2, y1=y + 9, y2=y + 9, class_="whisker"))
    marks.append(tag("line", x1=zero, x2=zero, y1=2, y2=2 + 24 * len(rows), class_="base"))
    return drawing(WIDTH, 6 + 24 * len(rows), label, *marks, class_="chart rows")


def matrix(names: Sequence[str], counts: Sequence[Sequence[int]], label: str) -> Markup:
    """A confusion matrix: true classes downwards, predicted ones across, shaded by row."""
    longest = max(width_of(name[:14], 13) for name in names)
    left = max(min(longest, 104.0) + 12, width_of("true ↓") + 10)
    tilted = longest > (WIDTH - left) / len(names) - 6
    side = min((WIDTH - left - 24 * tilted) / len(names), 150.0)
    top = 40.0 + (0.72 * longest if tilted else 0.0)
    marks: list[str] = [text(left, 11, "predicted →", "axis"), text(0, 11, "true ↓", "axis")]
    for column, name in enumerate(names):
        x, y = left + side * (column + 0.5), top - 8
        if tilted:
            turn = f"translate({pixel(x)} {pixel(y + 2)}) rotate(-45)"
            marks.append(tag("g", text(0, 0, name, "row-name", 14), transform=turn))
        else:
            marks.append(text(x, y, name, "row-name mid", 14))
    tall = min(side, 104.0 if len(names) < 4 else 64.0)
    for row, line in enumerate(counts):
        y = top + tall * row
        marks.append(text(left - 8, y + tall / 2 + 4, names[row], "row-name end", 14))
        total = sum(line) or 1
        for column, count in enumerate(line):
            shade = min(8, round(8 * count / total)) if count else 0
            tip = f"true {names[row]}, predicted {names[column]}: {count:,} ({count / total:.1%})"
            x = left + side * column
            marks.append(rectangle(x + 1, y + 1, side - 2, tall - 2, f"cell q{shade}", tip))
            ink = f"mid cell-ink on{shade}{' right' if row == column else ''}"
            marks += _cell_words(x + side / 2, y + tall / 2, (count, total), ink, side)
    return drawing(WIDTH, top + tall * len(counts) + 4, label, *marks)


def _cell_words(x: float, y: float, part: tuple[int, int], ink: str, side: float) -> list[Markup]:
    """The count, and below it its share where there is room."""
    words = f"{part[0]:,}"
    if width_of(words, 12) > side or not part[0]:
        return []
    if side < 80:
        return [text(x, y + 4, words, ink)]
    small = ink.replace(" right", "") + " small"
    return [text(x, y - 2, words, ink), text(x, y + 14, share(*part), small)]


def sparkline(heights: Sequence[float], label: str) -> Markup:
    """A histogram the size of a word."""
    top = max(heights, default=0.0) or 1.0
    wide = 96.0 / max(len(heights), 1)
    shapes = [
        f"M{pixel(i * wide)} 24v{pixel(-24 * h / top)}h{pixel(max(wide - 1, 0.8))}V24z"
        for i, h in enumerate(heights)
        if h > 0
    ]
    return drawing(96, 24, label, tag("path", d="".join(shapes), class_="bar"), class_="spark")


def stacked(parts: Sequence[tuple[str, float]], label: str) -> Markup:
    """One bar divided into named parts."""
    total = sum(value for _, value in parts) or 1.0
    marks: list[str] = []
    x = 0.0
    for index, (name, value) in enumerate(parts):
        wide = WIDTH * value / total
        tip = f"{name}: {value:,.0f} rows"
        marks.append(rectangle(x, 0, max(wide - 2, 0.5), 28, f"part part{index}", tip))
        x += wide
        left = index * WIDTH / len(parts)
        marks.append(rectangle(left, 45, 11, 11, f"part part{index}"))
        marks.append(text(left + 17, 55, name, "row-name"))
        marks.append(text(left + 17, 71, f"{value:,.0f} · {share(value, total)}", "tick"))
    return drawing(WIDTH, 76, label, *marks, class_="chart rows")
