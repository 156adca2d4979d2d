"""How it learnt: loss and metric on training and validation rows, and the learning rate."""

import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from ..curves import Curves, Points
from ..plots import Label, axes, clipped, dots, end_labels, frame_of, line, picture, rule
from ..run_data import RunData
from ..scales import Scale, linear, logarithmic
from ..svg import thin
from ..text import compact, cut, plural, score
from ..words import metric_label

__all__ = ["learning"]

LABEL_ROOM = 74.0
MAX_FAINT = 4000  # points of all faint lines of a picture together
WILD = 30.0  # a loss that spans more than this factor is drawn on a log scale


def learning(run: RunData) -> dict[str, object] | None:
    """Curves over epochs, the ensemble in front of its members."""
    curves = run.curves
    loss = chart(curves, ("train_loss", "valid_loss"), "loss", higher_is_better=False)
    name = run.metric
    metric = chart(
        curves,
        (f"train_{name}", f"valid_{name}"),
        metric_label(name),
        higher_is_better=run.higher_is_better,
    )
    if not loss and not metric:
        return None
    members = max(len(curves.members("valid_loss")), len(curves.members("train_loss")))
    return {
        "loss": loss,
        "metric": metric if name and f"{name}" != "loss" else None,
        "metric_name": metric_label(name) if name else "",
        "rate": rates(curves),
        "members": members,
        "unit": curves.unit,
        "loss_name": cut(run.profile["loss"]["name"].text.replace("_", " "), 40),
        "loss_reason": cut(run.profile["loss"]["reason"].text, 120),
    }


def chart(
    curves: Curves, names: tuple[str, str], title: str, *, higher_is_better: bool
) -> dict[str, object] | None:
    """Training and validation over time; None when neither was measured twice."""
    front = [curves.of(name) or _alone(curves, name) for name in names]
    faint = [list(curves.members(name).values()) for name in names]
    times = {x for points in (*front, *faint[0], *faint[1]) for x, _ in points}
    if len(times) < 2:
        return None
    front = [points or _middle(lines) for points, lines in zip(front, faint, strict=True)]
    best = _best(front[1], higher_is_better)
    y = _heights(front, faint)
    x = _width(points for group in (front, *faint) for points in group)
    frame = frame_of(x, y, right=LABEL_ROOM)
    marks: list[str] = []
    for kind, lines in zip(("train", "valid"), faint, strict=True):
        if len(lines) > 1:
            few = max(30, MAX_FAINT // len(lines))
            marks += [line(frame, thin(points, few), f"faint {kind}") for points in lines]
    for kind, points in zip(("train", "valid"), front, strict=True):
        marks.append(line(frame, points, kind) if points else Markup(""))
    spots: list[str] = []
    if best:
        tip = f"best at {curves.unit} {compact(best[0])}: {score(best[1])}"
        words = f"best: {curves.unit} {compact(best[0])}"
        spots = [rule(frame, best[0], words, vertical=True)]
        spots.append(dots(frame, [(*best, tip)], "valid", 4))
    labels = [
        Label(last, word, word[:5])
        for word, points in zip(("training", "validation"), front, strict=True)
        if (last := _last(points)) is not None
    ]
    plot = picture(
        frame,
        _spoken(title, curves.unit, front, best),
        axes(frame, curves.unit, title),
        clipped(frame, *marks),
        *spots,
        end_labels(frame, labels),
    )
    return {"plot": plot, "title": title, "best": _best_words(best, curves.unit)}


def _alone(curves: Curves, name: str) -> Points:
    """The only member's own curve, where there is no ensemble."""
    lines = list(curves.members(name).values())
    return lines[0] if len(lines) == 1 else []


def _middle(lines: Sequence[Points]) -> Points:
    """The median over members at each time at which at least half of them were measured."""
    at: dict[float, list[float]] = {}
    for points in lines:
        for x, y in points:
            if math.isfinite(y):
                at.setdefault(x, []).append(y)
    return [
        (x, sorted(ys)[len(ys) // 2]) for x, ys in sorted(at.items()) if 2 * len(ys) >= len(lines)
    ]


def _best(points: Points, higher_is_better: bool) -> tuple[float, float] | None:
    finite = [point for point in points if math.isfinite(point[1])]
    if not finite:
        return None
    return (max if higher_is_better else min)(finite, key=lambda point: point[1])


def _last(points: Points) -> float | None:
    return next((y for _, y in reversed(points) if math.isfinite(y)), None)


def _width(lines: Iterable[Points]) -> Scale:
    ends = [x for points in lines for x, _ in (points[:1] + points[-1:])]
    low, high = min(ends), max(ends)
    return Scale(min(low, high - 1e-9), high if high > low else low + 1.0, 0, 1)


def _heights(front: Sequence[Points], faint: Sequence[Sequence[Points]]) -> Scale:
    """Room for the front curves, and for the middle 90 % of what the members measured."""
    values = [y for points in front for _, y in points if math.isfinite(y)]
    crowd = sorted(y for lines in faint for points in lines for _, y in points if math.isfinite(y))
    if crowd:
        values += [crowd[len(crowd) // 20], crowd[len(crowd) - 1 - len(crowd) // 20]]
    if values and min(values) > 0 and max(values) > WILD * min(values):
        return logarithmic(values, 0, 1)
    return linear(values, 0, 1)


def _best_words(best: tuple[float, float] | None, unit: str) -> str:
    return f"{score(best[1])} at {unit} {compact(best[0])}" if best else ""


def _spoken(
    title: str, unit: str, front: Sequence[Points], best: tuple[float, float] | None
) -> str:
    parts = [
        f"{word} from {score(points[0][1])} to {score(points[-1][1])}"
        for word, points in zip(("training", "validation"), front, strict=True)
        if points
    ]
    tail = f"; best validation value {_best_words(best, unit)}" if best else ""
    return f"{title} per {unit}: {', '.join(parts)}{tail}."


def rates(curves: Curves) -> str:
    """The learning rate over time; "" when it was not measured."""
    lines = list(curves.members("lr").values()) or [
        points for points in [curves.of("lr")] if points
    ]
    if not lines:
        return ""
    values = [y for points in lines for _, y in points if y > 0]
    if not values or max(len(points) for points in lines) < 2:
        return ""
    peaks = [max(y for _, y in points) for points in lines]
    wide = max(peaks) > 4 * max(min(peaks), 1e-12)
    y = logarithmic(values, 0, 1) if wide else linear(values, 0, 1, zero=True)
    frame = frame_of(_width(lines), y)
    class_ = "faint valid" if len(lines) > 3 else "valid"
    marks = [line(frame, points, class_) for points in lines]
    label = (
        f"Learning rate of {plural(len(lines), 'network')} per {curves.unit}, between "
        f"{compact(min(values))} and {compact(max(values))}."
    )
    return picture(frame, label, axes(frame, curves.unit, "learning rate"), clipped(frame, *marks))
