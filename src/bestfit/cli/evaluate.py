"""``bestfit evaluate RUN SOURCE``."""

from typing import Any

import click

from .ending import number, print_json
from .options import as_json, debug, reading

__all__ = ["command"]


@click.command("evaluate", epilog="\b\nExamples:\n  bestfit evaluate runs/adult-1 may.csv --json")
@click.argument("run")
@click.argument("source")
@reading
@as_json
@debug
def command(run: str, source: str, reading: dict[str, Any], as_json: bool) -> None:
    """Compare the predictions of RUN with the labels in SOURCE; every metric with its interval.

    A SOURCE too large for memory is judged by a random sample of its rows, which says so.
    """
    from ..serve import evaluate, load
    from ..sources import open_table

    result = evaluate(load(run), open_table(source, **reading))
    if as_json:
        print_json(result)
        return
    for name, value in result.items():
        click.echo(f"{name:20} {told(value)}")


def told(value: object) -> str:
    """A score with its interval, or a count.

    >>> told({"value": 0.9, "low": 0.85, "high": 0.95}), told(200), told(None)
    ('0.9000  (0.8500 to 0.9500)', '200', 'no answer on these rows')
    """
    if isinstance(value, dict):
        return f"{number(value['value'])}  ({number(value['low'])} to {number(value['high'])})"
    return "no answer on these rows" if value is None else str(value)
