"""Which columns matter, and whether more rows would help."""

from dataclasses import replace

from markupsafe import Markup

from ..curves import Points
from ..plots import Label, axes, band, clipped, dots, end_labels, frame_of, line, picture
from ..rows_plot import Row, bar_rows
from ..run_data import RunData, Score
from ..scales import linear, logarithmic
from ..text import alike, compact, cut, joined, plural, score
from ..words import metric_label, metric_words

__all__ = ["importance", "more_rows"]

SHOWN = 16
LISTED = 200
GAINED = 0.02  # of what there is to learn: a smaller gain from more rows is none


def importance(run: RunData) -> dict[str, object] | None:
    """Bars of what is lost when a column is shuffled."""
    rows = [
        Row(
            cut(node["column"].text, 40),
            mean,
            "",
            node["low"].number,
            node["high"].number,
        )
        for node in run.metrics["importance"]
        if (mean := node["mean"].number) is not None
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: -row.value)
    words = alike([row.value for row in rows])
    rows = [replace(row, words=word) for row, word in zip(rows, words, strict=True)]
    silent = [row for row in rows if (row.low if row.low is not None else row.value) <= 0]
    said = "; ".join(f"{row.name} {row.words}" for row in rows[:SHOWN])
    return {
        "plot": bar_rows(rows[:SHOWN], f"Importance of columns: {said}."),
        "metric": metric_words(run.metric),
        "top": [row.name for row in rows[:3]],
        "top_words": joined([row.name for row in rows[:3] if row.value > 0]),
        "first": (rows[0].name, rows[0].words),
        "rest": rows[SHOWN:LISTED],
        "hidden": max(len(rows) - LISTED, 0),
        "silent": len(silent),
        "all": len(rows),
        "fall": "falls" if run.higher_is_better else "rises",
    }


def more_rows(run: RunData) -> dict[str, object] | None:
    """The metric over the number of training rows, and what the last rows brought."""
    points = [
        (rows, measured, node["train"].number)
        for node in run.metrics["learning_curve"]
        if (rows := node["rows"].number) and rows > 0
        if (measured := node["valid"].number) is not None
    ]
    points.sort(key=lambda point: point[0])
    if len({rows for rows, _, _ in points}) < 2:
        return None
    valid = [(rows, value) for rows, value, _ in points]
    train = [(rows, value) for rows, _, value in points if value is not None]
    return {
        "plot": rows_plot(metric_label(run.metric), train, valid),
        "words": last_gain(run, valid),
        "metric": metric_label(run.metric),
    }


def rows_plot(title: str, train: Points, valid: Points) -> Markup:
    """Training and validation over the number of rows, with the gap between them shaded."""
    x = logarithmic([rows for rows, _ in valid], 0, 1)
    frame = frame_of(x, linear([y for _, y in valid + train], 0, 1), right=74)
    at = dict(train)
    gap = [(rows, at[rows], value) for rows, value in valid if rows in at]
    marks: list[str] = [band(frame, gap, "gap")] if len(gap) > 1 else []
    ends = [("training", train), ("validation", valid)]
    for word, found in ends:
        tips = [(rows, value, f"{plural(rows, 'row')}: {score(value)}") for rows, value in found]
        marks += [line(frame, found, word[:5]), dots(frame, tips, word[:5], 3.5)]
    said = "; ".join(f"{plural(rows, 'row')} {score(value)}" for rows, value in valid)
    return picture(
        frame,
        f"{title} on validation rows by number of training rows: {said}.",
        axes(frame, "training rows, log scale", title),
        clipped(frame, *marks),
        end_labels(frame, [Label(found[-1][1], w, w[:5]) for w, found in ends if found]),
    )


def last_gain(run: RunData, valid: Points) -> str:
    """What the last step in rows brought, and what follows: the same rule as the verdict's."""
    (fewer, before), (more, after) = valid[-2:]
    gain = after - before if run.higher_is_better else before - after
    side = "better" if gain > 0 else "worse"
    helps = gain > GAINED * span(run)
    advice = "would most likely help" if helps else "of this kind would hardly help"
    return (
        f"Going from {fewer:,.0f} to {more:,.0f} training rows took the validation "
        f"{metric_words(run.metric)} from {score(before)} to {score(after)}, "
        f"{side} by {compact(abs(gain), 2)}: more rows {advice}."
    )


def span(run: RunData) -> float:
    """From the constant guess to the best model on validation rows: what there is to learn."""
    anchors = run.metrics["anchors"]
    known = [(node["name"].text, Score.of(node["valid"][run.metric])) for node in anchors]
    values = [found.value for _, found in known if found]
    ours = run.score("valid")
    values += [ours.value] if ours else []
    guess = next((found.value for name, found in known if found and name == "constant"), None)
    if guess is None or not values:
        return abs(ours.value) if ours else 0.0
    return max(abs(value - guess) for value in values)
