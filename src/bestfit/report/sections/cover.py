"""The cover: what was predicted, how well, next to the anchors, and the verdict."""

from ..rows_plot import Row, interval_rows
from ..run_data import RunData, Score
from ..text import compact, cut, seconds, sentence, size
from ..words import VERDICTS, meaning, metric_label

__all__ = ["cover"]

PARTS = {"test": "test rows", "valid": "validation rows", "train": "training rows"}


def cover(run: RunData) -> dict[str, object]:
    """Never absent: a run without metrics says so."""
    verdict = run.metrics["verdict"]
    name = verdict["name"].text
    part = run.judged_on
    found = run.score(part) if part else None
    return {
        "table": run.table,
        "target": cut(run.target, 80),
        "question": question(run),
        "verdict": name if name in VERDICTS else "",
        "sentence": sentence(verdict["sentence"].text, 400),
        "gloss": VERDICTS.get(name, ""),
        "before_test": part == "test" and run.score("valid") is not None,
        "metric": metric_label(run.metric) if run.metric else "",
        "score": found,
        "meaning": meaning(run.metric, found.value if found else None),
        "part": PARTS.get(part, ""),
        "part_rows": run.metrics["rows"][part].count,
        "plot": anchors_plot(run, part) if found else "",
        "facts": facts(run),
    }


def question(run: RunData) -> str:
    """What is asked of each row."""
    if run.task == "regression":
        return "how much is it?"
    if len(run.classes) == 2:
        return f"is it {cut(run.classes[0], 32)} or {cut(run.classes[1], 32)}?"
    return f"which of {len(run.classes)} classes is it?" if run.classes else ""


def anchors_plot(run: RunData, part: str) -> str:
    """The model and the anchors on one axis, best first; "" without anchors."""
    rows = [
        _row(cut(anchor["label"].text or anchor["name"].text, 24), found, "")
        for anchor in run.metrics["anchors"]
        if (found := Score.of(anchor[part][run.metric]))
    ]
    ours = run.score(part)
    if not rows or ours is None:
        return ""
    rows.append(_row("bestfit", ours, "best"))
    rows.sort(key=lambda row: row.value, reverse=run.higher_is_better)
    words = "; ".join(f"{row.name} {row.words}" for row in rows)
    label = f"{metric_label(run.metric)} with 95 % intervals, best first: {words}."
    return interval_rows(rows, label, higher_is_better=run.higher_is_better)


def _row(name: str, found: Score, class_: str) -> Row:
    return Row(name, found.value, found.words, found.low, found.high, class_)


def facts(run: RunData) -> list[tuple[str, str]]:
    """A strip of figures: the size of the table, of the model, and what it took."""
    model, took = run.metrics["model"], run.metrics["seconds"]["total"].number
    in_use = [m for m in run.metrics["members"] if (m["weight"].number or 0) > 0]
    members = len(run.metrics["members"]) or model["members"].count
    networks = f"{len(in_use)} of {members}" if in_use and members > 1 else compact(members)
    rows = run.profile["reading"]["rows"] or run.profile["rows"]
    told = [
        ("rows read", compact(rows.number), rows),
        ("columns", compact(run.profile["columns"].number), run.profile["columns"]),
        (f"{'networks' if members != 1 else 'network'} used", networks, members),
        ("parameters", compact(model["parameters"].number), model["parameters"]),
        ("model on disk", size(model["bytes"].number), model["bytes"]),
        ("from rows to report", seconds(took), took),
    ]
    return [(label, value) for label, value, known in told if known]
