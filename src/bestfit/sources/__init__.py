"""Where rows come from: a file, told by its content, becomes a Table."""

from ..registry import open_room
from . import arrow, delimited, json_document, json_lines, parquet
from .base import File, Source, source
from .reading import read

__all__ = [
    "File",
    "Source",
    "arrow",
    "delimited",
    "json_document",
    "json_lines",
    "parquet",
    "read",
    "source",
]

open_room(__name__, source)
