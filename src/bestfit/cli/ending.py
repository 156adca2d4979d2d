"""What a finished run says: its verdict, its metrics beside the anchors, where the report lies."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from ..files import read_json
from ..folder import RunFolder

__all__ = ["announce", "print_json", "scores", "told"]


def announce(path: str | Path, *, as_json: bool, quiet: bool) -> None:
    """Print the run folder on stdout, or one JSON object; the story for people on stderr."""
    folder = RunFolder(path)
    metrics = read_json(folder.metrics)
    if not quiet:
        for line in story(folder, metrics):
            click.echo(line, err=True)
    if as_json:
        report = str(folder.report) if folder.report.is_file() else None
        print_json({"run": str(folder.path), "report": report, **metrics})
    else:
        click.echo(str(folder.path))


def print_json(value: Any) -> None:
    """One JSON object on stdout, on one line unless a person reads it."""
    indent = 1 if sys.stdout.isatty() else None
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent))


def story(folder: RunFolder, metrics: dict[str, Any]) -> list[str]:
    """The lines under the progress: verdict, scores, files."""
    verdict = metrics["verdict"]
    lines = ["", f"  {verdict['name']}: {verdict['sentence']}", ""]
    if folder.findings.is_file() and (found := read_json(folder.findings)):
        lines += [*(f"  {told(finding)}" for finding in found), ""]
    lines += [f"  {line}" for line in scores(metrics)]
    if folder.report.is_file():
        lines += ["", f"  report   {folder.report}"]
    if folder.model.is_dir():
        lines.append(f"  predict  bestfit predict {folder.path} SOURCE")
    return [*lines, ""]


def told(finding: dict[str, Any]) -> str:
    """A finding in one line: where, with its number, and what was done or is to be done.

    >>> told({"name": "learning_rate_too_high", "subject": "step size", "evidence": {"lr": 10.0},
    ...       "advice": "Divide it by 10.", "repair": "lr 10 → 0.1", "gain": 0.354})
    'learning_rate_too_high (step size, lr 10): repaired, lr 10 → 0.1, gained 35 %'
    """
    numbers = [
        f"{key.replace('_', ' ')} {value:.4g}"
        for key, value in finding["evidence"].items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    place = ", ".join(filter(None, [finding["subject"], *numbers[:1]]))
    head = f"{finding['name']} ({place})" if place else finding["name"]
    if not finding.get("repair"):
        return f"{head}: {finding['advice']}"
    gain = finding.get("gain")
    gained = "" if gain is None else f", gained {100 * gain:.0f} %"
    return f"{head}: repaired, {finding['repair']}{gained}"


def scores(metrics: dict[str, Any]) -> list[str]:
    """The chosen metric of the model beside the anchors, aligned; the model's line comes first.

    >>> anchor = {"label": "Constant", "test": {"auc": {"value": 0.5, "low": 0.5, "high": 0.5}}}
    >>> test = {"auc": {"value": 0.92, "low": 0.91, "high": 0.93}}
    >>> for line in scores({"metric": "auc", "test": test, "anchors": [anchor]}):
    ...     print(line)
    auc on test rows
      bestfit   0.9200  (0.9100 to 0.9300)
      Constant  0.5000  (0.5000 to 0.5000)
    """
    name = metrics["metric"]
    part = "test" if metrics.get("test") else "valid"
    rows = [("bestfit", metrics[part][name])]
    rows += [(a["label"], a[part][name]) for a in metrics.get("anchors", []) if a.get(part)]
    width = max(len(label) for label, _ in rows)
    title = f"{name} on {'test' if part == 'test' else 'validation'} rows"
    return [title] + [
        f"  {label:{width}}  {number(score['value'])}  "
        f"({number(score['low'])} to {number(score['high'])})"
        for label, score in rows
    ]


def number(value: float) -> str:
    """Four digits after the point for small numbers, thousands marked for large ones.

    >>> number(0.92341), number(23456.7)
    ('0.9234', '23,457')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4f}"
