"""dev.py: what it counts, when it installs, how it fails."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def dev(monkeypatch, tmp_path):
    """dev.py as a module, for a checkout of its own where nothing is installed."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "CONSTRAINTS", tmp_path / "constraints.txt")
    return module


@pytest.fixture
def calls(dev, monkeypatch):
    """What dev.py would run; ``calls.codes`` holds the exit codes to come, then 0."""

    class Calls(list):
        codes: list[int] = []  # noqa: RUF012

        def __call__(self, command, **_):
            self.append(command)
            if "venv" in command or "virtualenv" in command[2:3]:
                dev.PYTHON.parent.mkdir(parents=True, exist_ok=True)
                dev.PYTHON.touch()
            return self.codes.pop(0) if self.codes else 0

    monkeypatch.setattr(dev, "install_servers", lambda: None)
    seen = Calls()
    seen.codes = []
    monkeypatch.setattr(dev, "call", seen)
    return seen


def test_it_installs_once_and_again_when_versions_change(dev, calls):
    assert dev.install("dev") == 0
    assert any(".[dev]" in command for command in calls)
    assert all("--constraint" in command for command in calls if "pip" in command)
    calls.clear()
    assert dev.install("dev") == dev.install("demo") == 0
    assert calls == [], "the stamp of dev holds for demo too"
    dev.CONSTRAINTS.write_text("torch==2.12.0\n")
    assert dev.install("demo") == 0
    assert any(".[demo]" in command for command in calls)


def test_a_failed_install_leaves_no_stamp_and_says_what_to_try(dev, calls, capsys):
    calls.codes = [0, 0, 1]
    assert dev.install("dev") == 1
    assert "(try: " in capsys.readouterr().err
    calls.clear()
    assert dev.install("dev") == 0 and calls


def test_without_ensurepip_virtualenv_is_taken(dev, calls):
    calls.codes = [1]
    assert dev.make_environment() == 0
    assert ["-m", "virtualenv"] in [command[1:3] for command in calls]


def test_the_last_line_counts_like_pytest(dev, tmp_path):
    results = tmp_path / "tests.xml"
    results.write_text(
        '<testsuites><testsuite tests="9" failures="1" errors="1" skipped="2" time="3.21"/>'
        "</testsuites>"
    )
    assert dev.counts(results, 1, 5) == "3 failed, 9 passed, 2 skipped in 3.2s"
    results.unlink()
    assert dev.counts(results, 0, 5) == "1 failed, 5 passed in 0.0s"


def test_a_failing_check_fails_the_whole(dev, calls, monkeypatch, capsys):
    monkeypatch.setattr(dev, "install", lambda extra: 0)
    calls.codes = [0, 0, 1]
    assert dev.test([]) == 1
    assert len(calls) == 6
    assert "not in order: types" in capsys.readouterr().err


def test_an_unknown_word_is_refused_before_anything_is_installed():
    done = subprocess.run([sys.executable, ROOT / "dev.py", "tset"], capture_output=True, text=True)
    assert done.returncode == 2 and "invalid choice" in done.stderr


def test_every_word_of_the_makefile_is_one_of_dev():
    words = (ROOT / "Makefile").read_text().split(".PHONY: ")[1].splitlines()[0].split()
    help_text = subprocess.run(
        [sys.executable, ROOT / "dev.py", "--help"], capture_output=True, text=True
    ).stdout
    assert words and all(f"    {word} " in help_text for word in words)
