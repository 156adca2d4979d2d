"""Findings, the verdict with its evidence, and the anchors."""

from ..lessons import LESSONS
from ..node import Node
from ..run_data import RunData, Score
from ..text import cut, plain, seconds, sentence
from ..words import VERDICTS, metric_label, metric_words

__all__ = ["anchors", "findings", "verdict"]


def findings(run: RunData) -> dict[str, object] | None:
    """Every finding with its evidence, harm, cause and advice; a clean bill is worth a word."""
    if run.findings.value is None:
        return None
    return {"findings": [_finding(node) for node in list(run.findings)[:60]]}


def _finding(node: Node) -> dict[str, object]:
    name = node["name"].text
    step = node["step"].number
    known = {"name", "subject", "step", "evidence", "harm", "cause", "advice"}
    return {
        "name": cut(name.replace("_", " ").capitalize(), 40),
        "code": cut(name, 40),
        "subject": cut(node["subject"].text, 60),
        "when": f"step {step:,.0f}" if step else "before training",
        "lesson": LESSONS.get(name, ""),
        "evidence": [
            (cut(key.replace("_", " "), 40), plain(value, 80))
            for key, value in node["evidence"].items()[:12]
        ],
        "parts": [
            (label, sentence(node[key].text, 500))
            for key, label in (("harm", "Harm"), ("cause", "Cause"), ("advice", "What to do"))
            if node[key].text
        ],
        "more": [
            (cut(key.replace("_", " ").capitalize(), 40), plain(value, 300))
            for key, value in node.items()
            if key not in known and value
        ],
    }


def verdict(run: RunData) -> dict[str, object] | None:
    """The verdict and why."""
    node = run.metrics["verdict"]
    name = node["name"].text
    if name not in VERDICTS:
        return None
    return {
        "name": name,
        "sentence": sentence(node["sentence"].text, 400),
        "evidence": [sentence(part.text, 500) for part in node["evidence"]],
        "meanings": list(VERDICTS.items()),
    }


def anchors(run: RunData) -> dict[str, object] | None:
    """The model and the anchors, in numbers."""
    if not run.metrics["anchors"]:
        return None
    parts = [part for part in ("valid", "test") if run.score(part)]
    took = run.metrics["seconds"]["train"].number
    ours = {
        "name": "bestfit",
        "ours": True,
        "cells": [_cell(run.score(part)) for part in parts],
        "seconds": seconds(took),
    }
    rows = [ours]
    last = parts[-1] if parts else "test"
    sign = -1.0 if run.higher_is_better else 1.0
    for node in sorted(run.metrics["anchors"], key=lambda node: sign * _value(node, last, run)):
        rows.append(
            {
                "name": cut(node["label"].text or node["name"].text, 40),
                "ours": False,
                "cells": [_cell(Score.of(node[part][run.metric])) for part in parts],
                "seconds": seconds(node["seconds"].number),
            }
        )
    words = {"valid": "validation rows", "test": "test rows"}
    return {
        "metric": metric_label(run.metric),
        "words": metric_words(run.metric),
        "parts": [words[part] for part in parts],
        "rows": rows,
        "better": "higher" if run.higher_is_better else "lower",
    }


def _value(node: Node, part: str, run: RunData) -> float:
    found = Score.of(node[part][run.metric])
    return found.value if found else 0.0


def _cell(found: Score | None) -> tuple[str, str]:
    return (found.words, found.interval) if found else ("–", "")
