"""Runs that are killed or stopped at any moment, and disks that fail: nothing is lost.

Here a sample of the moments; ``benchmarks/kills.py`` and ``benchmarks/faults.py`` go through all.
"""

import errno
import importlib.util
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
spec = importlib.util.spec_from_file_location("lab", HERE / "lab.py")
lab = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lab)

SHARES = [(i + 0.5) / 11 for i in range(8)]  # of the operations, of which no two runs have as many


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    library = lab.build_shim(tmp_path_factory.mktemp("shim"))
    if library is None:
        pytest.skip("no C compiler on this machine, or no Linux")
    return library


@pytest.fixture(scope="module")
def disk(tmp_path_factory, shim):
    """A lab whose disk can fail, the outcome of an undisturbed run, and how much it writes."""
    folder = tmp_path_factory.mktemp("disk")
    made = lab.Lab(folder, shim)
    whole = made.ask(count=True)
    assert [end["code"] for end in whole["ends"]] == [0], whole
    yield made, whole["outcome"], int((folder / "count").read_text())
    made.close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A lab, the outcome of an undisturbed run, and the seconds it takes."""
    made = lab.Lab(tmp_path_factory.mktemp("plain"), None)
    made.ask()
    whole = made.ask()
    yield made, whole["outcome"], whole["ends"][0]["seconds"]
    made.close()


def as_if_nothing_had_happened(found, expected):
    assert found["outcome"] == expected, found
    assert found["leftovers"] == [], found


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("action", [lab.DIE_BEFORE, lab.DIE_WITHIN])
def test_a_run_that_dies_in_the_middle_of_a_write_resumes(disk, action, share):
    made, expected, n = disk
    found = made.ask(action=action, nth=1 + int(share * n))
    assert found["ends"][0]["code"] == -signal.SIGKILL
    as_if_nothing_had_happened(found, expected)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(("action", "error"), [
    (lab.FAIL_ONCE, errno.ENOSPC), (lab.FAIL_FROM, errno.ENOSPC), (lab.FAIL_ONCE, errno.EIO),
])  # fmt: skip
def test_a_disk_that_fails_is_named_in_one_line_and_what_was_saved_stands(
    disk, action, error, share
):
    made, expected, n = disk
    found = made.ask(action=action, nth=1 + int(share * n), errno=error)
    first = found["ends"][0]
    if first["code"] != 0:  # what fails may be something that can be done without
        assert (first["code"], first["lines"]) == (3, 1), first
        assert first["said"][0].startswith("bestfit: ") and len(first["said"][0]) < 400
    else:
        assert action == lab.FAIL_ONCE
    as_if_nothing_had_happened(found, expected)


@pytest.mark.parametrize("seed", range(8))
def test_a_run_that_is_killed_again_and_again_comes_to_the_same_end(plain, seed):
    made, expected, seconds = plain
    draw = random.Random(seed)
    moments = [draw.uniform(0.05, seconds) for _ in range(1 + seed % 3)]
    found = made.ask(signal=signal.SIGKILL, after_s=moments)
    as_if_nothing_had_happened(found, expected)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("share", [0.1, 0.3, 0.45, 0.6, 0.8])
def test_a_signal_in_any_phase_ends_the_run_soon_and_it_resumes(plain, number, share):
    made, expected, seconds = plain
    found = made.ask(signal=number, after_s=[share * seconds])
    first = found["ends"][0]
    if first["code"] != 0:
        assert first["code"] == 128 + number and first["lines"] == 1, first
        if found["ends"][1]["verb"] == "resume":  # else nothing had been begun
            assert "bestfit resume" in first["said"][0]
    assert first["stopping_s"] < 5
    as_if_nothing_had_happened(found, expected)


def train(csv, out, *words):
    command = [sys.executable, "-m", "bestfit", "train", str(csv), "--target", "y", "--quiet"]
    command += ["--out", str(out), *words]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def wait_for(path, child, seconds=60):
    until = time.monotonic() + seconds
    while not path.exists() and child.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    assert path.exists(), child.communicate()


def test_the_second_of_two_runs_into_one_folder_is_refused_and_told_of_the_first(tmp_path):
    lab.write_table(tmp_path / "table.csv")
    first = train(tmp_path / "table.csv", tmp_path / "run", "--epochs", "20000")
    try:
        wait_for(tmp_path / "run" / "config.toml", first)
        second = train(tmp_path / "table.csv", tmp_path / "run")
        _, said = second.communicate(timeout=30)
        assert second.returncode == 2 and f"process {first.pid}" in said
        command = [sys.executable, "-m", "bestfit", "resume", str(tmp_path / "run")]
        third = subprocess.run(command, capture_output=True, text=True, timeout=30)
        assert third.returncode == 2 and f"process {first.pid}" in third.stderr
        assert first.poll() is None, "the first goes on"
    finally:
        first.kill()
        first.communicate()


LONG_CALL = """
import hashlib
from bestfit.cli.watchdog import watchdog
from bestfit.stopping import stopping
with watchdog(), stopping("runs/x"):
    print("ready", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"", b"", 1 << 30)  # minutes in which no handler runs
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("times", [1, 2])
def test_a_call_that_lets_no_handler_run_is_ended_from_outside(number, times):
    command = [sys.executable, "-c", LONG_CALL]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as child:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.2)
        begun = time.monotonic()
        for _ in range(times):
            child.send_signal(number)
            time.sleep(0.2)
        _, said = child.communicate(timeout=20)
    assert child.returncode == 128 + number and said.count("\n") == 1
    assert (time.monotonic() - begun < 3) == (times == 2)
