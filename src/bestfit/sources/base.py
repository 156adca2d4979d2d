"""What a source is, and what a place is."""

from abc import ABC, abstractmethod
from typing import ClassVar

from ..registry import Registry
from ..table import Table
from .file import File

__all__ = ["Place", "Source", "place", "source"]


class Source(ABC):
    """Rows of one kind: a frozen dataclass whose first field says where, the rest are options.

    A format of files has a first field ``file`` and accepts files by their first bytes. A
    database has a first field ``address`` and the schemes of its addresses.
    """

    name: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def accepts(cls, file: File) -> bool:
        """Whether the first bytes are of this kind."""
        return False

    @abstractmethod
    def read(self) -> Table:
        """All rows.

        Raises:
            SourceError: the rows cannot be read: what happened, where, and what to try.
        """


class Place(ABC):
    """Where files lie: a frozen dataclass whose first field is ``address``, the rest options."""

    name: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def files(self) -> list[File]:
        """The files at this address: parts of one table, in order.

        Raises:
            SourceError: nothing is there, or it may not be read.
            MachineError: the place cannot be reached.
        """


source: Registry[Source] = Registry("source")
place: Registry[Place] = Registry("place")
