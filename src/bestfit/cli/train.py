"""``bestfit train SOURCE --target COL``."""

from typing import Any

import click

from ..folder import RunFolder
from .ending import announce
from .options import Duration, as_json, debug, learning, quiet, reading
from .progress import watch

__all__ = ["command"]


@click.command(
    "train",
    epilog="\b\nExamples:\n"
    "  bestfit train adult.csv --target income\n"
    "  bestfit train adult.csv --target income --time 60s --json --quiet",
)
@click.argument("source", required=False)
@click.option("--target", metavar="COL", help="The column to predict, e.g. --target income")
@click.option("--out", metavar="RUN", help="The run folder, e.g. --out runs/first")
@click.option("--test", metavar="SOURCE", help="Rows that judge the model, e.g. --test may.csv")
@click.option(
    "--time", "time_s", type=Duration(), help="For the whole run, e.g. --time 60s, 10m or 1h"
)
@click.option("--model", metavar="NAME", help="A component of models, e.g. --model mlp")
@click.option(
    "--optimizer", metavar="NAME", help="A component of optimizers, e.g. --optimizer adamw"
)
@click.option("--lr", type=float, help="Step size, e.g. --lr 0.003")
@click.option(
    "--repair/--no-repair",
    default=None,
    help="Look for settings at fault and repair them, e.g. --repair; left out, only those of yours",
)
@learning
@reading
@as_json
@quiet
@debug
def command(
    source: str | None,
    out: str | None,
    test: str | None,
    config: str | None,
    settings: tuple[str, ...],
    reading: dict[str, Any],
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Turn raw data into a tested model, a report and a bundle.

    SOURCE is a file, a pattern or a folder of files (CSV and the like, JSON, Excel, Parquet,
    Arrow, compressed or not), a folder with a folder of pictures for each class, - for what is
    piped in, a database, a web address or a bucket.
    Every setting that is left out is chosen from the data and written down in RUN/config.toml.
    """
    if out is not None:
        RunFolder(out).check_free()  # before anything that takes time to load
    from ..config import RunConfig, configure, load, set_value

    base = load(config) if config else RunConfig()
    for assignment in settings:
        base = set_value(base, assignment)
    options["drop"], options["reading"] = options["drop"] or None, reading or None
    resolved = configure(base, **options)
    if source is None and resolved.data.source == "memory":
        raise click.UsageError("SOURCE is missing", click.get_current_context())

    from ..face import train

    with watch(quiet) as progress:
        run = train(source, test=test, out=out, config=resolved, progress=progress)
    announce(run.path, as_json=as_json, quiet=quiet)
