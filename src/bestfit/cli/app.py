"""``bestfit VERB``: finds the verb, runs it, and turns every ending into an exit code.

A verb's file is loaded only when the verb is called, so that ``bestfit --help`` stays quick.
"""

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import NoReturn

import click

from ..errors import BestfitError, InputError, MachineError, is_shortage, printable, stop_behind
from ..stopping import stopping
from ..threads import wait_calmly
from .watchdog import watchdog

__all__ = ["VERBS", "Ending", "app", "main", "run"]

VERBS = {
    "inspect": "What is in it: types, dirt, leaks, the plan. Trains nothing.",
    "train": "The main job: raw data in; a tested model, a report and a bundle out.",
    "resume": "Go on after a stop, a kill or a power cut.",
    "predict": "Raw rows in, predictions and probabilities out.",
    "evaluate": "The metrics of a run on new labelled rows.",
    "compare": "Optimizers, losses, regularizers … side by side on your data.",
    "report": "Where the report of a run lies; --open shows it.",
    "runs": "List and rank the runs in a folder.",
    "demo": "The main job on a real, dirty table that ships inside a package.",
    "completion": "Print the script that completes words in your shell.",
}
COMPLETE = "_BESTFIT_COMPLETE"
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EPERM)


@dataclass
class Ending:
    """How a command ends for people; ``--debug`` sets it while the command line is parsed.

    Args:
        debug: show the traceback of an error.
    """

    debug: bool = False


class Verbs(click.Group):
    """A group whose commands are looked up by name and loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f".{cmd_name}", __package__).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS:
            near = get_close_matches(args[0], VERBS, n=1)
            hint = f"bestfit {near[0]}" if near else "bestfit --help"
            raise InputError("no such verb", where=args[0], hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    subcommand_metavar="VERB …",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Try `bestfit demo`, or `bestfit VERB --help`.",
)
@click.version_option(message="bestfit %(version)s", package_name="bestfit")
@click.pass_context
def app(context: click.Context) -> None:
    """Raw data in; a model that generalises, a report and a bundle out."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Args:
        arguments: the words after ``bestfit``; None takes those of the process.
    Returns:
        0 done, 1 a bug, 2 bad input or option, 3 the machine, 130 or 143 stopped by a signal.
    """
    ending = Ending()
    words = list(sys.argv[1:] if arguments is None else arguments)
    with watchdog(), stopping():
        return _main(words, ending)


def _main(words: list[str], ending: Ending) -> int:
    wait_calmly()
    try:
        if instruction := os.environ.get(COMPLETE):
            from click.shell_completion import shell_complete

            return shell_complete(app, {}, "bestfit", COMPLETE, instruction)
        with app.make_context("bestfit", words, obj=ending) as context:
            app.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except BrokenPipeError:
        # Whoever read stdout has enough; the interpreter must not complain when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except BaseException as error:
        line, code = explain(error)
        if ending.debug:
            traceback.print_exception(error)
        sys.stderr.write(f"bestfit: {line}\n")
        return code
    return 0


def run() -> NoReturn:
    """Run the command line of this process, and end it at once.

    Taking torch apart again would take the interpreter a second.
    """
    code = main()
    with suppress(OSError):  # nobody may be reading any more
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def explain(error: BaseException) -> tuple[str, int]:
    """One line for people, and the exit code.

    >>> explain(click.UsageError("Got unexpected extra argument (b.csv)"))
    ('got unexpected extra argument (b.csv)', 2)
    >>> explain(ZeroDivisionError("x"))[1]
    1
    """
    if stop := stop_behind(error):
        return str(stop), 128 + stop.signal_number
    if isinstance(error, BestfitError):
        return str(error), error.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "stopped", 130
    if isinstance(error, click.UsageError):
        return str(misused(error)), InputError.exit_code
    if is_shortage(error):
        short = MachineError("out of memory", hint="a smaller --batch-size, or fewer rows")
        return str(short), short.exit_code
    if isinstance(error, OSError) and error.errno in DISK_ERRORS:
        where = printable(str(error.filename or ""))
        broken = MachineError(f"the system says: {error.strerror}", where=where)
        return str(broken), broken.exit_code
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    bug = BestfitError(f"this is a bug in bestfit: {what}", hint="--debug shows the traceback")
    return str(bug), bug.exit_code


def misused(error: click.UsageError) -> InputError:
    """What click says in a paragraph, as one line that ends in what to try."""
    near = getattr(error, "possibilities", None)
    hint = near[0] if near else ""
    if not hint and error.ctx is not None:
        hint = f"{error.ctx.command_path} --help"
    text = error.message if near else error.format_message()
    text = " ".join(text.split()).rstrip(".")
    if not text[:2].isupper():
        text = text[:1].lower() + text[1:]
    return InputError(text, hint=hint)
