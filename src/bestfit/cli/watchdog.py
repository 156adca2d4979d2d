"""The end of a process that a signal has asked to stop and that does not come to it.

Python's own handlers run between two steps of the interpreter: not while a long call of a library
goes on. Signals are noticed here at once, by a thread that sleeps until one comes.
"""

import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..stopping import SIGNALS

__all__ = ["watchdog"]

GRACE_S = 4.5  # after the first signal, for saving


@contextmanager
def watchdog() -> Iterator[None]:
    """Within, the process ends at once on a second signal, and else a few seconds after the first.

    What lies on disk is whole at any time, so nothing is lost but what came after the last save.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    inside, outside = socket.socketpair()
    outside.setblocking(False)
    before = signal.set_wakeup_fd(outside.fileno(), warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(inside,), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        outside.close()


def _watch(inside: socket.socket) -> None:
    """End the process when it is time; until then sleep."""
    with inside:
        number = _next(inside)
        if number is None:
            return  # nothing was stopped
        ready, _, _ = select.select([inside], [], [], GRACE_S)
        if ready and _next(inside) is None:
            return  # it stopped by itself
    name = signal.Signals(number).name
    sys.stderr.write(f"bestfit: stopped by {name}, without waiting any longer\n")
    sys.stderr.flush()
    os._exit(128 + number)


def _next(inside: socket.socket) -> int | None:
    """The next signal that asks to stop; None at the end."""
    while byte := inside.recv(1):
        if byte[0] in SIGNALS:
            return byte[0]
    return None
