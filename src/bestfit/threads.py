"""How the threads of a product wait for each other."""

import os

__all__ = ["wait_calmly"]


def wait_calmly() -> None:
    """Let idle OpenMP threads sleep instead of spin, unless the environment says otherwise.

    Spinning threads steal the cores from the thread that they wait for as soon as anything else
    runs on the machine; ``benchmarks/threads.py`` measures it. This has to be said before
    torch or scikit-learn is loaded.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
