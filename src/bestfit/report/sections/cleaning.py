"""What was changed before training: each change counted, and how the rows were divided."""

from collections import defaultdict
from dataclasses import dataclass

from ..node import Node
from ..rows_plot import stacked
from ..run_data import RunData
from ..text import compact, cut, joined, plural, sentence

__all__ = ["cleaning"]

PARTS = {"train": "training", "valid": "validation", "test": "test"}
OPEN_CHANGES = 12
MAX_CHANGES = 120


@dataclass(frozen=True)
class ChangeRow:
    """One change, or several alike of one cleaner."""

    what: str
    where: str
    count: str
    examples: tuple[str, ...]


def cleaning(run: RunData) -> dict[str, object] | None:
    """The changes with their counts, and the split."""
    split = divided(run)
    if not run.cleaning and not split:
        return None
    gone = {node["name"].text for node in run.profile["fields"] if node["role"].text == "dropped"}
    rows = changes(run.cleaning, gone)
    before, after = run.cleaning["rows_before"].number, run.cleaning["rows_after"].number
    cells = sum(node["cells"].count for node in run.cleaning["changes"])
    return {
        "known": bool(run.cleaning),
        "before": compact(before),
        "after": compact(after),
        "gone": plural((before or 0) - (after or 0), "row"),
        "any_gone": bool(before and after and before > after),
        "cells": plural(cells, "cell") if cells else "",
        "columns": plural(len(gone), "column") if gone else "",
        "first": rows[:OPEN_CHANGES],
        "rest": rows[OPEN_CHANGES:MAX_CHANGES],
        "hidden": max(len(rows) - MAX_CHANGES, 0),
        "split": split,
    }


def changes(cleaning: Node, gone: set[str]) -> list[ChangeRow]:
    """Changes in order; what one cleaner says in the same words of many columns is one row.

    A column left out is told of with its reason above, and is not repeated here.
    """
    alike: dict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in cleaning["changes"]:
        column = node["column"].text
        if column in gone and not node["cells"].count and not node["rows"].count:
            continue
        what = node["what"].text
        pattern = what.replace(column, "\0") if len(column) > 2 else what
        alike[node["cleaner"].text, pattern].append(node)
    return [_change_row(nodes) for nodes in alike.values()]


def _change_row(nodes: list[Node]) -> ChangeRow:
    columns = [cut(node["column"].text, 32) for node in nodes if node["column"].text]
    cells = sum(node["cells"].count for node in nodes)
    rows = sum(node["rows"].count for node in nodes)
    examples = [cut(part.text, 60) for node in nodes for part in node["examples"]]
    counts = [plural(cells, "cell")] if cells else []
    counts += [plural(rows, "row")] if rows else []
    more = f" and {len(columns) - 4} more columns" if len(columns) > 5 else ""
    where = ", ".join(columns[:4]) + more if more else joined(columns)
    return ChangeRow(
        sentence(nodes[0]["what"].text, 300),
        where,
        ", ".join(counts),
        tuple(dict.fromkeys(examples))[:4],
    )


def divided(run: RunData) -> dict[str, object] | None:
    """How rows were divided, as one bar."""
    parts = [
        (words, float(run.split["parts"][name]["rows"].number or 0))
        for name, words in PARTS.items()
        if run.split["parts"][name]["rows"].number
    ]
    if not parts:
        return None
    said = "; ".join(f"{name} {count:,.0f} rows" for name, count in parts)
    return {
        "name": cut(run.split["name"].text, 24),
        "reason": sentence(run.split["reason"].text, 300),
        "plot": stacked(parts, f"Rows by part: {said}."),
    }
