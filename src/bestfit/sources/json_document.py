"""A JSON document: an array of objects, or one object that holds records or columns."""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from ..errors import SourceError
from ..table import Table
from .base import Source, source
from .file import File
from .json_lines import JsonLines
from .text import decode

__all__ = ["JsonDocument"]

START = re.compile(rb'(?:\xef\xbb\xbf)?\s*(\[\s*[\[{\]"]|\{\s*["}])')


@source("json")
@dataclass(frozen=True)
class JsonDocument(Source):
    """A whole JSON document: nested objects become columns ``a.b``, lists become texts.

    Args:
        file: where the document lies.
        encoding: as Python calls it; None finds it.
    """

    file: File
    encoding: str | None = None

    @classmethod
    def accepts(cls, file: File) -> bool:
        return START.match(file.head) is not None and not JsonLines.accepts(file)

    def read(self) -> Table:
        where = self.file.name
        text, encoding, notes = decode(self.file.data, where, self.encoding)
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            problem = f"this JSON is broken at line {error.lineno}, column {error.colno}"
            raise SourceError(problem, where=where, hint=error.msg) from None
        except RecursionError:
            raise SourceError("this JSON is nested too deep", where=where) from None
        table = Table.of(_rows(value, where), where)
        reading = {**table.reading, **self.file.reading(self.name), "encoding": encoding, **notes}
        return replace(table, reading=reading)


def _rows(value: Any, where: str) -> Any:
    """The records or the columns in a document.

    Raises:
        SourceError: it holds neither.
    """
    if isinstance(value, list):
        if not value:
            raise SourceError("this JSON array is empty", where=where)
        if not _are_records(value):
            hint = 'an array such as [{"a": 1}, {"a": 2}]'
            raise SourceError("this JSON array does not hold objects", where=where, hint=hint)
        return value
    records = [part for part in value.values() if _are_records(part)]
    if len(records) == 1:
        return records[0]
    lists = [part for part in value.values() if isinstance(part, list)]
    columns = bool(lists) and len(lists) == len(value) and len(set(map(len, lists))) == 1
    return value if columns else [value]


def _are_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)
