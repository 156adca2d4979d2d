"""The page of a comparison: who is better, how fast, how touchy, and by which way."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from ..errors import FolderError
from ..files import write_bytes
from ..folder import RunFolder
from .node import Node
from .page import policy, template, templates
from .plots import Frame, Label, axes, cells, clipped, dots, end_labels, frame_of, line, picture
from .rows_plot import Row, interval_rows
from .scales import Scale, linear, logarithmic
from .text import compact, cut, joined, plural, score, seconds
from .words import Glossary, metric_label, metric_words

__all__ = ["is_comparison", "write_comparison"]

FILE = "comparison.json"
LABEL_ROOM = 112.0
COLOURS = 8  # lines that have a colour of their own; the others are grey
MANY = 5  # names in one sentence
WILD = 30.0  # a range beyond this factor is drawn on a log scale
SHADES = 9
WHAT = {
    "optimizers": "optimizer", "losses": "loss", "regularizers": "regularizer",
    "schedules": "schedule", "inits": "initialiser", "models": "network",
}  # fmt: skip


def is_comparison(folder: RunFolder) -> bool:
    """Whether a folder holds a comparison, not a run."""
    return (folder.path / FILE).is_file()


def write_comparison(folder: RunFolder) -> Path:
    """Write ``report.html`` from the ``comparison.json`` of a folder.

    Raises:
        FolderError: there is none, or it cannot be read.
    """
    source = folder.path / FILE
    try:
        found = Node(json.loads(source.read_bytes()))
    except (OSError, ValueError) as error:
        raise FolderError("no comparison here", where=str(folder.path)) from error
    html = _page(found, cut(folder.path.resolve().name, 60))
    write_bytes(folder.report, html.encode("utf-8", errors="replace"))
    return folder.report


def _page(found: Node, name: str) -> str:
    style = "\n".join(row.strip() for row in template("page.css").splitlines() if row.strip())
    what = WHAT.get(found["axis"].text, "candidate")
    able = [row for row in found["ranking"] if _interval(row["score"])]
    values = {**_words(found, able, what), **_pictures(found, able, what)}
    return (
        templates()
        .get_template("comparison.html")
        .render(
            style=Markup(style),
            policy=policy(style),
            run_name=name,
            version=cut(found["bestfit"].text, 20),
            term=Glossary(),
            **values,
        )
    )


def _words(found: Node, able: Sequence[Node], what: str) -> dict[str, object]:
    """Everything on the page that is text."""
    rows, metric = list(found["ranking"]), found["metric"].text
    return {
        "title": f"{plural(len(rows), what, _many(what))} for {cut(found['target'].text, 40)}",
        "sentence": _sentence(able, what, metric),
        "facts": _facts(found),
        "metric_label": metric_label(metric),
        "what": what,
        "rows": [_told(row) for row in rows],
        "shown": compact(100 * (found["landscape"]["share"].number or 0.0), 2),
        "searches": any(row["name"].text == "lbfgs" for row in rows),
        "edge": joined([cut(row["name"].text, 30) for row in able if row["at_edge"].value]),
        "judges": compact(found["rows"]["judge"].number),
        "seeds": compact(found["seeds"].number),
        "rates": max((len(row["rates"]) for row in rows), default=1),
    }


def _pictures(found: Node, able: Sequence[Node], what: str) -> dict[str, object]:
    """The plots; "" for one that says nothing."""
    label = metric_label(found["metric"].text)
    comparable = able if found["same_loss"].value else []
    ranking: object = ""
    if able:
        higher = bool(found["higher_is_better"].value)
        points = [_ranked(row) for row in able]
        ranking = interval_rows(points, f"{label} of each {what}", higher_is_better=higher)
    return {
        "ranking": ranking,
        "loss_by_epoch": _curves(comparable, "epochs", "train_loss", "epoch", "training loss"),
        "loss_by_second": _curves(comparable, "seconds", "train_loss", "seconds", "training loss"),
        "metric_by_epoch": _curves(able, "epochs", "metric", "epoch", label),
        "sensitivity": _sensitivity(able, label),
        "landscape": _landscape(found["landscape"], able),
    }


def _many(what: str) -> str:
    return f"{what}es" if what.endswith("s") else f"{what}s"


def _sentence(rows: Sequence[Node], what: str, metric: str) -> str:
    """What came out, in one sentence."""
    if not rows:
        return f"Every {what} diverged with every step size."
    tied = [cut(row["name"].text, 30) for row in rows if row["tied"].value]
    value = score(rows[0]["score"].numbers[0])
    behind = [cut(row["name"].text, 30) for row in rows if not row["tied"].value]
    if len(tied) > MANY and behind:
        return (
            f"{tied[0]} comes first ({metric_words(metric)} {value}), but {len(tied) - 1} others "
            f"may be as good; beyond chance only {joined(behind)} {_are(behind)} behind."
        )
    if len(tied) == 1:
        return f"{tied[0]} is best: {metric_words(metric)} {value}, and that is not chance."
    if len(tied) == len(rows):
        return f"No {what} is better than another beyond chance: choose by speed or by taste."
    return (
        f"{joined(tied)} come out first ({metric_words(metric)} {value} for {tied[0]}); "
        "what lies between them may be chance."
    )


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _facts(found: Node) -> list[tuple[str, str]]:
    rows = found["rows"]
    return [
        ("rows that teach", compact(rows["train"].number)),
        ("that choose step size and epoch", compact(rows["choose"].number)),
        ("that judge", compact(rows["judge"].number)),
        ("networks", compact(found["networks"].number)),
        ("epochs", compact(found["epochs"].number)),
        ("training took", seconds(found["seconds"]["train"].number)),
    ]


def _interval(node: Node) -> tuple[float, float, float] | None:
    """A value, and its range; None where one of the three is missing."""
    found = node.numbers
    return (found[0], found[1], found[2]) if len(found) == 3 else None


def _ranked(row: Node) -> Row:
    value, low, high = _interval(row["score"]) or (0.0, 0.0, 0.0)
    best = "best" if row["tied"].value else ""
    return Row(cut(row["name"].text, 20), value, score(value), low, high, best)


def _told(row: Node) -> dict[str, object]:
    value, behind = _interval(row["score"]), _interval(row["behind"])
    failed = int(row["failed"].number or 0)
    said = f"{failed} of {compact(row['networks'].number)}" if failed else "none"
    spent = row["seconds"].numbers
    return {
        "name": cut(row["name"].text, 30),
        "tied": bool(row["tied"].value),
        "score": score(value[0]) if value else "–",
        "range": f"{score(value[1])} to {score(value[2])}" if value else "",
        "behind": "" if row["place"].number == 1 or not behind else score(behind[0]),
        "behind_range": f"{score(behind[1])} to {score(behind[2])}" if behind else "",
        "lr": compact(row["lr"].number),
        "seconds": seconds(spent[-1]) if spent else "–",
        "failed": said,
    }


def _points(row: Node, x: str, y: str) -> list[tuple[float, float]]:
    pairs = zip(row[x], row[y], strict=False)
    found = ((a.number, b.number) for a, b in pairs)
    return [(a, b) for a, b in found if a is not None and b is not None]


def _class(place: int) -> str:
    return f"c{place}" if place < COLOURS else "rest"


def _curves(rows: Sequence[Node], x: str, y: str, x_label: str, y_label: str) -> str:
    """A line for each candidate at its best step size."""
    lines = [_points(row, x, y) for row in rows]
    values = sorted(v for points in lines for _, v in points[1:])  # before the first step is far
    if len(values) < 2:
        return ""
    values = values[len(values) // 50 : len(values) - len(values) // 50]
    ends = [a for points in lines for a, _ in points]
    wild = values[0] > 0 and values[-1] > WILD * values[0]
    heights = logarithmic(values, 0, 1) if wild else linear(values, 0, 1)
    positive = [a for a in ends if a > 0] or [1.0]
    late = max(positive)
    spread = x == "seconds" and late > 8 * sorted(positive)[len(positive) // 2]
    width = logarithmic(positive, 0, 1) if spread else Scale(0.0, late, 0, 1)
    frame = frame_of(width, heights, right=LABEL_ROOM)
    drawn = [
        line(frame, points, f"thin {_class(i)}", cut(row["name"].text, 30))
        for i, (row, points) in reversed(list(enumerate(zip(rows, lines, strict=True))))
    ]
    return picture(
        frame,
        f"{y_label} by {x_label} of {plural(len(rows), 'candidate')}.",
        axes(frame, x_label, y_label),
        clipped(frame, *drawn),
        _names(frame, rows, [p[-1][1] if p else math.nan for p in lines]),
    )


def _names(frame: Frame, rows: Sequence[Node], ends: Sequence[float]) -> Markup:
    """Names at the ends of the lines that have a colour."""
    labels = [
        Label(end, cut(row["name"].text, 18), f"small {_class(i)}")
        for i, (row, end) in enumerate(zip(rows, ends, strict=True))
        if i < COLOURS and math.isfinite(end)
    ]
    return end_labels(frame, labels)


def _sensitivity(rows: Sequence[Node], y_label: str) -> str:
    """The metric by step size, as a factor on the middle one."""
    lines = []
    for row in rows:
        rates = [rate for rate in row["rates"].numbers if rate > 0]
        middle = rates[len(rates) // 2] if rates else 1.0
        found = zip(rates, row["by_rate"], strict=False)
        lines.append([(rate / middle, v.number) for rate, v in found if v.number is not None])
    values = sorted(v for points in lines for _, v in points)
    if len(values) < 2 or max(len(points) for points in lines) < 2:
        return ""
    inner = values[len(values) // 20 : len(values) - len(values) // 20] or values
    width = logarithmic([x for points in lines for x, _ in points], 0, 1)
    frame = frame_of(width, linear(inner, 0, 1), right=LABEL_ROOM)
    drawn = [
        line(frame, points, f"thin {_class(i)}", cut(row["name"].text, 30))
        for i, (row, points) in reversed(list(enumerate(zip(rows, lines, strict=True))))
    ]
    return picture(
        frame,
        f"{y_label} by step size.",
        axes(frame, "step size, as a factor on the usual one", y_label),
        clipped(frame, *drawn),
        _names(frame, rows, [p[-1][1] if p else math.nan for p in lines]),
    )


def _landscape(found: Node, rows: Sequence[Node]) -> str:
    """Paths over the loss in the plane in which weights moved most."""
    xs, ys = found["xs"].numbers, found["ys"].numbers
    grid = [row.numbers for row in found["loss"]]
    flat = sorted(v for row in grid for v in row)
    rising = len(xs) > 1 and len(ys) > 1 and xs[0] < xs[1] < xs[-1] and ys[0] < ys[1] < ys[-1]
    if not rising or len(grid) != len(ys) or len(flat) < SHADES:
        return ""
    frame = frame_of(Scale(xs[0], xs[-1], 0, 1), Scale(ys[0], ys[-1], 0, 1), right=LABEL_ROOM)
    cuts = [flat[len(flat) * i // SHADES] for i in range(1, SHADES)]
    half_x, half_y = (xs[1] - xs[0]) / 2, (ys[1] - ys[0]) / 2
    squares = [
        (x - half_x, x + half_x, y - half_y, y + half_y, SHADES - 1 - sum(v >= c for c in cuts))
        for y, row in zip(ys, grid, strict=True)
        for x, v in zip(xs, row, strict=False)
    ]
    places = {row["name"].text: i for i, row in enumerate(rows)}
    drawn, labels = [], []
    for path in found["paths"]:
        points = [tuple(p.numbers) for p in path["points"]]
        walked = [(p[0], p[1]) for p in points if len(p) == 2]
        place = places.get(path["name"].text, COLOURS)
        if place >= COLOURS or not walked:
            continue
        name = cut(path["name"].text, 18)
        drawn.append(line(frame, walked, f"path {_class(place)}", name))
        drawn.append(dots(frame, [(*walked[-1], name)], f"path {_class(place)}", 3.5))
        labels.append(Label(walked[-1][1], name, f"small {_class(place)}"))
    start = dots(frame, [(0.0, 0.0, "where all begin")], "start", 4.5)
    return picture(
        frame,
        "Paths of the weights over the training loss.",
        clipped(frame, cells(frame, squares), *drawn, start),
        end_labels(frame, labels),
    )
