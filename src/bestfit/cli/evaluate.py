"""``bestfit evaluate RUN SOURCE``."""

import click

from .ending import print_json
from .options import as_json, debug

__all__ = ["command"]


@click.command("evaluate", epilog="\b\nExamples:\n  bestfit evaluate runs/adult-1 may.csv --json")
@click.argument("run")
@click.argument("source")
@as_json
@debug
def command(run: str, source: str, as_json: bool) -> None:
    """Compare the predictions of RUN with the labels in SOURCE; every metric with its interval."""
    from ..serve import load
    from ..sources import read

    result = load(run).evaluate(read(source))
    if as_json:
        print_json(result)
        return
    for name, value in result.items():
        if isinstance(value, dict):
            low, high = value["low"], value["high"]
            click.echo(f"{name:24} {value['value']:.4f}  ({low:.4f} to {high:.4f})")
        else:
            click.echo(f"{name:24} {value}")
