"""What the allocator does with memory that is free again."""

import ctypes
import sys
from functools import cache

__all__ = ["give_back", "keep_memory"]

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of mallopt(3)
KEPT = 1 << 30


@cache
def keep_memory() -> bool:
    """Let this process keep what it frees, up to 1 GB; whether that could be had.

    A step through convolutions allocates the same large blocks each time. The allocator of Linux
    gives them back at once and gets them again, page by page.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    return bool(mallopt(MMAP_THRESHOLD, KEPT) and mallopt(TRIM_THRESHOLD, KEPT))


def give_back() -> bool:
    """Return memory that is free to the system now; whether that could be asked for.

    What a stage of the work leaves behind would else be counted beside what the next one needs.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (OSError, AttributeError):
        return False
