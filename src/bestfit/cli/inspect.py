"""``bestfit inspect SOURCE``."""

import sys
from typing import TYPE_CHECKING, Any

import click

from .ending import print_json
from .options import as_json, debug

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["command"]

NARROWEST = 100  # columns of a page that is not a terminal


@click.command(
    "inspect",
    epilog="\b\nExamples:\n"
    "  bestfit inspect adult.csv --target income\n"
    "  bestfit inspect adult.csv --json",
)
@click.argument("source")
@click.option("--target", metavar="COL", help="The column to predict, e.g. --target income")
@click.option(
    "--task",
    type=click.Choice(("binary", "multiclass", "regression")),
    help="If it is not what the target shows, e.g. --task regression",
)
@click.option("--drop", metavar="COL", multiple=True, help="Leave out, e.g. --drop id --drop name")
@as_json
@debug
def command(
    source: str, target: str | None, task: str | None, drop: tuple[str, ...], as_json: bool
) -> None:
    """Show what is in SOURCE and what bestfit would do with it. Trains nothing."""
    from ..cleaners import Settings, prepare
    from ..sources import read

    cleaned = prepare(read(source), target, Settings(task=task, drop=drop))
    if as_json:
        print_json(cleaned.profile)
        return
    from rich.console import Console

    console = Console(highlight=False)
    if not sys.stdout.isatty():
        console = Console(highlight=False, width=max(console.width, NARROWEST))
    for part in page(cleaned.profile, [change.what for change in cleaned.changes]):
        console.print(part)


def page(profile: dict[str, Any], changes: list[str]) -> "list[RenderableType]":
    """Head, columns, changes, warnings, target."""
    from rich.padding import Padding
    from rich.text import Text

    rows, columns = profile["rows"], profile["columns"]
    head = Text(f"{profile['source']}: {rows:,} rows, {columns:,} columns", style="bold")
    reading = ", ".join(f"{name} {value!s}" for name, value in profile["reading"].items())
    parts: list[RenderableType] = [head, Text(reading, style="dim"), Text(), fields(profile)]
    for title, lines, style in (
        ("What will be changed", changes, ""),
        ("Warnings", [warning["what"] for warning in profile["warnings"]], "yellow"),
        ("Target", target_lines(profile), ""),
    ):
        if lines:
            parts += [Text(), Text(title, style="bold")]
            parts += [Padding(Text(f"· {line}", style=style), (0, 0, 0, 2)) for line in lines]
    return parts


def fields(profile: dict[str, Any]) -> "RenderableType":
    """One line per column."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("column", "kind", "role"):
        table.add_column(title, overflow="ellipsis", no_wrap=True, max_width=28)
    for title in ("missing", "distinct"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("holds", overflow="ellipsis", no_wrap=True, ratio=1)
    for field in profile["fields"]:
        missing = field["missing"] / profile["rows"] if profile["rows"] else 0.0
        style = "dim" if field["role"] == "dropped" else ""
        cells = (
            field["name"],
            field["kind"],
            field["role"],
            f"{missing:.1%}" if field["missing"] else "",
            f"{field['distinct']:,}",
            field["reason"] or holds(field),
        )
        table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def holds(field: dict[str, Any]) -> str:
    """The range of a number or a date; the commonest values of a category; examples of a text.

    >>> holds({"min": 1.0, "max": 9.5, "mean": 4.0})
    '1 to 9.5, mean 4'
    >>> holds({"top": [["yes", 3], ["no", 1]]})
    'yes 3, no 1'
    """
    if field.get("min") is not None:
        mean = f", mean {field['mean']:.4g}" if field.get("mean") is not None else ""
        return f"{field['min']:.6g} to {field['max']:.6g}{mean}"
    if field.get("first"):
        return f"{field['first']} to {field['last']}"
    if field.get("top"):
        return ", ".join(f"{value} {count:,}" for value, count in field["top"])
    return " | ".join(str(example) for example in field.get("examples") or [])


def target_lines(profile: dict[str, Any]) -> list[str]:
    """The task, why it was chosen, and the classes."""
    target = profile["target"]
    if target is None:
        return []
    lines = [f"{target['name']}: {target['task']}, {target['reason']}"]
    if target.get("classes"):
        total = sum(count for _, count in target["classes"]) or 1
        shares = [f"{label} {count / total:.1%}" for label, count in target["classes"][:8]]
        rest = len(target["classes"]) - len(shares)
        lines.append(", ".join(shares) + (f" and {rest} more" if rest > 0 else ""))
    return lines
