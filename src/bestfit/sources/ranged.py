"""An object far away as a file of which only the parts that are asked for are fetched."""

import io
from typing import Any

from .extras import needed

__all__ = ["Ranged"]


class Ranged(io.RawIOBase):
    """Reads ranges of an object in a bucket.

    Args:
        store: of obstore.
        name: of the object.
        size: in bytes.
    """

    def __init__(self, store: Any, name: str, size: int) -> None:
        self.store, self.name, self.size, self.at = store, name, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        self.at = start + offset
        return self.at

    def readinto(self, buffer: Any) -> int:
        length = max(0, min(len(buffer), self.size - self.at))
        if length:
            obstore = needed("obstore", "cloud")
            part = obstore.get_range(self.store, self.name, start=self.at, length=length)
            buffer[:length] = bytes(part)
        self.at += length
        return length
