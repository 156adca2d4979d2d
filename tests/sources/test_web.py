"""Files and APIs over http, from a server that misbehaves on purpose."""

import gzip
import json
import threading
import time
from collections import Counter
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from bestfit.errors import ConfigError, MachineError, SourceError
from bestfit.sources import read, web

CANARY = "c4n4ry-t0ken"
ROWS = [{"n": i, "what": f"é {i}"} for i in range(10)]
TEXT = "n,what\n" + "".join(f"{r['n']},{r['what']}\n" for r in ROWS)


class Handler(BaseHTTPRequestHandler):
    """One method a path; ``self.server.seen`` counts the requests of each."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        parts = urlsplit(self.path)
        self.asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
        self.server.seen[parts.path] += 1
        self.times = self.server.seen[parts.path]
        self.server.headers[parts.path] = dict(self.headers)
        getattr(self, parts.path.strip("/").replace("/", "_") or "none", self.none)()

    def send(self, body, status=200, **headers):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        headers = {"Content-Length": str(len(body))} | headers
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def none(self):
        self.send("no such thing", 404)

    def csv(self):
        self.send(TEXT)

    def packed(self):
        self.send(gzip.compress(TEXT.encode()), Content_Encoding="gzip")

    def flaky(self):
        self.send(TEXT if self.times > 2 else "later", 200 if self.times > 2 else 503)

    def busy(self):
        if self.times == 1:
            self.send("slow down", 429, Retry_After="1")
        elif self.times == 2:
            self.send("slow down", 429, Retry_After=formatdate(time.time() + 1, usegmt=True))
        else:
            self.send(TEXT)

    def never(self):
        self.send("down", 500)

    def patient(self):
        self.send("later", 429, Retry_After="86400")

    def cut(self):
        if self.times == 1:
            self.send(TEXT[:20], Content_Length="5000")
            self.close_connection = True
        else:
            self.send(TEXT)

    def slow(self):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        for _ in range(100):
            self.wfile.write(b"n,what\n")
            time.sleep(0.05)

    def loop(self):
        self.send("", 302, Location="/loop")

    def away(self):
        self.send("", 302, Location=self.asked["to"])

    def secret(self):
        right = self.headers.get("Authorization") == f"Bearer {CANARY}"
        self.send(TEXT if right else "who?", 200 if right else 401)

    def key(self):
        self.send(TEXT if self.asked.get("api_key") == CANARY else "no", 200)

    def forbidden(self):
        self.send("no", 403)

    def login(self):
        self.send("<!DOCTYPE html><html>please log in</html>")

    def large(self):
        self.send(TEXT * 1000)

    def bomb(self):
        self.send(gzip.compress(b"n\n" + b"1\n" * 2_000_000), Content_Encoding="gzip")

    def paged(self, wrap):
        """Three records a page."""
        start = int(self.asked.get("start", 0))
        more = start + 3 if start + 3 < len(ROWS) else None
        self.send(json.dumps(wrap(ROWS[start : start + 3], more)))

    def next_url(self):
        self.paged(lambda rows, more: {
            "data": {"items": rows}, "links": {"next": more and f"/next_url?start={more}"},
        })  # fmt: skip

    def cursor(self):
        self.paged(lambda rows, more: {"rows": rows, "meta": {"after": more}})

    def link(self):
        start = int(self.asked.get("start", 0))
        link = f'</link?start={start + 3}>; rel="next"' if start + 3 < len(ROWS) else ""
        self.send(json.dumps(ROWS[start : start + 3]), Link=f'</>; rel="first", {link}')

    def number(self):
        at = 3 * (int(self.asked.get("page", 1)) - 1)
        self.send(json.dumps({"rows": ROWS[at : at + 3], "n": 10}))

    def offset(self):
        at = int(self.asked.get("skip", 0))
        self.send(json.dumps({"rows": ROWS[at : at + 3]}))

    def circle(self):
        self.send(json.dumps({"rows": ROWS, "next": "/circle"}))

    def outside(self):
        self.send(json.dumps({"rows": ROWS, "next": "file:///etc/passwd"}))

    def differ(self):
        last = "page" in self.asked
        rows = [{"n": "x", "new": 1}] if last else ROWS
        self.send(json.dumps({"rows": rows, "next": None if last else "/differ?page=2"}))

    def two(self):
        self.send(json.dumps({"a": ROWS, "b": {"c": ROWS[:2]}}))

    def sorry(self):
        self.send(json.dumps({"error": "the quota is used up", "code": 7}))


@pytest.fixture(scope="module")
def server():
    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_):  # the tests hang up on it
            pass

    with Quiet(("127.0.0.1", 0), Handler) as one:
        one.seen, one.headers = Counter(), {}
        thread = threading.Thread(target=one.serve_forever, daemon=True)
        thread.start()
        yield one
        one.shutdown()
        thread.join()


@pytest.fixture
def at(server, monkeypatch):
    """Addresses on the server; a retry does not wait."""
    server.seen.clear()
    monkeypatch.setattr(web, "WAITS_S", (0.0, 0.0, 0.0))
    return lambda path: f"http://127.0.0.1:{server.server_port}/{path}"


def n_of(table):
    return [int(n) for n in table.frame["n"]]


def refused(kind, *words, **options):
    with pytest.raises(kind) as caught:
        read(*words, **options)
    line = str(caught.value)
    assert len(line) <= 300 and "\n" not in line and CANARY not in line
    return line


@pytest.mark.parametrize("path", ["csv", "packed", "flaky", "cut"])
def test_files_are_read_whatever_it_takes(at, path):
    table = read(at(path))
    assert n_of(table) == list(range(10)) and table.frame["what"][3] == "é 3"
    assert table.origin == at(path)


def test_the_server_is_waited_for_as_it_asks(at):
    begun = time.monotonic()
    assert n_of(read(at("busy"))) == list(range(10))
    assert 1.0 <= time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("nothing", SourceError, "nothing is there (404)"),
        ("forbidden", SourceError, "refuses (403)"),
        ("secret", SourceError, "wants to know who asks (401)"),
        ("never", MachineError, "the server says 500"),
        ("patient", MachineError, "after 86400 s"),
        ("loop", SourceError, "more than 10 redirects"),
        ("login", SourceError, "a web page"),
        ("away?to=file:///etc/passwd", SourceError, "starts with file:"),
        ("circle", SourceError, "in a circle"),
        ("two", SourceError, "one of a, b.c"),
        ("sorry", SourceError, "the quota is used up"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(at, path, kind, words):
    assert words in refused(kind, at(path))


def test_nobody_there(at):
    assert "no answer" in refused(MachineError, "http://127.0.0.1:1/x")
    refused(SourceError, "http://[bad/x")


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("next_url", {}),
        ("next_url", {"records": "data.items", "next": "links.next"}),
        ("link", {}),
        ("cursor", {"next": "meta.after", "cursor": "start"}),
        ("number", {"page": "page"}),
        ("number?page=1", {"page": "page", "records": "rows"}),
        ("offset", {"offset": "skip"}),
    ],
)
def test_pages_are_parts_of_one_table(at, path, options):
    table = read(at(path), **options)
    assert n_of(table) == list(range(10))
    assert table.reading["parts"] == 4 and table.reading["format"] == "json"


def test_pages_may_differ(at):
    table = read(at("differ"))
    assert table.frame["n"].to_list() == [*map(str, range(10)), "x"]
    assert table.reading["missing_in_parts"] == {"what": 1, "new": 1}


def test_a_next_address_of_another_scheme_is_not_followed(at):
    assert read(at("outside")).n_rows == 10
    assert "starts with file:" in refused(SourceError, at("outside"), next="next")


def test_limits(at):
    assert "more than 2 pages" in refused(SourceError, at("next_url"), max_pages="2")
    assert "more than 1,000 bytes" in refused(SourceError, at("large"), max_bytes=1000)
    assert "more than 1,000,000 bytes" in refused(SourceError, at("bomb"), max_bytes=1_000_000)
    begun = time.monotonic()
    assert "not all here" in refused(MachineError, at("slow"), timeout=0.5)
    assert time.monotonic() - begun < 4


def test_secrets_come_from_the_environment_and_are_never_shown(at, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", CANARY)
    for options in (
        {"token": "$SHOP_TOKEN"},
        {"header": ("Authorization: Bearer ${SHOP_TOKEN}", "X-More: plain")},
    ):
        table = read(at("secret"), **options)
        assert table.n_rows == 10 and CANARY not in repr((table.origin, table.reading))
    table = read(at("key?api_key=$SHOP_TOKEN"))
    assert table.n_rows == 10 and table.origin.endswith("api_key=$SHOP_TOKEN")
    assert read(at(f"key?api_key={CANARY}")).origin.endswith("api_key=***")
    refused(ConfigError, at("secret"), token=CANARY)
    refused(ConfigError, at("secret"), header=f"Authorization: Bearer {CANARY}")
    refused(SourceError, at("secret"), token="$NO_SUCH_NAME")
    monkeypatch.setenv("SHOP_TOKEN", f"wrong-{CANARY}")
    refused(SourceError, at("secret"), token="$SHOP_TOKEN")
    refused(SourceError, at(f"none?token={CANARY}"))


def test_other_servers_are_told_no_secret(at, server, monkeypatch):
    monkeypatch.setenv("SHOP_TOKEN", CANARY)
    other = f"http://localhost:{server.server_port}/csv"
    assert read(at(f"away?to={other}"), token="$SHOP_TOKEN").n_rows == 10
    assert "Authorization" in server.headers["/away"]
    assert "Authorization" not in server.headers["/csv"]


def test_a_public_server_may_not_send_inside(at, monkeypatch):
    monkeypatch.setattr(web, "_is_private", lambda host: host != "127.0.0.1")
    assert "inside this network" in refused(SourceError, at("away?to=http://169.254.169.254/x"))


def test_a_name_that_changes_its_address_on_the_way_is_found_out(at, server, monkeypatch):
    """The name looks public each time it is looked up, and then it is this machine that answers."""
    monkeypatch.setattr(web, "_is_private", lambda host: False)
    peers = []

    def inside(peer):
        peers.append(peer)
        return len(peers) > 1

    monkeypatch.setattr(web, "_is_inside", inside)
    away = at(f"away?to=http://localhost:{server.server_port}/csv")
    assert "inside this network" in refused(SourceError, away)
    assert {peer[1] for peer in peers} == {server.server_port}


def test_addresses_inside_are_known():
    for host in ("127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "::1", "localhost"):
        assert web._is_private(host)
    assert not web._is_private("8.8.8.8") and not web._is_private("no such host")
