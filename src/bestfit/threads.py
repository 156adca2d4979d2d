"""How many threads trees grow with, and how the threads of a product wait for each other."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["SPINS", "growing", "wait_calmly"]

ONE_THREAD_CELLS = 4_000_000  # below, threads give little, and on a busy machine cost a lot

SPINS = "1000"  # some microseconds: as long as products follow each other


def wait_calmly() -> None:
    """Let idle OpenMP threads spin for microseconds, then sleep, unless the environment says more.

    Threads that spin for long steal the cores from the thread that they wait for as soon as
    anything else runs on the machine; threads that sleep at once take long to wake.
    ``benchmarks/threads.py`` measures it. This has to be said before torch or scikit-learn is
    loaded.
    """
    if "OMP_WAIT_POLICY" in os.environ or "GOMP_SPINCOUNT" in os.environ:
        return
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ["GOMP_SPINCOUNT"] = SPINS


@contextmanager
def growing(n_cells: int) -> Iterator[None]:
    """One thread for scikit-learn's trees on a table of so many cells, where more do not pay."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1 if n_cells < ONE_THREAD_CELLS else None):
        yield
