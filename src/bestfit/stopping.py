"""How a run is asked to stop: by signals, which wait until everything is saved."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from .errors import Stopped

__all__ = ["SIGNALS", "StopRequest", "stopping"]

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether a signal asked to stop, and which.

    Args:
        where: what is stopped, for the message.
        hint: how to go on.
    """

    def __init__(self, where: str = "", hint: Callable[[], str] = str) -> None:
        self.where = where
        self.number: int | None = None
        self._hint = hint
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
            f"stopped by {name}", signal_number=number, where=self.where, hint=self._hint()
        )

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """The handler: raises at once, unless somebody defers and this is the first signal."""
        again = self.number is not None
        self.number = number
        if again or not self._deferred:
            raise self.error()


@contextmanager
def stopping(where: str = "", hint: Callable[[], str] = str) -> Iterator[StopRequest]:
    """Catch SIGINT and SIGTERM: at once where nothing is to be saved, else when the loop looks.

    Outside the main thread signals are left alone. A second signal ends the run at once.

    Args:
        where: what is stopped, for the message.
        hint: how to go on, asked for when it is needed.
    """
    request = StopRequest(where, hint)
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before = {number: signal.signal(number, request.on_signal) for number in SIGNALS}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
