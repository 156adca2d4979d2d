"""Where the next page of a web API is: in a header, in the document, or one number further."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

__all__ = ["Paging", "at_path", "document_of", "lists_of", "records_of"]

NEXT = ("next", "links.next", "_links.next", "paging.next", "pagination.next", "meta.next",
        "next_url", "next_page_url", "nextLink", "@odata.nextLink", "links.next.href",
        "_links.next.href")  # fmt: skip


@dataclass(frozen=True)
class Paging:
    """How the pages of an API follow each other; what is not told is found, if it is an address.

    Args:
        next: path in the document of the next address, or of the next cursor.
        cursor: the parameter that takes a cursor.
        page: the parameter that takes the number of a page.
        offset: the parameter that takes the number of records that came before.
        records: path in the document of the records.
    """

    next: str | None = None
    cursor: str | None = None
    page: str | None = None
    offset: str | None = None
    records: str | None = None

    @property
    def asked(self) -> bool:
        """Whether pages are wanted that no answer announces."""
        return any((self.next, self.cursor, self.page, self.offset))

    def following(
        self, address: str, link: str | None, document: object, n_before: int
    ) -> str | None:
        """The address of the page after this one; None after the last.

        Args:
            address: of this page.
            link: of the next page, from the answer's header.
            document: the page, if it is JSON.
            n_before: records on all pages so far.
        """
        if link:
            return urljoin(address, link)
        if not isinstance(document, Mapping | list):
            return None
        n_records = len(records_of(document, self.records) or [])
        if self.page is not None and n_records:
            return _with(address, self.page, str(int(_value(address, self.page) or 1) + 1))
        if self.offset is not None and n_records:
            return _with(address, self.offset, str(n_before))
        told = [at_path(document, path) for path in ([self.next] if self.next else NEXT)]
        found = next((value for value in told if isinstance(value, str | int) and value), None)
        if found is None or isinstance(found, bool):
            return None
        if self.cursor is not None:
            return _with(address, self.cursor, str(found))
        text = str(found)
        if self.next or text.startswith(("http://", "https://", "/", "?")):
            return urljoin(address, text)
        return None


def at_path(document: object, path: str) -> Any:
    """What stands at a dotted path of a document; None where nothing does.

    >>> at_path({"data": {"items": [{"a": 1}]}}, "data.items.0.a")
    1
    """
    value: Any = document
    if isinstance(value, Mapping) and path in value:
        return value[path]
    for part in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value


def records_of(document: object, path: str | None) -> list[Any] | None:
    """The records of a document: at a path, or the only list of objects in it."""
    if path:
        found = at_path(document, path)
        return found if isinstance(found, list) else None
    if isinstance(document, list):
        return document
    lists = lists_of(document)
    return next(iter(lists.values())) if len(lists) == 1 else None


def lists_of(document: object, prefix: str = "", depth: int = 0) -> dict[str, list[Any]]:
    """The lists of objects in a document, by their dotted paths; not those inside of records."""
    if not isinstance(document, Mapping) or depth > 3:
        return {}
    found: dict[str, list[Any]] = {}
    for key, value in document.items():
        path = f"{prefix}{key}"
        if isinstance(value, list) and value and all(isinstance(v, Mapping) for v in value):
            found[path] = value
        else:
            found |= lists_of(value, f"{path}.", depth + 1)
    return found


def document_of(content: bytes) -> object:
    """A page as JSON; None where it is none."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _value(address: str, name: str) -> str | None:
    return dict(parse_qsl(urlsplit(address).query)).get(name)


def _with(address: str, name: str, value: str) -> str:
    parts = urlsplit(address)
    fields = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != name]
    return urlunsplit(parts._replace(query=urlencode([*fields, (name, value)])))
