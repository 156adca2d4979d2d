"""What has to stay as long as something is in use."""

import weakref
from collections.abc import Callable

__all__ = ["Kept"]


class Kept:
    """Does something once nobody holds it any more, or Python ends.

    Args:
        let_go: what to do then; must not hold this object.

    >>> done = []
    >>> kept = Kept(lambda: done.append("gone"))
    >>> del kept
    >>> done
    ['gone']
    """

    def __init__(self, let_go: Callable[[], object]) -> None:
        weakref.finalize(self, let_go)
