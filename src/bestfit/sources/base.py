"""What a source is, and what a place is."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
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

    @property
    def bytes_in_memory(self) -> int:
        """About how much memory the rows take; 0 where that is not known beforehand."""
        return 0

    def chunks(self) -> Iterator[Table]:
        """All rows in order, a part at a time where the source can do that.

        What only the end can tell, such as counts of what was left out, stands in the reading of
        the last part.

        Raises:
            SourceError: as in ``read``, also after the first parts.
        """
        yield self.read()


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
