"""``bestfit inspect SOURCE``."""

import sys
from typing import TYPE_CHECKING, Any

import click

from ..errors import printable
from .ending import print_json
from .foreseen import foreseen, proposal_lines
from .options import as_json, debug, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import JustifyMethod, RenderableType

    from ..cleaners import Change

__all__ = ["command"]

WIDEST = 28  # columns of a page that a name may take
NAMED = 4  # columns that are named one by one
NAMED_FILES = 10
READING = ("format", "compression", "encoding", "delimiter", "quote", "bytes")
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
@reading
@as_json
@debug
def command(
    source: str,
    target: str | None,
    task: str | None,
    drop: tuple[str, ...],
    reading: dict[str, Any],
    as_json: bool,
) -> None:
    """Show what is in SOURCE and what bestfit would do with it. Trains nothing."""
    from ..cleaners import Settings, prepare
    from ..sources import open_table

    cleaned = prepare(open_table(source, **reading), target, Settings(task=task, drop=drop))
    cleaned.profile.update(foreseen(cleaned))
    if as_json:
        print_json(cleaned.profile)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    if not sys.stdout.isatty():
        console = Console(highlight=False, width=max(console.width, NARROWEST))
    with console.capture() as printed:  # rich itself answers a closed pipe with exit code 1
        for part in page(cleaned.profile, told(cleaned.changes)):
            console.print(part, soft_wrap=isinstance(part, Text))
    click.echo(printed.get(), nl=False)


def page(profile: dict[str, Any], changes: list[str]) -> "list[RenderableType]":
    """Head, columns, changes, warnings, target."""
    from rich.text import Text

    rows, columns = profile["rows"], profile["columns"]
    source = printable(profile["source"])
    counted = f"{rows:,} rows"
    if sampled := profile["reading"].get("sample_rows"):
        counted = f"{profile['reading']['rows']:,} rows ({sampled:,} of them drawn to look at)"
    head = Text(f"{source}: {counted}, {columns:,} columns", style="bold")
    told = [(name, profile["reading"].get(name)) for name in READING]
    reading = ", ".join(f"{name} {value!r}" for name, value in told if value is not None)
    parts: list[RenderableType] = [
        head,
        Text(printable(reading), style="dim"),
        Text(),
        fields(profile),
    ]
    evidence = profile["reading"].get("evidence", {})
    for title, lines, style in (
        ("What was passed over", passed_over(profile["reading"]), "yellow"),
        ("How it is written", [f"{what}: {why}" for what, why in evidence.items()], ""),
        ("What will be changed", changes, ""),
        ("Warnings", [warning["what"] for warning in profile["warnings"]], "yellow"),
        ("Worth knowing", [note_line(note) for note in profile["notes"]], ""),
        ("How columns become numbers", encoding_lines(profile), ""),
        (
            "Columns that training tries to make, and keeps if they help",
            proposal_lines(profile),
            "",
        ),
        ("Target", target_lines(profile), ""),
    ):
        if lines:
            parts += [Text(), Text(title, style="bold")]
            parts += [Text(f"  · {printable(line)}", style=style) for line in lines]
    return parts


def passed_over(reading: dict[str, Any]) -> list[str]:
    """Files that gave no rows, and cells that gave no pictures, by cause and by name.

    >>> passed_over({"skipped": {"empty": 2}, "skipped_files": ["a.png (empty)", "b.png (empty)"]})
    ['2 files: empty', 'a.png (empty), b.png (empty)']
    """
    lines = [
        f"{count:,} {'file' if count == 1 else 'files'}: {cause}"
        for cause, count in reading.get("skipped", {}).items()
    ]
    for column, causes in reading.get("unreadable_pictures", {}).items():
        lines += [
            f"{count:,} {'cell' if count == 1 else 'cells'} of {column}: {cause}"
            for cause, count in causes.items()
        ]
    names = reading.get("skipped_files", []) + reading.get("unreadable_files", [])
    if names:
        more = f" and {len(names) - NAMED_FILES} more" if len(names) > NAMED_FILES else ""
        lines.append(", ".join(names[:NAMED_FILES]) + more)
    if moving := reading.get("first_frame_of"):
        lines.append(f"all frames but the first of {moving:,} moving pictures")
    return lines + ([reading["note"]] if reading.get("note") else [])


def fields(profile: dict[str, Any]) -> "RenderableType":
    """One line per column."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    rows = [cells(field, profile["rows"]) for field in profile["fields"]]
    titles = ("column", "kind", "missing", "distinct")
    for place, title in enumerate(titles):
        width = min(max(len(row[place]) for row in [titles, *rows]), WIDEST)
        side: JustifyMethod = "right" if title in ("missing", "distinct") else "left"
        table.add_column(title, width=width, no_wrap=True, overflow="ellipsis", justify=side)
    table.add_column("holds")  # the only one that rich may shorten
    for field, row in zip(profile["fields"], rows, strict=True):
        style = {"dropped": "dim", "target": "bold"}.get(field["role"], "")
        table.add_row(*(Text(c, style=style, no_wrap=True, overflow="ellipsis") for c in row))
    return table


def cells(field: dict[str, Any], rows: int) -> tuple[str, ...]:
    """The line of one column."""
    role = "" if field["role"] in ("feature", "dropped") else f"{field['role']}: "
    left_out = field["role"] == "dropped" and field["reason"]
    return (
        printable(field["name"]),
        field["kind"],
        f"{field['missing'] / max(rows, 1):.1%}" if field["missing"] else "",
        f"{field['distinct']:,}",
        printable(role + (field["reason"] if left_out else holds(field))),
    )


def note_line(note: dict[str, Any]) -> str:
    """A note and the columns that it is about.

    >>> note_line({"columns": ["a", "b"], "what": "many levels"})
    'a, b: many levels'
    """
    names = note["columns"]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}: {note['what']}" if names else note["what"]


def encoding_lines(profile: dict[str, Any]) -> list[str]:
    """The reasons, each with the columns that it holds for.

    >>> encoding_lines({"encoding": [{"column": c, "reason": "as it is"} for c in "ab"]})
    ['a, b: as it is']
    """
    alike: dict[str, list[str]] = {}
    for choice in profile.get("encoding", []):
        alike.setdefault(choice["reason"], []).append(choice["column"])
    return [note_line({"columns": names, "what": reason}) for reason, names in alike.items()]


def told(changes: "Sequence[Change]") -> list[str]:
    """The changes as sentences; the same change of several columns is told once.

    >>> from bestfit.cleaners import Change
    >>> told([Change("x", "a", "blanks removed", cells=2), Change("x", "b", "blanks removed", 3)])
    ['blanks removed: 5 cells in a, b']
    """
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.what, []).append(change)
    return [sentence(what, group) for what, group in groups.items()]


def sentence(what: str, group: "list[Change]") -> str:
    """One kind of change: how much of what, where."""
    columns = [change.column for change in group if change.column is not None]
    n_cells, n_rows = sum(c.cells for c in group), sum(c.rows for c in group)
    much = [f"{n:,} {unit}" for n, unit in ((n_cells, "cells"), (n_rows, "rows")) if n]
    shown = ", ".join(columns[:NAMED]) + (
        f" and {len(columns) - NAMED} more" * (len(columns) > NAMED)
    )
    tail = " in ".join(part for part in (", ".join(much), shown) if part)
    return printable(f"{what}: {tail}" if tail else what)


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
        first, last = (str(field[end]).removesuffix(" 00:00:00") for end in ("first", "last"))
        return f"{first} to {last}"
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
