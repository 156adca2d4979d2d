"""Files and paged JSON over http and https."""

import ipaddress
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

from ..errors import ConfigError, MachineError, SourceError
from .base import Place, place
from .extras import needed
from .file import File
from .kept import Kept
from .paging import Paging, document_of, records_of
from .secrets import NAME, SECRET, filled, redacted

__all__ = ["Web"]

RETRIED = {408, 425, 429, 500, 502, 503, 504}
WAITS_S = (0.5, 1.0, 2.0, 4.0)  # before each further try
LONGEST_WAIT_S = 60.0
MAX_REDIRECTS = 10
INSIDE = "the server sends to an address inside this network"
SMALL_BYTES = 32 << 20  # that a page which is looked into for the next one may have
REFUSALS = {
    401: "the server wants to know who asks", 403: "the server refuses", 404: "nothing is there",
    410: "it is gone",
}  # fmt: skip


@place("web")
@dataclass(frozen=True)
class Web(Place):
    """A file at an address, or a JSON API whose pages are parts of one table.

    Pages that an answer announces (a Link header, an address such as ``next`` in the document)
    are followed. ``$NAME`` in the address, the headers and the token is taken from the
    environment; secrets are not to be written out, for they would be stored with the run.

    Args:
        address: http or https.
        header: a header of the requests, ``Name: value``; may be given several times.
        token: sent as a bearer token: ``$NAME``.
        records: path in the document of the records, as in ``data.items``.
        next: path in the document of the next address or cursor.
        cursor: the parameter that takes a cursor.
        page: the parameter that takes the number of a page.
        offset: the parameter that takes the number of records that came before.
        max_pages: pages at most; ≥ 1.
        max_bytes: of all pages; ≥ 1.
        timeout: seconds for all of it; > 0.
    """

    schemes = ("http", "https")

    address: str
    header: tuple[str, ...] = ()
    token: str | None = None
    records: str | None = None
    next: str | None = None
    cursor: str | None = None
    page: str | None = None
    offset: str | None = None
    max_pages: int = 10_000
    max_bytes: int = 16 << 30
    timeout: float = 3600.0

    def files(self) -> list[File]:
        self._check()
        try:
            urlsplit(self.address)
        except ValueError:
            raise SourceError("this is no address", where=self._shown) from None
        paging = Paging(self.next, self.cursor, self.page, self.offset, self.records)
        folder = Path(tempfile.mkdtemp(prefix="bestfit-"))
        keep = Kept(lambda: shutil.rmtree(folder, ignore_errors=True))
        files: list[File] = []
        with _Visit(self) as visit:
            for page in visit.pages(folder, paging):
                files.append(File.open(page, self._shown, keep=keep))
        return files

    @property
    def _shown(self) -> str:
        return redacted(self.address)

    def _check(self) -> None:
        if self.token is not None and not NAME.fullmatch(self.token):
            problem = "a token is not to be written out, it would be stored"
            raise ConfigError(problem, where="token", hint="token='$NAME', and set NAME")
        for line in self.header:
            name, colon, value = line.partition(":")
            if not colon:
                raise ConfigError(f"{name[:40]!r} is no header", hint="'Accept: text/csv'")
            if (SECRET.search(name) or "cookie" in name.lower()) and not NAME.search(value):
                problem = f"the secret of {name!r} is not to be written out, it would be stored"
                raise ConfigError(problem, where="header", hint=f"'{name}: $NAME', and set NAME")

    @property
    def headers(self) -> dict[str, str]:
        """Of each request to the server that is named."""
        found = {"User-Agent": "bestfit", "Accept": "*/*"}
        for line in self.header:
            name, _, value = line.partition(":")
            found[name.strip()] = filled(value.strip(), where=self._shown)
        if self.token is not None:
            found["Authorization"] = f"Bearer {filled(self.token, where=self._shown)}"
        return found


