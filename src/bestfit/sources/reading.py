"""The door by which rows come in: a path, or anything that is a table already."""

import os
import re
from dataclasses import fields
from typing import Any

from ..errors import ConfigError, SourceError
from ..table import Table
from .base import File, source

__all__ = ["read"]

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def read(origin: object, **options: Any) -> Table:
    """A table from a file, told by its content, or from a frame, columns or records.

    Args:
        origin: a path (CSV, TSV, other delimited text, JSON, JSON lines, Parquet, Arrow; plain
            or compressed), or what ``Table.of`` takes.
        options: of the source that accepts the file, for instance ``delimiter=";"``.
    Raises:
        SourceError: the rows cannot be read.
        ConfigError: an option that this kind of file does not have.

    >>> read({"size": [1, 2], "sold": ["yes", "no"]}).n_rows
    2
    """
    if not isinstance(origin, str | os.PathLike):
        if options:
            raise ConfigError(f"a table in memory takes no option {next(iter(options))!r}")
        return Table.of(origin)
    address = ADDRESS.match(str(origin))
    if address:
        problem = f"addresses that start with {address[0]} cannot be read"
        raise SourceError(problem, hint="save the data as a file and name that")
    file = File.open(origin)
    kind = next((kind for kind in source.values() if kind.accepts(file)), source["delimited"])
    known = {field.name for field in fields(kind)} - {"file"}  # type: ignore[arg-type]
    for name in options:
        if name not in known:
            hint = f"one of {', '.join(sorted(known))}" if known else ""
            raise ConfigError(f"{kind.name} files take no option {name!r}", hint=hint)
    return kind(file, **options).read()  # type: ignore[call-arg]
