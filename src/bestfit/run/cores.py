"""How many cores there are, and how many threads torch may take."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch

__all__ = ["cores", "threads_kept"]


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def threads_kept(number: int | None = None) -> Iterator[None]:
    """Within, torch may take so many threads, or others that are set there; then as many as before.

    Args:
        number: None leaves them as they are.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
