"""Where rows come from: a file, told by its content, becomes a Table.

The order of the imports is the order in which sources are asked; delimited text, the last one,
accepts whatever is left.
"""

from . import columnar, json_lines, json_array, delimited  # isort: skip
from .base import File, Source, source
from .reading import read

__all__ = ["File", "Source", "columnar", "delimited", "json_array", "json_lines", "read", "source"]
