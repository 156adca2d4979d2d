"""Gradients and units: how each layer was pulled, how far it moved, and which units are still."""

import math
import statistics
from collections.abc import Mapping

from markupsafe import Markup

from ..curves import Curves, Points
from ..plots import Label, axes, band, clipped, end_labels, frame_of, line, picture
from ..run_data import RunData
from ..scales import Scale, logarithmic
from ..svg import drawing, rectangle, tag, text, width_of
from ..text import compact, cut, share

__all__ = ["gradients"]

HEALTHY = (1e-5, 1e-1)  # of an update relative to its weights; outside lies trouble
STILL = "units that are still"
COLUMNS = 48
MAX_LAYERS = 16


def gradients(run: RunData) -> dict[str, object] | None:
    """Norms per layer as lines and as a heat map, and the ratio of update to weight."""
    norms = _some(run.curves.layers("grad_norm"))
    ratios = _some(run.curves.layers("update_ratio"))
    if not norms and not ratios:
        return None
    dead = run.curves.layers("dead_units")
    names = [node["name"].text for node in run.findings if not node["repair"]]
    return {
        "lines": layer_lines(norms, run.curves, "gradient norm") if norms else "",
        "heat": heat(norms, run.curves.unit, "gradient norms") if norms else "",
        "moved": heat(ratios, run.curves.unit, "updates") if ratios else "",
        "dead": heat(dead, run.curves.unit, STILL) if _moments(dead) > 1 else "",
        "most_dead": share(max((p[-1][1] for p in dead.values() if p), default=0.0), 1.0),
        "ratios": layer_lines(ratios, run.curves, "update ÷ weight", HEALTHY) if ratios else "",
        "summary": summary(norms),
        "layers": len(norms or ratios),
        "trouble": [
            name.replace("_", " ")
            for name in ("vanishing_gradient", "exploding_gradient", "frozen_layers")
            if name in names
        ],
    }


def _some(layers: Mapping[str, Points]) -> dict[str, Points]:
    """At most ``MAX_LAYERS`` layers that were measured twice, picked evenly from first to last."""
    good = {
        name: points
        for name, points in layers.items()
        if len({x for x, y in points if math.isfinite(y) and y > 0}) > 1
    }
    if len(good) <= MAX_LAYERS:
        return good
    names = list(good)
    picked = [round(i * (len(names) - 1) / (MAX_LAYERS - 1)) for i in range(MAX_LAYERS)]
    return {names[index]: good[names[index]] for index in picked}


def _typical(points: Points) -> float:
    return statistics.median(y for _, y in points if math.isfinite(y) and y > 0)


def summary(norms: Mapping[str, Points]) -> dict[str, str] | None:
    """The layers that are pulled least and most, and how far they lie apart."""
    if len(norms) < 2:
        return None
    typical = {name: _typical(points) for name, points in norms.items()}
    weak = min(typical, key=lambda name: typical[name])
    strong = max(typical, key=lambda name: typical[name])
    factor = typical[strong] / typical[weak]
    return {"weak": cut(weak, 32), "strong": cut(strong, 32), "factor": compact(factor, 2)}


def layer_lines(
    layers: Mapping[str, Points],
    curves: Curves,
    title: str,
    healthy: tuple[float, float] | None = None,
) -> Markup:
    """One line per layer on a log scale, shaded from the first layer to the last."""
    values = [y for points in layers.values() for _, y in points if math.isfinite(y) and y > 0]
    xs = [x for points in layers.values() for x, _ in points]
    high = max(xs) if max(xs) > min(xs) else min(xs) + 1.0
    names = [cut(name, 12) for name in layers]
    room = max(width_of(name) for name in names) + 14
    frame = frame_of(Scale(min(xs), high, 0, 1), logarithmic(values, 0, 1), right=room)
    marks: list[str] = []
    if healthy:
        marks.append(band(frame, [(x, *healthy) for x in (frame.x.low, high)], "healthy"))
    labels = []
    for index, (name, points) in enumerate(layers.items()):
        shade = _shade(index, len(layers))
        positive = [(x, y if y > 0 else math.nan) for x, y in points]
        marks.append(line(frame, positive, f"s{shade}", cut(name, 60)))
        last = next((y for _, y in reversed(positive) if math.isfinite(y)), None)
        if last is not None:
            labels.append(Label(last, names[index], f"t{shade}"))
    said = "; ".join(f"{cut(n, 24)} about {compact(_typical(p), 2)}" for n, p in layers.items())
    label = f"{title} per layer over {curves.unit}s, log scale: {said}."
    return picture(
        frame,
        label,
        axes(frame, curves.unit, f"{title}, log scale"),
        clipped(frame, *marks),
        end_labels(frame, labels),
    )


