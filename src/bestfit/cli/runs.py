"""``bestfit runs [DIR]``."""

import tomllib
from pathlib import Path
from typing import Any

import click

from ..errors import FolderError
from ..files import read_json
from ..folder import RunFolder
from .ending import number, print_json
from .options import as_json, debug

__all__ = ["command", "rank"]


@click.command("runs", epilog="\b\nExamples:\n  bestfit runs runs --json")
@click.argument("folder", metavar="[DIR]", default="runs")
@as_json
@debug
def command(folder: str, as_json: bool) -> None:
    """List the runs in DIR (runs/ if left out), the best first among those with equal targets."""
    parent = Path(folder)
    if not parent.is_dir():
        raise FolderError("no such folder", where=folder, hint="bestfit runs DIR")
    found = rank([summary(path) for path in sorted(parent.iterdir()) if is_run(path)])
    if as_json:
        print_json({"folder": folder, "runs": found})
        return
    if not found:
        click.echo(f"no runs in {folder}", err=True)
        return
    rows = [("RUN", "TARGET", "METRIC", "TEST", "VERDICT", "SECONDS"), *map(cells, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def is_run(path: Path) -> bool:
    """A folder that a run began to write."""
    return path.is_dir() and RunFolder(path).config.is_file()


def summary(path: Path) -> dict[str, Any]:
    """What the run came to; without metrics it is not finished."""
    folder = RunFolder(path)
    about: dict[str, Any] = {"run": str(path), "target": None, "finished": False}
    try:
        about["target"] = str(tomllib.loads(folder.config.read_text())["data"]["target"])
        if not folder.metrics.is_file():
            return about
        metrics = read_json(folder.metrics)
        name = str(metrics["metric"])
        judged = metrics["test"] or metrics["valid"]
        return {
            **about,
            "finished": True,
            "metric": name,
            "value": float(judged[name]["value"]),
            "higher_is_better": bool(metrics["higher_is_better"]),
            "verdict": str(metrics["verdict"]["name"]),
            "seconds": float(metrics["seconds"]["total"]),
        }
    except (FolderError, ValueError, LookupError, TypeError, OSError):
        return {**about, "broken": True}  # one broken folder must not hide the other runs


def rank(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Runs that answer the same question stand together, the best first; unfinished ones last.

    >>> a = {"run": "a", "target": "y", "finished": True, "metric": "auc", "value": 0.8,
    ...      "higher_is_better": True}
    >>> [run["run"] for run in rank([a, {**a, "run": "b", "value": 0.9}])]
    ['b', 'a']
    """

    def key(run: dict[str, Any]) -> tuple[str, bool, str, float]:
        if not run["finished"]:
            return (run["target"] or "", True, "", 0.0)
        worth = -run["value"] if run["higher_is_better"] else run["value"]
        return (run["target"] or "", False, run["metric"], worth)

    return sorted(runs, key=key)


def cells(run: dict[str, Any]) -> tuple[str, ...]:
    """One line of the table."""
    if not run["finished"]:
        resumable = f"not finished: bestfit resume {run['run']}"
        said = "broken: its files cannot be read" if run.get("broken") else resumable
        return (run["run"], run["target"] or "", "", "", said, "")
    return (
        run["run"],
        run["target"] or "",
        run["metric"],
        number(run["value"]),
        run["verdict"],
        f"{run['seconds']:.0f}",
    )
