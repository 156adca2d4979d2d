"""Progress: a line now and then without a terminal."""

import time
from dataclasses import dataclass, field
from io import StringIO

import pytest
from rich.console import Console
from rich.progress import Progress

from bestfit.cli.progress import EVERY_S, LiveBar, PlainLines, clock, watch


@dataclass
class News:
    stage: str
    fraction: float | None
    text: str
    seconds: float
    data: dict[str, object] = field(default_factory=dict)


def test_plain_lines_come_with_each_stage_and_now_and_then(monkeypatch):
    written: list[str] = []
    lines = PlainLines(written.append)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    lines.show(News("read", 0.0, "adult.csv", 0.1))
    for step in range(50):
        lines.show(News("train", step / 50, "epoch 1", 1.0, {"loss": 0.5}))
    now += EVERY_S
    lines.show(News("train", 0.5, "epoch 2", 11.0, {"loss": 0.25}))
    assert written == [
        "[0:00] read  adult.csv\n",
        "[0:01] train  epoch 1  loss 0.5\n",
        "[0:11] train 50%  epoch 2  loss 0.25  left 0:10\n",
    ]


def test_quiet_watches_nothing():
    with watch(quiet=True) as progress:
        assert progress is None


def test_without_a_terminal_no_control_characters(capfd):
    with watch(quiet=False) as progress:
        progress(News("train", None, "", 3.0, {"members": 7}))
    assert capfd.readouterr().err == "[0:03] train  members 7\n"


def test_a_terminal_gets_a_bar_and_a_line_for_each_finished_stage():
    file = StringIO()
    console = Console(file=file, force_terminal=True, width=100)
    with Progress(console=console, auto_refresh=False) as progress:
        live = LiveBar(progress)
        live.show(News("read", 1.0, "a[b].csv", 0.5))
        live.show(News("train", 0.5, "epoch 2", 4.5, {"loss": 0.25}))
    assert "✓ read        4.0 s  a[b].csv" in file.getvalue()


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0:00"), (61, "1:01"), (3600, "1:00:00")])
def test_clock(seconds, shown):
    assert clock(seconds) == shown
