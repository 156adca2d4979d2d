"""What the data was: the target, and every column as it was read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..node import Node
from ..plots import axes, bars, frame_of, picture
from ..rows_plot import Row, bar_rows, sparkline
from ..run_data import RunData
from ..scales import Scale, linear
from ..text import compact, cut, joined, plain, plural, sentence, share, size

__all__ = ["data"]

COLUMNS_TOLD = 4  # of a note
OPEN_ROWS = 24
MAX_ROWS = 240
MAX_CLASSES = 12
IMAGE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]{1,40000}")
NAMED = {'"': "double quote", ",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}


@dataclass(frozen=True)
class FieldRow:
    """One column as the table of the report shows it."""

    name: str
    kind: str
    role: str
    reason: str
    missing: str
    any_missing: bool
    distinct: str
    spark: str
    values: str
    thumbnails: tuple[str, ...] = ()


def data(run: RunData) -> dict[str, object] | None:
    """The profile of the table."""
    profile = run.profile
    if not profile["fields"] and not profile["target"]:
        return None
    rows = profile["rows"].count
    fields = [field_row(node, rows) for node in profile["fields"]]
    used = [field for field in fields if field.role not in ("dropped", "target")]
    dropped = [field for field in fields if field.role == "dropped"]
    return {
        "table": run.table,
        "rows": plural(rows, "row"),
        "columns": plural(profile["columns"].count, "column"),
        "target": target(run),
        "first": used[:OPEN_ROWS],
        "rest": used[OPEN_ROWS:MAX_ROWS],
        "hidden": max(len(used) - MAX_ROWS, 0),
        "dropped": dropped[:MAX_ROWS],
        "dropped_hidden": max(len(dropped) - MAX_ROWS, 0),
        "warnings": [
            (cut(node["name"].text.replace("_", " "), 40), sentence(node["what"].text, 300))
            for node in list(profile["warnings"])[:MAX_ROWS]
        ],
        "notes": [
            (named(node), sentence(node["what"].text, 300))
            for node in list(profile["notes"])[:MAX_ROWS]
        ],
        "encoding": encoding(
            profile["encoding"],
            {node["name"].text for node in profile["fields"] if node["role"].text == "feature"},
        ),
        "made": made(profile["engineering"]),
        "selection": selection(profile["selection"]),
        "reading": [
            (cut(key.replace("_", " "), 30), spelt(key, value))
            for key, value in profile["reading"].items()
            if value.value is not None and key != "evidence"
        ],
    }


def encoding(choices: Node, used: set[str]) -> list[tuple[str, str]]:
    """How columns become numbers, and why; columns that are treated alike together."""
    alike: dict[str, list[str]] = {}
    for node in choices:
        if node["column"].text in used:
            alike.setdefault(node["reason"].text, []).append(cut(node["column"].text, 32))
    return [(some(names), sentence(reason, 300)) for reason, names in alike.items()][:MAX_ROWS]


def made(trial: Node) -> dict[str, object] | None:
    """Columns made of others: how many were tried, and which stayed."""
    if not trial["tried"].count:
        return None
    kept = [cut(node.text, 60) for node in trial["kept"]]
    tried = f"{plural(trial['tried'].count, 'column')} made of others were tried"
    return {"kept": kept, "sentence": sentence(f"{tried}: {trial['reason'].text}", 300)}


def selection(found: Node) -> dict[str, object] | None:
    """The scores by which columns were selected."""
    scores = [(cut(pair[0].text, 40), pair[1].number) for pair in map(list, found["scores"])]
    if not scores:
        return None
    shown = [(name, "none" if score is None else f"{score:.3g}") for name, score in scores]
    name = cut(found["selector"].text.replace("_", " "), 30)
    return {"name": name, "reason": found["reason"].text, "scores": shown[:OPEN_ROWS]}


def named(note: Node) -> str:
    """The columns of a note; the first few of many."""
    return some([cut(name.text, 32) for name in note["columns"]])


def some(names: list[str]) -> str:
    """The first few of many names."""
    hidden = len(names) - COLUMNS_TOLD
    if hidden <= 0:
        return joined(names)
    return f"{', '.join(names[:COLUMNS_TOLD])} and {hidden} more"


def spelt(key: str, value: Node) -> str:
    """A fact about the file; blanks and controls are named, bytes counted in larger units."""
    if key == "bytes":
        return size(value.number)
    return NAMED.get(value.text) or plain(value, 60)


def target(run: RunData) -> dict[str, object] | None:
    """The column to predict, and how its values are spread."""
    node = run.profile["target"]
    classes = [_pair(part) for part in node["classes"]]
    edges, counts = node["histogram"]["edges"].numbers, node["histogram"]["counts"].numbers
    name = cut(run.target, 60)
    if classes:
        plot, words = _class_bars(name, classes)
    elif counts and len(edges) == len(counts) + 1:
        plot, words = histogram(edges, counts, name), ""
    else:
        return None
    reason = sentence(node["reason"].text, 300)
    return {"name": name, "plot": plot, "words": words, "reason": reason}


def _pair(node: Node) -> tuple[str, float]:
    parts = list(node)
    return (parts[0].text, parts[1].number or 0.0) if len(parts) == 2 else (node.text, 0.0)


def _class_bars(name: str, classes: list[tuple[str, float]]) -> tuple[str, str]:
    total = sum(count for _, count in classes)
    ordered = sorted(classes, key=lambda pair: -pair[1])
    shown = ordered[:MAX_CLASSES]
    others = ordered[MAX_CLASSES:]
    if others:
        words = f"{len(others)} others"
        shown = [*shown, (words, sum(count for _, count in others))]
    rows = [
        Row(cut(label, 40), count, f"{count:,.0f} · {share(count, total)}")
        for label, count in shown
    ]
    said = "; ".join(f"{row.name} {row.words}" for row in rows)
    rarest = ordered[-1]
    text = (
        f"The rarest class, {cut(rarest[0], 40)}, makes up {share(rarest[1], total)} of the rows."
    )
    return bar_rows(rows, f"Classes of {name}: {said}."), text


def histogram(edges: Sequence[float], counts: Sequence[float], name: str) -> str:
    """A histogram the size of a chart."""
    x = Scale(edges[0], edges[-1] if edges[-1] > edges[0] else edges[0] + 1.0, 0, 1)
    frame = frame_of(x, linear(counts, 0, 1, zero=True), height=220)
    columns = [
        (low, high, count, f"{compact(low)} to {compact(high)}: {plural(count, 'row')}")
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    peak = max(range(len(counts)), key=lambda index: counts[index])
    label = (
        f"Histogram of {name} from {compact(edges[0])} to {compact(edges[-1])}; most rows lie "
        f"between {compact(edges[peak])} and {compact(edges[peak + 1])}."
    )
    return picture(frame, label, axes(frame, name, "rows"), bars(frame, columns, "bar"))


def field_row(node: Node, rows: int) -> FieldRow:
    """One column: its kind, its gaps, and a picture or an example of its values."""
    missing, name = node["missing"].number or 0.0, cut(node["name"].text, 48)
    spark, values = _values(node, name)
    return FieldRow(
        name=name,
        kind=cut(node["kind"].text, 16),
        role=node["role"].text,
        reason=sentence(node["reason"].text.removeprefix("dropped: "), 240),
        missing=share(missing, rows) if missing else "none",
        any_missing=missing > 0,
        distinct=compact(node["distinct"].number),
        spark=spark,
        values=values,
        thumbnails=tuple(t.text for t in node["thumbnails"] if IMAGE.fullmatch(t.text)),
    )


def _values(node: Node, name: str) -> tuple[str, str]:
    if size_of := node["pictures"]["size"].text:
        return "", f"{cut(size_of, 60)}, {cut(node['pictures']['colours'].text, 30)}"
    counts = node["histogram"]["counts"].numbers
    if counts:
        low, high = node["min"].number, node["max"].number
        spelt = _year if low and high and 1000 <= low <= high < 2200 else compact
        words = f"{spelt(low)} to {spelt(high)}, median {spelt(node['median'].number)}"
        return sparkline(counts, f"Histogram of {name}: {words}"), words
    top = [_pair(part) for part in node["top"]]
    if any(count > 1 for _, count in top):
        words = ", ".join(cut(label, 18) for label, _ in top[:3])
        spark = sparkline([count for _, count in top], f"Most frequent values of {name}: {words}")
        return spark, words + (" …" if node["distinct"].count > 3 else "")
    if node["first"]:
        return "", f"{cut(node['first'].text, 20)} to {cut(node['last'].text, 20)}"
    return "", ", ".join(cut(part.text, 24) for part in list(node["examples"])[:2])


def _year(value: float | None) -> str:
    """A number that may well be a year: no separator of thousands."""
    return compact(value).replace(",", "")
