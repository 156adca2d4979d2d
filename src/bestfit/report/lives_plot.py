"""Members living and dying side by side: a bar from birth to end for each, over the epochs."""

from collections.abc import Sequence

from markupsafe import Markup

from .node import Node
from .plots import WIDTH
from .scales import Scale
from .svg import drawing, rectangle, tag, text
from .text import compact, plural

__all__ = ["lives"]

ROW, LEAST_ROW, HEIGHT = 15.0, 5.0, 460.0
LEFT, TOP, BOTTOM = 30.0, 6.0, 62.0
WORDS = {"stopped": "stopped, no better for long", "sick": "fell sick", "finished": "to the end"}


def lives(nodes: Sequence[Node]) -> Markup:
    """A row for each place, with those who held it one after the other; empty if all did alike.

    Args:
        nodes: the members of ``metrics.json``.
    """
    lived = [node for node in nodes if node["ended_epoch"].number is not None]
    if len({(n["born_epoch"].number, n["ended_epoch"].number) for n in lived}) < 2:
        return Markup("")
    places = sorted({node["place"].count for node in lived})
    row = max(LEAST_ROW, min(ROW, HEIGHT / len(places)))
    last = max(node["ended_epoch"].number or 0.0 for node in lived)
    scale = Scale(0.0, last or 1.0, LEFT, WIDTH - 10)
    bottom = TOP + row * len(places)
    marks: list[str] = []
    for value, words in scale.ticks(5):
        x = scale(value)
        marks.append(tag("line", x1=x, x2=x, y1=TOP, y2=bottom, class_="grid"))
        marks.append(text(x, bottom + 16, words, "tick mid"))
    marks.append(text((LEFT + WIDTH) / 2, bottom + 32, "epoch", "axis mid"))
    for node in lived:
        marks += _life(node, scale, TOP + row * places.index(node["place"].count), row)
    marks += _key(bottom + BOTTOM - 10)
    label = f"{plural(len(lived), 'member')} over the epochs: when each came, was best, and left."
    return drawing(WIDTH, bottom + BOTTOM, label, *marks, class_="chart rows")


def _life(node: Node, scale: Scale, top: float, row: float) -> list[str]:
    """The bar, the best epoch on it, and the number where there is room."""
    born, ended = node["born_epoch"].number or 0.0, node["ended_epoch"].number or 0.0
    used = (node["weight"].number or 0.0) > 0
    class_ = "life sick" if node["ended"].text == "sick" else f"life {'used' if used else 'other'}"
    x, y, high = scale(born), top + 0.12 * row, 0.76 * row
    best = node["best_epoch"].number
    how = WORDS.get(node["ended"].text, "")
    tip = f"member {node['member'].text}: epoch {compact(born)} to {compact(ended)}, {how}"
    marks: list[str] = [rectangle(x, y, max(scale(ended) - x - 1, 1.5), high, class_, tip)]
    if best is not None and node["valid_metric"].number is not None:
        place = {"cx": scale(best), "cy": top + row / 2, "r": min(3.0, row / 3)}
        marks.append(
            tag("circle", tag("title", f"best at {compact(best)}"), **place, class_="peak")
        )
    if row >= 9:
        number = text(LEFT - 6, top + row / 2 + 4, node["member"].text, "tick end")
        marks += [number] if node["parent"].number is None else []
    return marks


def _key(y: float) -> list[str]:
    """What the colours say."""
    marks: list[str] = []
    for x, class_, words in ((30, "used", "in the model"), (150, "other", "not in it"),
                             (255, "sick", "fell sick")):  # fmt: skip
        marks.append(rectangle(x, y - 9, 16, 9, f"life {class_}"))
        marks.append(text(x + 22, y, words, "tick"))
    marks.append(tag("circle", cx=348, cy=y - 4.5, r=3, class_="peak"))
    marks.append(text(356, y, "best", "tick"))
    return marks
