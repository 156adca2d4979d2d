"""How the threads of a product wait for each other."""

import os

__all__ = ["SPINS", "wait_calmly"]

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