def _shade(index: int, count: int) -> int:
    return round(8 * index / max(count - 1, 1)) if count > 1 else 8


def _moments(layers: Mapping[str, Points]) -> int:
    return len({x for points in layers.values() for x, _ in points})


def heat(layers: Mapping[str, Points], unit: str, of: str) -> Markup:
    """Layers downwards, time across, the darker the stronger.

    Args:
        layers: by name, in order; positive numbers for a log scale.
        unit: of time.
        of: what is shown; units that are still are shares of a whole, and need no scale.
    """
    shares = of == STILL
    binned = means if shares else geometric_means
    values = [y for points in layers.values() for _, y in points if math.isfinite(y) and y > 0]
    low, high = (0.0, 1.0) if shares else (min(values), max(values))
    xs = [x for points in layers.values() for x, _ in points]
    start, end = min(xs), max(xs) if max(xs) > min(xs) else min(xs) + 1.0
    left = max(width_of(cut(name, 12)) for name in layers) + 8
    columns = min(COLUMNS, max(len(points) for points in layers.values()))
    wide, tall = (400 - left) / columns, min(34.0, 190 / len(layers))
    marks: list[str] = []
    for row, (name, points) in enumerate(layers.items()):
        y = 4 + row * tall
        marks.append(text(left - 6, y + tall / 2 + 4, name, "tick end", 12))
        for column, value in enumerate(binned(points, start, end, columns)):
            if value is not None:
                part = value if shares else _part(value, low, high)
                said = share(value, 1.0) if shares else compact(value, 2)
                x = left + column * wide
                cell = f"q{round(8 * part)}"
                marks.append(
                    rectangle(x, y, wide + 0.3, tall - 1.5, cell, f"{cut(name, 40)}: {said}")
                )
    bottom = 4 + tall * len(layers)
    marks.append(text(left, bottom + 14, f"{unit} {compact(start)}", "tick"))
    marks.append(text(400, bottom + 14, f"{unit} {compact(end)}", "tick end"))
    ends = ("none", "all") if shares else (compact(low, 2), compact(high, 2))
    marks.append(_key(left, bottom + 26, *ends))
    scale = "" if shares else ", log scale"
    label = f"Heat map of {of}: {len(layers)} layers over {unit}s{scale}."
    return drawing(400, bottom + 44, label, *marks)


def _part(value: float, low: float, high: float) -> float:
    """Where a number lies between two others, by their logarithms."""
    return math.log10(value / low) / (math.log10(high / low) or 1.0)


def _key(x: float, y: float, low: str, high: str) -> Markup:
    """The legend of the shades."""
    swatches = [rectangle(x + 60 + 14 * shade, y, 14, 10, f"q{shade}") for shade in range(9)]
    return tag(
        "g",
        text(x + 54, y + 9, low, "tick end"),
        *swatches,
        text(x + 60 + 14 * 9 + 6, y + 9, high, "tick"),
    )


def means(points: Points, start: float, end: float, columns: int) -> list[float | None]:
    """The mean of the values in each column of time, else the one before."""
    found: list[list[float]] = [[] for _ in range(columns)]
    for x, y in points:
        if math.isfinite(y):
            place = int((x - start) / (end - start) * columns)
            found[min(max(place, 0), columns - 1)].append(y)
    told: list[float | None] = []
    for values in found:
        before = told[-1] if told else None
        told.append(statistics.fmean(values) if values else before)
    return told


def geometric_means(points: Points, start: float, end: float, columns: int) -> list[float | None]:
    """The same of positive values, by their logarithms."""
    logs = [(x, math.log10(y)) for x, y in points if math.isfinite(y) and y > 0]
    return [None if v is None else 10**v for v in means(logs, start, end, columns)]
