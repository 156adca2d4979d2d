"""Where rows come from: a file, told by its content, a database or a server becomes a Table."""

from ..registry import open_room
from . import (
    arrow,
    cloud,
    delimited,
    duckdb,
    excel,
    json_document,
    json_lines,
    local,
    mysql,
    parquet,
    pictures,
    postgresql,
    sqlite,
    torchvision,
    web,
)
from .base import Place, Source, place, source
from .file import File
from .reading import read
from .secrets import redacted
from .stored import cache_home, open_table

__all__ = [
    "File",
    "Place",
    "Source",
    "arrow",
    "cache_home",
    "cloud",
    "delimited",
    "duckdb",
    "excel",
    "json_document",
    "json_lines",
    "local",
    "mysql",
    "open_table",
    "parquet",
    "pictures",
    "place",
    "postgresql",
    "read",
    "redacted",
    "source",
    "sqlite",
    "torchvision",
    "web",
]

open_room(__name__, source)
