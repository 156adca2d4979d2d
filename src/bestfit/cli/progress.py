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
SURE_FROM = 0.05  # share of a stage after which the time left can be told
SAID = ("epoch", "epochs")  # in the text already


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


class Story:
    """What there is to say of the event at hand: its text, its numbers, the time left."""

    def __init__(self) -> None:
        self.stage = ""
        self.begun_s = 0.0

    def tell(self, event: "Event") -> str:
        """One short line."""
        if event.stage != self.stage:
            self.stage, self.begun_s = event.stage, event.seconds
        words = [event.text, numbers(event.data)]
        if event.data and event.fraction and SURE_FROM <= event.fraction < 1:
            spent_s = event.seconds - self.begun_s
            words.append(f"left {clock(spent_s * (1 - event.fraction) / event.fraction)}")
        return "  ".join(word for word in words if word)


class PlainLines:
    """One line as each stage begins, and one every ten seconds in a long stage.

    Args:
        write: takes one line.
    """

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
        self.story = Story()
        self.said_s = time.monotonic()

    def show(self, event: "Event") -> None:
        """Write a line when there is something worth a line."""
        now = time.monotonic()
        fresh = event.stage != self.story.stage
        line = self.story.tell(event)
        if fresh or now - self.said_s >= EVERY_S:
            self.said_s = now
            share = f" {event.fraction:.0%}" if event.fraction else ""
            self.write(f"[{clock(event.seconds)}] {event.stage}{share}  {line}".rstrip() + "\n")


class LiveBar:
    """One bar that follows the stages; a finished stage leaves a line behind.

    Args:
        progress: rich's progress, started.
    """

    def __init__(self, progress: "Progress") -> None:
        self.progress = progress
        self.task = progress.add_task("start", total=1.0, text="")
        self.story = Story()
        self.last = ""

    def show(self, event: "Event") -> None:
        """Move the bar; say what the last stage came to when a new one begins."""
        from rich.text import Text

        before, began_s = self.story.stage, self.story.begun_s
        line = self.story.tell(event)
        if before and event.stage != before:
            done = f"  ✓ {before:<9} {event.seconds - began_s:5.1f} s  {self.last}"
            self.progress.console.print(Text(done, style="dim", no_wrap=True, overflow="ellipsis"))
            self.progress.reset(self.task)  # rich's clock and spinner stop at the first 100 %
        self.last = line
        self.progress.update(
            self.task,
            description=event.stage,
            completed=event.fraction or 0.0,
            total=None if event.fraction is None else 1.0,
            text=line,
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
    """The numbers of an event, in its order; what its text says already is left out.

    >>> numbers({"epoch": 3, "loss": 0.31234, "auc": 0.91, "members": 12})
    'loss 0.3123  auc 0.91  members 12'
    """
    words = []
    for name, value in data.items():
        if name not in SAID:
            words.append(f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}")
    return "  ".join(words)


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours when there are any.

    >>> clock(42.4), clock(3723)
    ('0:42', '1:02:03')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
