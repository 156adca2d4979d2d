"""How good it is: pictures from held-back rows, and all metrics with their intervals."""

from dataclasses import dataclass

from ..run_data import RunData
from ..text import cut, plural, score
from ..words import higher_is_better, meaning, metric_label
from .quality_classes import class_pictures
from .quality_numbers import number_pictures

__all__ = ["quality"]

PARTS = {"train": "training rows", "valid": "validation rows", "test": "test rows"}


@dataclass(frozen=True)
class MetricRow:
    """One metric on all parts: (value, interval) per part."""

    label: str
    meaning: str
    better: str
    cells: list[tuple[str, str]]
    main: bool


def quality(run: RunData) -> dict[str, object] | None:
    """Pictures by task, and the table of metrics."""
    rows = run.test_rows()
    pictures: dict[str, object] = {}
    if rows.height:
        pictures = number_pictures(run, rows) if run.task == "regression" else {}
        pictures = pictures or class_pictures(run, rows)
    table = metrics_table(run)
    if not pictures and not table:
        return None
    judged = "test" if "part" not in rows.columns or "test" in rows["part"] else "valid"
    return {
        "task": run.task,
        "target": cut(run.target, 60),
        "rows": plural(rows.height, PARTS[judged][:-1]) if rows.height else "",
        "pictures": pictures,
        "table": table,
        "parts": [words for part, words in PARTS.items() if run.metrics[part]],
        "scaled": scaled(run.metrics["temperature"].number),
    }


def scaled(temperature: float | None) -> str:
    """What calibration did to the probabilities; "" when it did nothing."""
    if temperature is None or temperature <= 0 or abs(temperature - 1.0) < 0.005:
        return ""
    way = "softened, for they were too sure" if temperature > 1 else "sharpened, for they held back"
    return f"On validation rows they were {way} (temperature {score(temperature)})."


def metrics_table(run: RunData) -> list[MetricRow]:
    """Every metric that was measured, the run's own first."""
    parts = [part for part in PARTS if run.metrics[part]]
    names = {name: None for part in reversed(parts) for name, _ in run.metrics[part].items()}
    ordered = sorted(names, key=lambda name: name != run.metric)
    rows = []
    for name in ordered[:24]:
        found = [run.score(part, name) for part in parts]
        if not any(found):
            continue
        last = next(value for value in reversed(found) if value)
        rows.append(
            MetricRow(
                cut(metric_label(name), 40),
                meaning(name, last.value),
                "higher" if higher_is_better(name) else "lower",
                [(value.words, value.interval) if value else ("–", "") for value in found],
                name == run.metric,
            )
        )
    return rows
