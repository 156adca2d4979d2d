"""What was repaired: each change beside what it replaces, and everything else that was tried."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from ..lessons import LESSONS
from ..node import Node
from ..plots import Label, axes, clipped, dots, end_labels, frame_of, line, picture
from ..run_data import RunData
from ..scales import linear, logarithmic
from ..svg import Point
from ..text import compact, cut, plain, score
from ..words import metric_label

__all__ = ["repairs"]

ROOM = 60.0  # for the labels at the ends of lines
WILD = 30.0  # a series that spans more than this factor is drawn on a log scale
MOST = 60  # attempts that are listed


def repairs(run: RunData) -> dict[str, object] | None:
    """Before and after for each finding that was repaired; None where nothing was checked."""
    attempts = list(run.repairs["attempts"])[:MOST]
    if not attempts:
        return None
    by_repair: dict[str, list[Node]] = {}
    for finding in run.repairs["findings"]:
        by_repair.setdefault(finding["repair"].text, []).append(finding)
    return {
        "repaired": [_shown(run, same, attempts) for same in by_repair.values()],
        "metric": metric_label(run.metric),
        "attempts": [_row(run, attempt) for attempt in attempts],
    }


def _changes(attempt: Node) -> tuple[str, ...]:
    return tuple(change.text for change in attempt["changes"])


def _is_kept(attempt: Node) -> bool:
    return attempt["kept"].value is True


def _shown(run: RunData, findings: Sequence[Node], attempts: Sequence[Node]) -> dict[str, object]:
    """Findings of one repair: what they are, and the training before and after it."""
    first = findings[0]
    names = [finding["name"].text for finding in findings]
    evidence = [pair for finding in findings for pair in finding["evidence"].items()[:4]]
    gain = first["gain"].number
    return {
        "name": cut(", ".join(names).replace("_", " ").capitalize(), 120),
        "lessons": [LESSONS[name] for name in names if name in LESSONS],
        "evidence": [(cut(k.replace("_", " "), 40), plain(v, 80)) for k, v in evidence[:8]],
        "repair": cut(first["repair"].text, 200),
        "gain": "" if gain is None else f"{100 * gain:.0f} %",
        "plot": _before_and_after(run, first["repair"].text, attempts),
    }


def _before_and_after(run: RunData, words: str, attempts: Sequence[Node]) -> Markup | str:
    """The picture of one repair: its last change against the training before, or all at once."""
    known = {_changes(attempt): attempt for attempt in attempts}
    for after in filter(_is_kept, attempts):
        changes = _changes(after)
        if not changes or words not in (changes[-1], "; ".join(changes)):
            continue
        before = known.get(changes[:-1] if words == changes[-1] else ())
        if before is not None:
            others = [a for a in attempts if _changes(a)[:-1] == _changes(before)]
            return _plot(run, before, after, others)
    return ""


def _plot(run: RunData, before: Node, after: Node, others: Sequence[Node]) -> Markup | str:
    """The score on validation rows over epochs, else the training loss, of both."""
    series, title = "course", f"{metric_label(run.metric)}, validation rows"
    if min(len(_points(node, series)) for node in (before, after)) < 2:
        series, title = "losses", "loss, training rows"
    lines = [_points(node, series) for node in (before, after)]
    if min(map(len, lines)) < 2:
        return ""
    faint = [points for node in others if len(points := _points(node, series)) > 1]
    end = max(x for points in lines for x, _ in points)
    values = [y for points in lines for _, y in points]
    wild = min(values) > 0 and max(values) > WILD * min(values)
    heights = logarithmic(values, 0, 1) if wild else linear(values, 0, 1)
    frame = frame_of(linear([0.0, end], 0, 1), heights, right=ROOM)
    marks = [line(frame, points, "faint valid") for points in faint]
    labels = []
    for points, words, kind in zip(lines, ("before", "after"), ("train", "valid"), strict=True):
        marks += [line(frame, points, kind), dots(frame, [(*points[-1], "")], kind, 3)]
        labels.append(Label(points[-1][1], words, kind))
    said = f"{title}: before {compact(lines[0][-1][1])}, after {compact(lines[1][-1][1])}."
    return picture(
        frame, said, axes(frame, "epoch", title), clipped(frame, *marks), end_labels(frame, labels)
    )


def _points(attempt: Node, series: str) -> list[Point]:
    pairs = [[part.number for part in pair] for pair in attempt[series]]
    return [
        (x, y)
        for pair in pairs
        if len(pair) == 2
        for x, y in [pair]
        if x is not None and y is not None and math.isfinite(y)
    ]


def _row(run: RunData, attempt: Node) -> dict[str, object]:
    changes = _changes(attempt)
    against = attempt["against"].text.replace("_", " ")
    return {
        "against": cut(against, 40),
        "changes": [cut(change, 80) for change in changes] or ["as it was asked for"],
        "length": f"{compact(attempt['steps'].number)} of {compact(attempt['of'].number)}",
        "score": score(attempt[f"valid_{run.metric}"].number),
        "kept": _is_kept(attempt),
    }
