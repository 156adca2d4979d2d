"""What a run says while it works, and how it is asked to stop."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from ..errors import Stopped

__all__ = ["Clock", "Event", "Progress", "StopRequest", "stopping"]


@dataclass(frozen=True)
class Event:
    """One piece of news for whoever watches.

    Args:
        stage: read, clean, split, encode, anchors, train, evaluate, report or done.
        fraction: of the stage, in [0, 1]; None where that is not known.
        text: a short line for people.
        seconds: since the run began.
        data: numbers, for instance loss, metric, members, seconds left.
    """

    stage: str
    fraction: float | None
    text: str
    seconds: float
    data: Mapping[str, Any] = field(default_factory=dict)


Progress = Callable[[Event], None]


class Clock:
    """Seconds of each stage, and news to whoever watches.

    Args:
        progress: called with each event; None keeps quiet.
        began_s: on ``time.perf_counter``, since when the time counts; None counts from now.
    """

    def __init__(self, progress: Progress | None = None, began_s: float | None = None) -> None:
        self._progress = progress
        self._start = time.perf_counter() if began_s is None else began_s
        self.loading_s = self.elapsed  # until torch and the rest were there
        self._seconds: dict[str, float] = {}
        self._running: dict[str, float] = {}

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was made."""
        return time.perf_counter() - self._start

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of each stage so far, also of those that are not over."""
        now = {name: self.elapsed - begun for name, begun in self._running.items()}
        return self._seconds | {n: self._seconds.get(n, 0.0) + s for n, s in now.items()}

    @contextmanager
    def stage(self, name: str, text: str) -> Iterator[None]:
        """Time one stage and announce it."""
        self.say(name, text, 0.0)
        self._running[name] = self.elapsed
        yield
        self._seconds = self.seconds
        del self._running[name]
        self.say(name, text, 1.0)

    def say(self, stage: str, text: str, fraction: float | None, **data: Any) -> None:
        """Tell whoever watches."""
        if self._progress is not None:
            self._progress(Event(stage, fraction, text, self.elapsed, data))


class StopRequest:
    """Whether a signal asked the run to stop, and which.

    Args:
        where: the run folder, for the message.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self.number: int | None = None
        self._deferred = False

    @contextmanager
    def deferring(self) -> Iterator[None]:
        """Within, a first signal only sets ``number``: who defers looks, saves and stops."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    def error(self) -> Stopped:
        """What to raise once everything is saved."""
        number = self.number or signal.SIGINT
        name = signal.Signals(number).name
        return Stopped(
            f"stopped by {name}",
            signal_number=number,
            where=self.where,
            hint=f"bestfit resume {self.where}",
        )

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        again = self.number is not None
        self.number = number
        if again or not self._deferred:
            raise self.error()


@contextmanager
def stopping(where: str) -> Iterator[StopRequest]:
    """Catch SIGINT and SIGTERM: at once where nothing is to be saved, else when the loop looks.

    Outside the main thread signals are left alone. A second signal ends the run at once.
    """
    request = StopRequest(where)
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, request._on_signal) for number in numbers}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
