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
from .paging import at_path, lists_of
from .text import decode

__all__ = ["JsonDocument"]

ERRORS = ("error", "message", "detail", "error_description")
START = re.compile(rb'(?:\xef\xbb\xbf)?\s*(\[\s*[\[{\]"]|\{\s*["}])')


@source("json")
@dataclass(frozen=True)
class JsonDocument(Source):
    """A whole JSON document: nested objects become columns ``a.b``, lists become texts.

    Args:
        file: where the document lies.
        encoding: as Python calls it; None finds it.
        records: path in the document of the records, as in ``data.items``; None finds them.
    """

    file: File
    encoding: str | None = None
    records: str | None = None

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
        table = Table.of(_rows(value, where, self.records), where)
        reading = {**table.reading, **self.file.reading(self.name), "encoding": encoding, **notes}
        return replace(table, reading=reading)


def _rows(value: Any, where: str, path: str | None) -> Any:
    """The records or the columns in a document.

    Raises:
        SourceError: it holds neither.
    """
    if path is not None:
        found = at_path(value, path)
        if not _are_records(found):
            listed = ", ".join(lists_of(value)) or "no list of objects is in it"
            raise SourceError(f"no records at {path!r}", where=where, hint=listed)
        return found
    if isinstance(value, list):
        if not value:
            raise SourceError("this JSON array is empty", where=where)
        if not _are_records(value):
            hint = 'an array such as [{"a": 1}, {"a": 2}]'
            raise SourceError("this JSON array does not hold objects", where=where, hint=hint)
        return value
    records = lists_of(value)
    if len(records) == 1:
        return next(iter(records.values()))
    lists = [part for part in value.values() if isinstance(part, list)]
    if lists and len(lists) == len(value) and len(set(map(len, lists))) == 1:
        return value
    if len(records) > 1:
        hint = f"--records, one of {', '.join(records)}"
        raise SourceError("this JSON holds several lists of objects", where=where, hint=hint)
    told = next((value[key] for key in ERRORS if isinstance(value.get(key), str)), None)
    if told is not None:
        raise SourceError(f"no records, but a message: {told[:120]}", where=where)
    return [value]


def _are_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, dict) for v in value)
