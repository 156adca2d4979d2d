"""Checkpoints while training goes on: taken at once, written beside it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from ..training import Snapshot

__all__ = ["Saver"]

EVERY_S = 20.0  # between two checkpoints


class Saver:
    """Writes checkpoints into one folder, one at a time, in a thread of its own.

    Args:
        folder: replaced as a whole by each.
        begin: called before the bytes of a checkpoint are taken.
    """

    def __init__(self, folder: Path, begin: Callable[[], None]) -> None:
        self.folder, self._begin = folder, begin
        self._thread: threading.Thread | None = None
        self._error: BaseException | None = None
        self._last = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for the next.

        Raises:
            OSError: the last one could not be written.
        """
        if self._error is not None:
            self.finish()
        return time.monotonic() - self._last > EVERY_S

    def save(self, take: Callable[[], Snapshot], *, wait: bool = False) -> None:
        """Take a checkpoint, and write it; the one before is waited for.

        Args:
            take: the state as bytes.
            wait: until it is on disk.
        Raises:
            OSError: this or the one before could not be written.
        """
        self.finish()
        self._begin()
        snapshot = take()
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._write, args=(snapshot,), daemon=True)
        self._thread.start()
        if wait:
            self.finish()

    def finish(self) -> None:
        """Wait until what was begun is on disk."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _write(self, snapshot: Snapshot) -> None:
        try:
            snapshot.write(self.folder)
        except BaseException as error:  # raised again by whoever waits
            self._error = error
