"""What a network does with some rows, as plain data: its operations and what came out of them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

__all__ = ["LOUD", "Graph", "Operation"]

LOUD, FAINT = 6.0, 0.12  # root mean square of what an operation reads
MADE_SO = 4.0  # times: by so much a factor between two layers changes it


@dataclass(frozen=True)
class Operation:
    """One call.

    Args:
        function: as torch calls it, for instance ``relu``.
        kind: affine, product, recurrent, rectified, bounded, smooth, stepwise, shares, norm, clear
            or other.
        module: the path of the module in which it happened, by which people know it.
        count: how many calls of this function came before.
        reads: the numbers of the operations whose results it reads; −1 is the input.
        parameters: names of the network's parameters among what it reads.
        shape: of the result, without the rows.
        facts: ``rms``, ``spread`` (over rows, the median unit), ``zero`` (share of zeros), and
            ``dead`` or ``saturated``: the share of units that are so on these rows; ``drive``, the
            root mean square of what it reads.
    """

    function: str
    kind: str
    module: str
    count: int
    reads: tuple[int, ...]
    parameters: tuple[str, ...]
    shape: tuple[int, ...]
    facts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """All calls of one pass, in order.

    Args:
        operations: each.
        result: the number of the one that gives the output; −1 where it is not known.
        cut: whether the gradient is kept from flowing somewhere.
        size: root mean square of the input.
    """

    operations: tuple[Operation, ...]
    result: int
    cut: bool
    size: float = 1.0

    def source(self, place: int) -> int:
        """Back from an operation through those that change no number's meaning."""
        while place >= 0 and self.operations[place].kind == "clear":
            reads = self.operations[place].reads
            if len(reads) != 1:
                return place
            place = reads[0]
        return place

    def of_kind(self, *kinds: str) -> list[Operation]:
        """The operations of these kinds, in order."""
        return [op for op in self.operations if op.kind in kinds]

    @cached_property
    def uses(self) -> Counter[str]:
        """How many calls read each parameter: as many as steps, where a recurrence is by hand."""
        return Counter(name for op in self.operations for name in op.parameters)

    def hidden(self, *kinds: str) -> list[Operation]:
        """Those of them that do not give the output."""
        return [op for op in self.of_kind(*kinds) if op is not self.last]

    @property
    def last(self) -> Operation | None:
        """What gives the output, apart from views of it."""
        place = self.source(self.result)
        return self.operations[place] if place >= 0 else None

    @property
    def first(self) -> list[Operation]:
        """What reads the input, apart from views of it."""
        return [
            op for i, op in enumerate(self.operations)
            if op.kind != "clear" and any(self.source(r) == -1 for r in op.reads)
        ]  # fmt: skip

    def linear_pairs(self) -> list[tuple[str, str]]:
        """Affine maps that read another's result with nothing bent in between."""
        found = []
        for op in self.operations:
            if op.kind != "affine" or len(op.reads) != 1:
                continue
            before = self._through(op.reads[0], {"batch_norm"})
            if before >= 0 and self.operations[before].kind == "affine":
                found.append((self.operations[before].module, op.module))
        return found

    def amplified(self) -> list[tuple[Operation, float]]:
        """Operations that read far too large or small numbers, only by factors that the network's
        owner wrote before them; and the root mean square of these."""
        found = []
        for op in self.operations:
            drive, before = op.facts.get("drive", 0.0), self.before(op)
            if before == -2 or drive <= 0:
                continue
            size = self.size if before == -1 else self.operations[before].facts["rms"]
            loud = drive > LOUD and drive > MADE_SO * size
            faint = op.kind != "bounded" and drive < FAINT and drive * MADE_SO < size
            if loud or faint:
                found.append((op, drive))
        return found

    def before(self, op: Operation) -> int:
        """The number of the measured operation that another reads from; −1 is the input, and −2
        several."""
        place = op.reads[0] if op.reads else -2
        while place >= 0 and "rms" not in self.operations[place].facts:
            reads = self.operations[place].reads
            place = reads[0] if len(reads) == 1 else -2
        return place

    def _through(self, place: int, also: set[str]) -> int:
        place = self.source(place)
        while place >= 0 and self.operations[place].function in also:
            reads = self.operations[place].reads
            place = self.source(reads[0]) if len(reads) == 1 else -2
        return place
