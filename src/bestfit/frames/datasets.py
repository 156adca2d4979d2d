"""Data sets of the PyTorch world as columns; torch itself is not imported."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from ..errors import SourceError
from .objects import of_objects
from .pictures import Brightness, holds_pictures

__all__ = ["DatasetColumns", "columns_of_dataset", "is_dataset"]

FIRST = 256  # items by which kinds of cells, and how bright pictures are, is decided
ANSWERS = ("label", "labels", "target", "targets", "y", "class")


class DatasetColumns(NamedTuple):
    """What a data set holds.

    Args:
        names: of its columns.
        columns: in the same order.
        target: which of them its items give as their answer; None where they give none.
    """

    names: list[object]
    columns: list[pl.Series]
    target: str | None


def is_dataset(data: object) -> bool:
    """Whether this is a ``torch.utils.data.Dataset`` or ``DataLoader``, by its class.

    >>> is_dataset([1, 2])
    False
    """
    return any(
        base.__module__.startswith("torch.utils.data")
        and base.__name__ in ("Dataset", "IterableDataset", "DataLoader")
        for base in type(data).__mro__
    )


def columns_of_dataset(data: Any) -> DatasetColumns:
    """All items as rows, in order; a loader stands for the data set behind it.

    An item is ``(features, answer)``, a mapping, or features alone. Features are a picture (of
    Pillow, or an array of two or three axes), numbers in one axis, a number, a text, or several of
    these. Answers that count ``data.classes`` become these names.

    Raises:
        SourceError: there are no items, or they are of another form.
    """
    if type(data).__name__ == "DataLoader":
        data = data.dataset
    if isinstance(tensors := getattr(data, "tensors", None), tuple) and tensors:
        items: Iterator[Any] = zip(*(np.asarray(t.detach().cpu()) for t in tensors), strict=True)
    else:
        items = _items(data)
    rows = map(_record, items)
    first = list(islice(rows, FIRST))
    if not first:
        raise SourceError("the data set holds no items", where=type(data).__name__)
    building = {key: _column(key, [row.get(key) for row in first]) for key in first[0]}
    for row in chain(first, rows):
        if row.keys() != building.keys():
            raise SourceError("the items are not all of one form", where=type(data).__name__)
        for key, cell in row.items():
            building[key].add(cell)
    names: list[object] = []
    columns: list[pl.Series] = []
    target = next((key for key in ANSWERS if key in building), None)
    for key, column in building.items():
        made = column.finish()
        if key == target and len(made) == 1:
            made = [_named(made[0], _classes(data))]
        names += [series.name for series in made]
        columns += made
    return DatasetColumns(names, columns, target if target in names and len(names) > 1 else None)


def _items(data: Any) -> Iterator[Any]:
    if hasattr(data, "__len__") and hasattr(data, "__getitem__"):
        return (data[i] for i in range(len(data)))
    return iter(data)


def _record(item: Any) -> dict[str, Any]:
    """An item by the names of its columns."""
    if isinstance(item, Mapping):
        return {str(key): value for key, value in item.items()}
    if not isinstance(item, tuple | list):
        return _features(item)
    if len(item) == 1:
        return _features(item[0])
    *features, answer = item
    record: dict[str, Any] = {}
    for part in features:
        for key, value in _features(part).items():
            name = key if key not in record else f"{key}_{len(record) + 1}"
            record[name] = value
    record["label"] = answer
    return record


def _features(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {str(key): part for key, part in value.items()}
    if holds_pictures([value]):
        return {"picture": value}
    return {"text" if isinstance(value, str) else "x": value}


class _Column:
    """Cells of any kind but pictures; numbers in one axis become several columns."""

    def __init__(self, name: str) -> None:
        self.name, self.cells = name, list[Any]()

    def add(self, cell: Any) -> None:
        """The next row."""
        if hasattr(cell, "__array__") or isinstance(cell, list | tuple):
            array = np.asarray(cell.detach().cpu() if hasattr(cell, "detach") else cell)
            if array.ndim > 1:
                shape = tuple(array.shape)
                raise SourceError(f"an array {shape} is no cell of a table", where=self.name)
            cell = array.item() if array.size == 1 else array
        self.cells.append(cell)

    def finish(self) -> list[pl.Series]:
        """The columns."""
        if not isinstance(self.cells[0], np.ndarray):
            return [of_objects(self.name, self.cells)]
        if any(np.shape(cell) != self.cells[0].shape for cell in self.cells):
            raise SourceError("the items are not all of one length", where=self.name)
        matrix = np.stack(self.cells)
        return [of_objects(f"{self.name}{i}", part.tolist()) for i, part in enumerate(matrix.T)]


class _Pictures(_Column):
    """Pictures, which become small cells at once."""

    def __init__(self, name: str, first: Sequence[Any]) -> None:
        super().__init__(name)
        self.brightness = Brightness.of(first, name)

    def add(self, cell: Any) -> None:
        """The next picture."""
        self.cells.append(None if cell is None else self.brightness.cell(cell, self.name))

    def finish(self) -> list[pl.Series]:
        """One column."""
        return [pl.Series(self.name, self.cells, dtype=pl.Binary)]


def _column(name: str, first: Sequence[Any]) -> _Column:
    return _Pictures(name, first) if holds_pictures(first) else _Column(name)


def _classes(data: Any) -> list[str]:
    """The names of the classes, also of the data set that a subset was drawn from."""
    while data is not None:
        names = getattr(data, "classes", None)
        if isinstance(names, list | tuple) and names:
            return [str(name) for name in names]
        data = getattr(data, "dataset", None)
    return []


def _named(answers: pl.Series, classes: Sequence[str]) -> pl.Series:
    """Numbers of classes as their names."""
    if not classes or not answers.dtype.is_integer() or answers.null_count():
        return answers
    low, high = answers.min(), answers.max()
    if not (isinstance(low, int) and isinstance(high, int) and 0 <= low <= high < len(classes)):
        return answers
    return pl.Series(answers.name, classes, dtype=pl.String).gather(answers)
