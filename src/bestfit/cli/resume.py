"""``bestfit resume RUN``."""

import click

from .ending import announce
from .options import as_json, debug, quiet
from .progress import watch

__all__ = ["command"]


@click.command("resume", epilog="\b\nExamples:\n  bestfit resume runs/adult-1 --json --quiet")
@click.argument("run")
@as_json
@quiet
@debug
def command(run: str, as_json: bool, quiet: bool) -> None:
    """Go on with a run that was stopped, from its last checkpoint.

    The result is the same, bit for bit, as if it had never stopped.
    """
    from ..folder import RunFolder

    folder = RunFolder.existing(run)

    from ..face import resume

    with watch(quiet) as progress:
        finished = resume(folder.path, progress=progress)
    announce(finished.path, as_json=as_json, quiet=quiet)
