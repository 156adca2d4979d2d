"""``bestfit completion SHELL``."""

import os
from pathlib import PurePath

import click

from ..errors import ConfigError
from .options import debug

__all__ = ["command"]

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    epilog='\b\nExamples:\n  add `eval "$(bestfit completion bash)"` to ~/.bashrc',
)
@click.argument("shell", required=False, type=click.Choice(SHELLS))
@debug
def command(shell: str | None) -> None:
    """Print the script that completes words in your shell; SHELL is that of $SHELL if left out."""
    from click.shell_completion import get_completion_class

    from .app import COMPLETE, app

    shell = shell or PurePath(os.environ.get("SHELL", "")).name
    completion = get_completion_class(shell) if shell in SHELLS else None
    if completion is None:
        raise ConfigError("no completion for this shell", where=shell, hint=", ".join(SHELLS))
    click.echo(completion(app, {}, "bestfit", COMPLETE).source())
