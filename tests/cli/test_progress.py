"""Progress: a line now and then without a terminal."""

import time
from dataclasses import dataclass, field

import pytest

from bestfit.cli.progress import EVERY_S, PlainLines, clock, watch


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
        "[0:00] read 0%  adult.csv\n",
        "[0:01] train 0%  epoch 1  loss 0.5\n",
        "[0:11] train 50%  epoch 2  loss 0.25\n",
    ]


def test_quiet_watches_nothing():
    with watch(quiet=True) as progress:
        assert progress is None


def test_without_a_terminal_no_control_characters(capfd):
    with watch(quiet=False) as progress:
        progress(News("train", None, "", 3.0, {"left_s": 61.0}))
    assert capfd.readouterr().err == "[0:03] train  left 1:01\n"


@pytest.mark.parametrize(("seconds", "shown"), [(0.4, "0:00"), (61, "1:01"), (3600, "1:00:00")])
def test_clock(seconds, shown):
    assert clock(seconds) == shown
