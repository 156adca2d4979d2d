"""``bestfit predict RUN SOURCE``."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import ConfigError
from .ending import print_json
from .options import as_json, debug, reading

if TYPE_CHECKING:
    import polars as pl

    from ..serve import Predictor
    from ..table import Table

__all__ = ["command", "harmless"]


@click.command(
    "predict",
    epilog="\b\nExamples:\n"
    "  bestfit predict runs/adult-1 new.csv > predictions.csv\n"
    "  bestfit predict runs/adult-1 new.csv --out predictions.parquet --json",
)
@click.argument("run")
@click.argument("source")
@click.option(
    "--out", metavar="FILE", help="CSV, Parquet or JSON lines by its name, e.g. --out p.parquet"
)
@reading
@as_json
@debug
def command(run: str, source: str, out: str | None, reading: dict[str, Any], as_json: bool) -> None:
    """Predict the rows of SOURCE with the model of RUN, in the order of SOURCE.

    Without --out, CSV goes to stdout. RUN may also be a bundle (the folder RUN/model).
    """
    encode = encoder(out) if out else None

    import polars as pl

    from ..serve import load
    from ..sources import open_table

    model, table = load(run), open_table(source, **reading)
    predictions = pl.concat([answers(model, piece) for piece in table.pieces()])
    if out and encode:
        from ..files import write_bytes

        write_bytes(Path(out), encode(predictions))
    if as_json:
        columns = None if out else predictions.to_dict(as_series=False)
        print_json({"rows": predictions.height, "out": out, "predictions": columns})
    elif out:
        click.echo(out)
    else:
        click.echo(csv(predictions), nl=False)


def answers(model: "Predictor", table: "Table") -> "pl.DataFrame":
    """The predictions, after the column that names the rows, where the source gives one."""
    found = model.frame(table)
    if table.key is None:
        return found
    name = table.key if table.key not in found.columns else f"{table.key}_"
    return found.insert_column(0, table.frame[table.key].alias(name))


def encoder(out: str) -> "Callable[[pl.DataFrame], bytes]":
    """How a file of this name is written.

    Raises:
        ConfigError: no format is known by its ending, or its folder is not there.
    """
    encoders = {".csv": csv, ".parquet": parquet, ".jsonl": json_lines, ".ndjson": json_lines}
    ending = Path(out).suffix.lower()
    if ending not in encoders:
        raise ConfigError(
            "no format by this name", where=f"--out {out}", hint=" or ".join(encoders)
        )
    if Path(out).is_dir():
        raise ConfigError("this is a folder, not a file", where=f"--out {out}", hint="a new name")
    if not Path(out).parent.is_dir():
        raise ConfigError("no such folder", where=f"--out {out}", hint="make it first")
    return encoders[ending]


def csv(frame: "pl.DataFrame") -> bytes:
    """CSV that no spreadsheet runs."""
    return harmless(frame).write_csv().encode()


def parquet(frame: "pl.DataFrame") -> bytes:
    """Parquet, labels byte for byte."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def json_lines(frame: "pl.DataFrame") -> bytes:
    """One JSON object per row, labels byte for byte."""
    return frame.write_ndjson().encode()


def harmless(frame: "pl.DataFrame") -> "pl.DataFrame":
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers stay (CWE-1236).

    >>> import polars as pl
    >>> harmless(pl.DataFrame({"prediction": ["=1+1", "-1.5", "yes"]}))["prediction"].to_list()
    ["'=1+1", '-1.5', 'yes']
    """
    import polars as pl

    mended = []
    for name in frame.select(pl.col(pl.String)).columns:
        text = pl.col(name)
        number = text.cast(pl.Float64, strict=False).is_not_null()
        formula = text.str.contains(r"^[=+\-@\t\r\x00]") & ~number
        mended.append(pl.when(formula).then("'" + text).otherwise(text).alias(name))
    return frame.with_columns(mended)
