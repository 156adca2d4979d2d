"""JSON lines: one object a line; broken lines are left out and counted."""

import json
from dataclasses import dataclass, replace

from ..errors import SourceError
from ..table import Table
from .base import Source, source
from .file import File
from .text import decode

__all__ = ["JsonLines"]

MAX_BROKEN_FRACTION = 0.5


@source("json_lines")
@dataclass(frozen=True)
class JsonLines(Source):
    """NDJSON: nested objects become columns ``a.b``, lists become texts.

    Args:
        file: where the lines lie.
        encoding: as Python calls it; None finds it.
    """

    file: File
    encoding: str | None = None

    @classmethod
    def accepts(cls, file: File) -> bool:
        """An object on the first line, and another one begins on the next that is not blank."""
        if not file.head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
            return False
        text = decode(file.data, file.name).data.lstrip()
        first, _, rest = text.partition(b"\n")
        return _record(first.decode()) is not None and rest.lstrip().startswith(b"{")

    def read(self) -> Table:
        where = self.file.name
        text, encoding, notes = decode(self.file.data, where, self.encoding)
        records, broken = [], []
        for number, line in enumerate(text.decode().split("\n"), start=1):
            if line.strip():
                record = _record(line)
                if record is None:
                    broken.append(number)
                else:
                    records.append(record)
        if len(broken) > MAX_BROKEN_FRACTION * (len(records) + len(broken)):
            problem = f"{len(broken)} lines are no JSON objects, the first is line {broken[0]}"
            raise SourceError(problem, where=where)
        if broken:
            notes |= {"skipped_lines": len(broken), "skipped_at": broken[:5]}
        table = Table.of(records, where)
        reading = {**table.reading, **self.file.reading(self.name), "encoding": encoding, **notes}
        return replace(table, reading=reading)


def _record(line: str) -> dict[str, object] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
