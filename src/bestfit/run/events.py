"""What a run says while it works."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Clock", "Event", "Progress"]


@dataclass(frozen=True)
class Event:
    """One piece of news for whoever watches.

    Args:
        stage: read, clean, split, features, encode, check, anchors, train, curve, evaluate, done.
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
