"""``bestfit report RUN``."""

import webbrowser

import click

from .ending import print_json
from .options import as_json, debug

__all__ = ["command"]


@click.command("report", epilog="\b\nExamples:\n  bestfit report runs/adult-1 --open")
@click.argument("run")
@click.option("--open", "show", is_flag=True, help="Show it in the browser.")
@as_json
@debug
def command(run: str, show: bool, as_json: bool) -> None:
    """Write the page of RUN, or of a comparison, anew from its files; print where it lies."""
    from ..folder import RunFolder
    from ..report import is_comparison, write_comparison, write_report

    folder = RunFolder(run)
    if is_comparison(folder):
        path = write_comparison(folder)
    else:
        path = write_report(RunFolder.existing(run))
    if as_json:
        print_json({"run": run, "report": str(path)})
    else:
        click.echo(str(path))
    if show:
        webbrowser.open(path.resolve().as_uri())