class _Visit:
    """All requests to one server."""

    def __init__(self, web: Web) -> None:
        self.web, self.shown, self.httpx = web, web._shown, needed("httpx", "web")
        self.first = filled(web.address, where=self.shown, in_address=True)
        self.origin, self.headers = _origin(self.first), web.headers
        self.ends, self.left = time.monotonic() + web.timeout, web.max_bytes
        self.began_inside: bool | None = None  # whether the first who answered is in this network

    def __enter__(self) -> "_Visit":
        limits = self.httpx.Timeout(30.0, connect=10.0)
        self.client = self.httpx.Client(follow_redirects=False, timeout=limits, trust_env=True)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def pages(self, folder: Path, paging: Paging) -> Iterator[Path]:
        """Each page as a file, in order."""
        address: str | None = self.first
        seen: set[str] = set()
        number, n_records = 0, 0
        while address is not None:
            if address in seen:
                raise SourceError("the pages go round in a circle", where=self.shown)
            if number == self.web.max_pages:
                problem = f"more than {number:,} pages"
                raise SourceError(problem, where=self.shown, hint="--read max_pages=…")
            seen.add(address)
            path = folder / f"{number:06}"
            link = self._fetch(address, path)
            number += 1
            document = document_of(path.read_bytes()) if _is_small_json(path) else None
            rows = records_of(document, paging.records)
            n_records += len(rows or [])
            if rows or document is None or number == 1:
                yield path
            address = paging.following(address, link, document, n_records)
            if address is not None:
                self._check_host(address)

    def _fetch(self, address: str, path: Path) -> str | None:
        """The answer in a file; and where the next page is, if its header says so."""
        for wait_s in (*WAITS_S, None):
            try:
                answer = self._once(address, path)
            except self.httpx.HTTPError as error:
                told, asked_s = f"no answer ({type(error).__name__})", None
            except self.httpx.InvalidURL:
                raise SourceError("this is no address", where=self.shown) from None
            else:
                if answer.status_code not in RETRIED:
                    return self._link(answer)
                told, asked_s = f"the server says {answer.status_code}", _retry_after(answer)
            pause_s = max(wait_s or 0.0, asked_s or 0.0)
            if wait_s is None or pause_s > min(LONGEST_WAIT_S, self.ends - time.monotonic()):
                hint = "later" if asked_s is None else f"after {asked_s:.0f} s"
                raise MachineError(told, where=self.shown, hint=hint)
            time.sleep(pause_s)
        raise AssertionError("the last try returns or raises")

    def _once(self, address: str, path: Path) -> Any:
        """One answer, its redirects followed."""
        for _ in range(MAX_REDIRECTS + 1):
            # What the user trusts one server with is not told to another.
            own = _origin(address) == self.origin
            headers = self.headers if own else {"User-Agent": "bestfit", "Accept": "*/*"}
            with self.client.stream("GET", address, headers=headers) as answer:
                self._check_peer(answer)
                if answer.is_redirect:
                    address = self._redirected(address, answer.headers.get("location", ""))
                    continue
                if answer.status_code in RETRIED:
                    return answer
                if answer.status_code >= 400:
                    told = REFUSALS.get(answer.status_code, "the server says no")
                    raise SourceError(f"{told} ({answer.status_code})", where=self.shown)
                self._save(answer, path)
                return answer
        raise SourceError(f"more than {MAX_REDIRECTS} redirects", where=self.shown)

    def _save(self, answer: Any, path: Path) -> None:
        left, told = self.left, answer.headers.get("content-length", "")
        plain = not answer.headers.get("content-encoding")
        with path.open("wb") as file:
            for block in answer.iter_bytes():
                left -= len(block)
                if left < 0:
                    problem = f"more than {self.web.max_bytes:,} bytes"
                    raise SourceError(problem, where=self.shown, hint="--read max_bytes=…")
                if time.monotonic() > self.ends:
                    problem = f"not all here after {self.web.timeout:g} s"
                    raise MachineError(problem, where=self.shown, hint="--read timeout=…")
                file.write(block)
        if plain and told.isdecimal() and int(told) != path.stat().st_size:
            raise self.httpx.RemoteProtocolError("cut off")
        self.left = left

    def _redirected(self, address: str, target: str) -> str:
        new = urljoin(address, target)
        if urlsplit(address).scheme == "https" and urlsplit(new).scheme != "https":
            raise SourceError("the server sends from https to another scheme", where=self.shown)
        self._check_host(new)
        return new

    def _check_host(self, address: str) -> None:
        """Servers may send to other servers, but none that is public to one in this network."""
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https"):
            problem = f"the server sends to an address that starts with {parts.scheme[:20]}:"
            raise SourceError(problem, where=self.shown)
        if _origin(address) == self.origin or _is_private(urlsplit(self.first).hostname or ""):
            return
        if _is_private(parts.hostname or ""):
            raise SourceError(INSIDE, where=self.shown)

    def _check_peer(self, answer: Any) -> None:
        """The same of who answered: a name may stand for another address than when it was asked."""
        stream = answer.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream is not None else None
        if peer is None or getproxies():
            return  # a proxy answers for all, and asks for names itself
        inside = _is_inside(peer)
        if self.began_inside is None:
            self.began_inside = inside
        elif inside and not self.began_inside:
            raise SourceError(INSIDE, where=self.shown)

    def _link(self, answer: Any) -> str | None:
        found = re.search(r'<([^<>]*)>\s*;[^,<]*\brel="?next"?', answer.headers.get("link", ""))
        return found[1] if found else None


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}.get(parts.scheme)


def _is_private(host: str) -> bool:
    """Whether a name stands for an address that only this network knows; unknown ones do not."""
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return any(_is_inside((str(each), 0)) for each in found)


def _is_inside(peer: tuple[Any, ...]) -> bool:
    """Whether an address and port are known to this network only."""
    return not ipaddress.ip_address(str(peer[0]).partition("%")[0]).is_global


def _retry_after(answer: Any) -> float | None:
    """Seconds that the server asks to wait for."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isdecimal():
        return float(told)
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _is_small_json(path: Path) -> bool:
    if path.stat().st_size > SMALL_BYTES:
        return False
    with path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
