"""``bestfit compare SOURCE --target COL --optimizers all``."""

from typing import Any

import click

from ..folder import RunFolder
from .ending import number, print_json
from .options import Duration, as_json, debug, learning, quiet, reading
from .progress import watch

__all__ = ["command"]


@click.command(
    "compare",
    epilog="\b\nExamples:\n"
    "  bestfit compare adult.csv --target income --optimizers all\n"
    "  bestfit compare adult.csv --target income --optimizers adam,sgd,nadam --seeds 5\n"
    "  bestfit compare ames.csv --target price --losses all --time 60s",
)
@click.argument("source")
@click.option("--target", metavar="COL", help="The column to predict, e.g. --target income")
@click.option("--optimizers", metavar="NAMES", help="all, or e.g. --optimizers adam,sgd,ftrl")
@click.option("--losses", metavar="NAMES", help="all, or e.g. --losses mse,huber,mae")
@click.option("--regularizers", metavar="NAMES", help="all, or e.g. --regularizers none,dropout")
@click.option("--schedules", metavar="NAMES", help="all, or e.g. --schedules constant,cosine")
@click.option("--inits", metavar="NAMES", help="all, or e.g. --inits he_normal,orthogonal")
@click.option("--models", metavar="NAMES", help="all, or e.g. --models linear,mlp:2x64")
@click.option("--out", metavar="FOLDER", help="Where the page goes, e.g. --out runs/optimizers")
@click.option("--seeds", type=click.IntRange(1), help="First weights, e.g. --seeds 5; else 3")
@click.option("--rates", type=click.IntRange(1), help="Step sizes of each, e.g. --rates 5")
@click.option("--rows", type=click.IntRange(20), help="At most, e.g. --rows 5000; else 20,000")
@click.option(
    "--time", "time_s", type=Duration(), help="For the training, e.g. --time 60s; else 90 s"
)
@click.option("--optimizer", metavar="NAME", help="Of all others, e.g. --optimizer adam")
@click.option("--lr", type=float, help="The middle of its step sizes, e.g. --lr 0.003")
@learning
@reading
@as_json
@quiet
@debug
def command(
    source: str,
    out: str | None,
    config: str | None,
    settings: tuple[str, ...],
    reading: dict[str, Any],
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Train candidates side by side, and rank them with their ties.

    All are trained on the same rows, in the same batches and from the same first weights, each
    with several step sizes and seeds. Half of the validation rows choose step size and epoch, the
    other half judges. Name one of --optimizers, --losses, --regularizers, --schedules, --inits
    and --models.
    """
    if out is not None:
        RunFolder(out).check_free()
    from ..config import RunConfig, load, set_value

    base = load(config) if config else RunConfig()
    for assignment in settings:
        base = set_value(base, assignment)
    options["drop"], options["reading"] = options["drop"] or None, reading or None
    from ..face import compare

    with watch(quiet) as progress:
        found = compare(source, out=out, config=base, progress=progress, **options)
    if not quiet:
        for line in told(found):
            click.echo(line, err=True)
    if as_json:
        print_json({k: v for k, v in found.items() if k not in ("landscape", "config")})
    else:
        click.echo(found["folder"])


def told(found: dict[str, Any]) -> list[str]:
    """The ranking for people; what may be as good as the first is marked.

    >>> row = {"name": "adam", "tied": True, "lr": 0.01, "failed": 0, "networks": 15,
    ...        "score": [0.91, 0.90, 0.92], "at_edge": False}
    >>> for line in told({"metric": "auc", "ranking": [row], "rows": {"judge": 900},
    ...                   "folder": "runs/x"}):
    ...     print(line)
    <BLANKLINE>
      auc on 900 rows that chose nothing; = may be as good as the first
      = adam  0.9100  (0.9000 to 0.9200)  lr 0.01
    <BLANKLINE>
      report  runs/x/report.html
    """
    judges = found["rows"]["judge"]
    lines = ["", f"  {found['metric']} on {judges:,} rows that chose nothing; "
                 "= may be as good as the first"]  # fmt: skip
    width = max(len(row["name"]) for row in found["ranking"])
    for row in found["ranking"]:
        value, low, high = row["score"]
        mark = "=" if row["tied"] else " "
        if value is None:
            lines.append(f"    {row['name']:{width}}  diverged with every step size")
            continue
        words = f"  {mark} {row['name']:{width}}  {number(value)}  "
        words += f"({number(low)} to {number(high)})  lr {row['lr']:.3g}"
        if row["failed"]:
            words += f", {row['failed']} of {row['networks']} networks diverged"
        lines.append(words)
    return [*lines, "", f"  report  {found['folder']}/report.html", ""]
