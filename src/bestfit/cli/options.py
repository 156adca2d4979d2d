"""Options that several verbs share, and the kinds of value that they take."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

__all__ = ["BatchSize", "Duration", "as_json", "debug", "learning", "quiet", "reading"]

F = TypeVar("F", bound=Callable[..., Any])

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


class Duration(click.ParamType[float]):
    """Seconds, or a number with a unit.

    >>> Duration().convert("1.5m", None, None)
    90.0
    """

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", str(value).strip())
        if match is None or float(match[1]) == 0:
            self.fail(f"{value!r} is not a time; 60s, 10m and 1h are", param, ctx)
        return float(match[1]) * UNITS[match[2]]


class BatchSize(click.ParamType[int | str]):
    """A number of rows, or ``full``.

    >>> BatchSize().convert("full", None, None), BatchSize().convert("256", None, None)
    ('full', 256)
    """

    name = "rows"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | str:
        if value == "full":
            return "full"
        if not re.fullmatch(r"[1-9]\d*", str(value)):
            self.fail(f"{value!r} is neither a number of rows nor 'full'", param, ctx)
        return int(value)


READING = (
    click.option("--table", metavar="NAME", help="Of a database, e.g. --table sales"),
    click.option("--query", metavar="SQL", help="Of a database, e.g. --query 'select * from t'"),
    click.option("--sheet", metavar="NAME", help="Of a workbook, e.g. --sheet 2024"),
    click.option("--records", metavar="PATH", help="Inside JSON, e.g. --records data.items"),
    click.option(
        "--dialect",
        metavar="KEY=VALUE",
        multiple=True,
        help="Of delimited text, instead of what is found, e.g. --dialect delimiter=';'",
    ),
    click.option(
        "--read",
        metavar="KEY=VALUE",
        multiple=True,
        help="Any option of the source, e.g. --read token='$TOKEN' (see docs/sources)",
    ),
)


LEARNING = (
    click.option(
        "--batch-size", type=BatchSize(), help="Rows of a step, e.g. --batch-size 256 or full"
    ),
    click.option("--epochs", type=float, help="Passes over the training rows, e.g. --epochs 20"),
    click.option("--loss", metavar="NAME", help="A component of losses, e.g. --loss huber"),
    click.option("--seed", type=int, help="Of every random stream, e.g. --seed 7"),
    click.option("--device", metavar="NAME", help="Where to train, e.g. --device cpu"),
    click.option("--metric", metavar="NAME", help="What decides, e.g. --metric log_loss"),
    click.option("--group", metavar="COL", help="Equal values stay together, e.g. --group patient"),
    click.option("--order", metavar="COL", help="Later rows judge, e.g. --order date"),
    click.option(
        "--part", metavar="COL", help="Its cells are train, valid or test, e.g. --part kind"
    ),
    click.option(
        "--task",
        type=click.Choice(("binary", "multiclass", "regression")),
        help="If it is not what the target shows, e.g. --task regression",
    ),
    click.option(
        "--drop", metavar="COL", multiple=True, help="Leave out, e.g. --drop id --drop name"
    ),
    click.option(
        "--config", metavar="FILE", help="A TOML or YAML file, e.g. --config runs/first/config.toml"
    ),
    click.option(
        "--set",
        "settings",
        metavar="A.B=C",
        multiple=True,
        help="Any setting of config.toml, e.g. --set model.width=256",
    ),
)


def learning(function: F) -> F:
    """Add the options of every verb that trains."""
    for option in reversed(LEARNING):
        function = option(function)
    return function


def reading(function: F) -> F:
    """Add the options that say how SOURCE is read; the verb receives them as ``reading``."""

    @wraps(function)
    def gathered(*words: Any, **options: Any) -> Any:
        named = {name: options.pop(name) for name in ("table", "query", "sheet", "records")}
        found: dict[str, Any] = {name: value for name, value in named.items() if value is not None}
        for assignment in (*options.pop("dialect"), *options.pop("read")):
            name, equals, value = assignment.partition("=")
            if not equals or not name.strip():
                raise click.UsageError(f"{assignment!r} is not KEY=VALUE")
            name = name.strip().replace("-", "_")
            if name in found:
                before = found[name] if isinstance(found[name], tuple) else (found[name],)
                found[name] = (*before, value)
            else:
                found[name] = value
        return function(*words, reading=found, **options)

    for option in reversed(READING):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]  # the same command with more options


def debug(function: F) -> F:
    """Add ``--debug``."""

    def remember(context: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            context.find_root().obj.debug = True

    return click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=remember,
        help="Show the traceback of an error.",
    )(function)


def as_json(function: F) -> F:
    """Add ``--json``, which the verb receives as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")(
        function
    )


def quiet(function: F) -> F:
    """Add ``--quiet``."""
    return click.option("--quiet", is_flag=True, help="Say nothing but errors on stderr.")(function)
