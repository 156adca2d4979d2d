"""``bestfit train SOURCE --target COL``."""

from typing import Any

import click

from ..folder import RunFolder
from .ending import announce
from .options import BatchSize, Duration, as_json, debug, quiet, reading
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
    "--batch-size", type=BatchSize(), help="Rows of a step, e.g. --batch-size 256 or full"
)
@click.option("--epochs", type=float, help="Passes over the training rows, e.g. --epochs 20")
@click.option("--loss", metavar="NAME", help="A component of losses, e.g. --loss huber")
@click.option("--seed", type=int, help="Of every random stream, e.g. --seed 7")
@click.option("--device", metavar="NAME", help="Where to train, e.g. --device cpu")
@click.option("--metric", metavar="NAME", help="What decides, e.g. --metric log_loss")
@click.option("--group", metavar="COL", help="Equal values stay together, e.g. --group patient")
@click.option("--order", metavar="COL", help="Later rows judge, e.g. --order date")
@click.option("--part", metavar="COL", help="Its cells are train, valid or test, e.g. --part kind")
@click.option(
    "--task",
    type=click.Choice(("binary", "multiclass", "regression")),
    help="If it is not what the target shows, e.g. --task regression",
)
@click.option("--drop", metavar="COL", multiple=True, help="Leave out, e.g. --drop id --drop name")
@click.option(
    "--config", metavar="FILE", help="A TOML or YAML file, e.g. --config runs/first/config.toml"
)
@click.option(
    "--set",
    "settings",
    metavar="A.B=C",
    multiple=True,
    help="Any setting of config.toml, e.g. --set model.width=256",
)
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
