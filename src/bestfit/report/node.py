"""A place in a JSON document: what is missing or of another type reads as absent."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Node"]


@dataclass(frozen=True)
class Node:
    """A value read from a file that may be older, newer or hostile.

    Args:
        value: what the JSON parser gave; None for what is not there.

    >>> page = Node({"test": {"auc": {"value": 0.9}}, "rows": [3, "x"]})
    >>> page["test"]["auc"]["value"].number, page["valid"]["auc"]["value"].number
    (0.9, None)
    >>> [row.text for row in page["rows"]]
    ['3', 'x']
    """

    value: object = None

    def __getitem__(self, key: str) -> "Node":
        return Node(self.value.get(key)) if isinstance(self.value, dict) else Node()

    def __iter__(self) -> Iterator["Node"]:
        """The parts of a list; nothing for anything else."""
        return iter([Node(part) for part in self.value] if isinstance(self.value, list) else [])

    def __len__(self) -> int:
        return len(self.value) if isinstance(self.value, list | dict) else 0

    def __bool__(self) -> bool:
        return self.value not in (None, "", [], {})

    def items(self) -> list[tuple[str, "Node"]]:
        """The parts of an object; nothing for anything else."""
        if not isinstance(self.value, dict):
            return []
        return [(str(key), Node(part)) for key, part in self.value.items()]

    @property
    def text(self) -> str:
        """The value as text; ``""`` when absent or a container."""
        if self.value is None or isinstance(self.value, list | dict):
            return ""
        return str(self.value)

    @property
    def number(self) -> float | None:
        """The value as a finite number, or None."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            return None
        try:
            number = float(self.value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None

    @property
    def count(self) -> int:
        """The value as a whole number; 0 when absent."""
        return int(self.number or 0)

    @property
    def numbers(self) -> list[float]:
        """The finite numbers of a list."""
        return [number for part in self if (number := part.number) is not None]
