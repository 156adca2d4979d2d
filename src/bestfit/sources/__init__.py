"""Where rows come from: a file, told by its content, a database or a server becomes a Table."""

from ..registry import open_room
from . import arrow, delimited, excel, json_document, json_lines, local, parquet
from .base import Place, Source, place, source
from .file import File
from .reading import read
from .secrets import redacted

__all__ = [
    "File",
    "Place",
    "Source",
    "arrow",
    "delimited",
    "excel",
    "json_document",
    "json_lines",
    "local",
    "parquet",
    "place",
    "read",
    "redacted",
    "source",
]

open_room(__name__, source)
