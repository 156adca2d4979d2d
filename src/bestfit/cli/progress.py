"""Live progress on stderr: a bar on a terminal, one plain line now and then without one."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

    from ..run.events import Event

__all__ = ["PlainLines", "clock", "numbers", "watch"]

EVERY_S = 10.0


@contextmanager
def watch(quiet: bool) -> Iterator["Callable[[Event], None] | None"]:
    """What ``bestfit.run`` calls with each event; None when nobody wants to see it."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with bar() as progress:
            yield LiveBar(progress).show
    else:
        yield PlainLines(sys.stderr.write).show


class PlainLines:
    """One line as each stage begins, and one every ten seconds in a long stage.

    Args:
        write: takes one line.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
        self.stage = ""
        self.text = ""
        self.said_s = time.monotonic()

    def show(self, event: "Event") -> None:
        """Write a line when there is something worth a line."""
        now = time.monotonic()
        if event.stage != self.stage or now - self.said_s >= EVERY_S:
            self.stage, self.said_s = event.stage, now
            share = "" if event.fraction is None else f" {event.fraction:.0%}"
            parts = [event.text, numbers(event.data)]
            self.write(
                f"[{clock(event.seconds)}] {event.stage}{share}  "
                f"{'  '.join(part for part in parts if part)}".rstrip()
                + "\n"
            )


class LiveBar:
    """One bar that follows the stages; a finished stage leaves a line behind.

    Args:
        progress: rich's progress, started.
    """

    def __init__(self, progress: "Progress") -> None:
        self.progress = progress
        self.task = progress.add_task("start", total=1.0, text="")
        self.last: Event | None = None

    def show(self, event: "Event") -> None:
        """Move the bar; say what the last stage came to when a new one begins."""
        from rich.text import Text

        if self.last is not None and event.stage != self.last.stage:
            done = f"  ✓ {self.last.stage:<9} {self.last.text}  {numbers(self.last.data)}".rstrip()
            self.progress.console.print(Text(done, style="dim", no_wrap=True, overflow="ellipsis"))
        self.last = event
        self.progress.update(
            self.task,
            description=event.stage,
            completed=event.fraction or 0.0,
            total=None if event.fraction is None else 1.0,
            text=f"{event.text}  {numbers(event.data)}".strip(),
        )


def bar() -> "Progress":
    """Stage, bar, share, time, and the numbers of training; gone when the run is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed
    from rich.table import Column

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", style="bold"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        Elapsed(),
        TextColumn(
            "{task.fields[text]}",
            markup=False,
            table_column=Column(no_wrap=True, overflow="ellipsis"),
        ),
        console=Console(stderr=True),
        transient=True,
    )


def numbers(data: Mapping[str, Any]) -> str:
    """The numbers of an event in the order people ask for them.

    >>> numbers({"loss": 0.31234, "auc": 0.91, "members": 12, "left_s": 42.0})
    'loss 0.3123  auc 0.91  members 12  left 0:42'
    """
    words = []
    for name, value in data.items():
        if name == "left_s":
            words.append(f"left {clock(value)}")
        elif isinstance(value, float):
            words.append(f"{name} {value:.4g}")
        elif isinstance(value, int | str):
            words.append(f"{name} {value}")
    return "  ".join(words)


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours when there are any.

    >>> clock(42.4), clock(3723)
    ('0:42', '1:02:03')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
