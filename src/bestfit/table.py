"""Table and Schema: the one table type; foreign frames convert here, once."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Protocol, cast, get_args

import numpy as np
import polars as pl

from .errors import SchemaError
from .frames import like, to_polars

__all__ = [
    "Column",
    "Kind",
    "Pieces",
    "Schema",
    "Table",
    "Target",
    "Task",
    "like",
    "missing_columns",
]

Kind = Literal["number", "category", "date", "text", "picture"]
Task = Literal["binary", "multiclass", "regression"]


@dataclass(frozen=True)
class Column:
    """A feature: its name and what its cells are."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class Target:
    """The column to predict.

    Args:
        name: of the column.
        task: what kind of answer is asked for.
        classes: the labels byte for byte, sorted (by value if all are numbers); empty for
            regression. In a binary task ``classes[1]`` is the positive one.
    """

    name: str
    task: Task
    classes: tuple[str, ...] = ()

    @property
    def n_outputs(self) -> int:
        """Numbers that a network gives for a row: a logit a class, or one."""
        return len(self.classes) if self.task == "multiclass" else 1


@dataclass(frozen=True)
class Schema:
    """The features in the order of the table, and the target.

    >>> schema = Schema((Column("age", "number"),), Target("sick", "binary", ("no", "yes")))
    >>> Schema.from_dict(schema.to_dict()) == schema
    True
    """

    columns: tuple[Column, ...]
    target: Target | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        target = None if self.target is None else asdict(self.target)
        if target is not None:
            target["classes"] = list(target["classes"])
        return {"columns": [asdict(column) for column in self.columns], "target": target}

    @classmethod
    def from_dict(cls, value: object) -> "Schema":
        """Read what ``to_dict`` wrote; anything else is refused.

        Raises:
            SchemaError: a key is missing or unknown, or a value is of another type.
        """
        parts = _record(value, {"columns": list, "target": (dict, type(None))}, "schema")
        columns = []
        for item in parts["columns"]:
            column = _record(item, {"name": str, "kind": str}, "schema column")
            columns.append(Column(column["name"], cast(Kind, _one_of(column["kind"], Kind))))
        if len({column.name for column in columns}) < len(columns):
            raise SchemaError("the schema names a column twice")
        if parts["target"] is None:
            return cls(tuple(columns))
        target = _record(
            parts["target"], {"name": str, "task": str, "classes": list}, "schema target"
        )
        if not all(isinstance(label, str) for label in target["classes"]):
            raise SchemaError("the classes of a target are texts", where="schema target")
        task = cast(Task, _one_of(target["task"], Task))
        return cls(tuple(columns), Target(target["name"], task, tuple(target["classes"])))


class Pieces(Protocol):
    """All rows of a table that is too large for memory."""

    @property
    def n_rows(self) -> int:
        """How many there are."""
        ...

    def pieces(self, random: np.random.Generator | None = None) -> Iterator["Table"]:
        """The rows in order, or the pieces in one drawn by chance; each row knows its place."""
        ...


@dataclass(frozen=True, eq=False)
class Table:
    """Rows and columns, and how they were read.

    Args:
        frame: the cells.
        origin: the file or address the rows came from; ``"memory"`` for a frame.
        reading: how it was read and what was passed over: format, delimiter, skipped lines …
        rows: number of each row in the source, from 0; None means 0, 1, 2 …
        stored: all rows of the source, where these are but a sample of them.
        target: the column that the source itself holds to be the one to predict.
        key: a column that only names the rows, such as that of their files.

    >>> table = Table.of({"age": [30, 40], "sick": ["no", "yes"]})
    >>> table.n_rows, table.columns
    (2, ['age', 'sick'])
    """

    frame: pl.DataFrame
    origin: str = "memory"
    reading: Mapping[str, object] = field(default_factory=dict)
    rows: np.ndarray | None = None
    stored: "Pieces | None" = None
    target: str | None = None
    key: str | None = None

    @classmethod
    def of(cls, data: object, origin: str = "memory") -> "Table":
        """A table from a pandas, polars or Arrow frame, a NumPy array, columns, records, or a data
        set of torch.

        Raises:
            SourceError: the object is no table, or its columns cannot be named.
        """
        if isinstance(data, Table):
            return data
        frame, reading, target = to_polars(data)
        return cls(frame, origin, {"format": "memory", **reading}, target=target)

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.frame.height

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return self.frame.columns

    @property
    def row_numbers(self) -> np.ndarray:
        """(n_rows,) int64: where each row stood in the source."""
        return np.arange(self.n_rows, dtype=np.int64) if self.rows is None else self.rows

    def take(self, indices: "np.ndarray | pl.Series | Sequence[int]") -> "Table":
        """The rows at these positions, in this order; they remember where they came from."""
        index = np.asarray(indices, dtype=np.int64)
        return replace(self, frame=self.frame[index], rows=self.row_numbers[index])

    def filter(self, kept: pl.Series) -> "Table":
        """The rows where ``kept`` is true; they remember where they came from."""
        rows = self.row_numbers[kept.to_numpy()]
        return replace(self, frame=self.frame.filter(kept), rows=rows)

    def select(self, columns: Sequence[str]) -> "Table":
        """These columns, in this order.

        Raises:
            SchemaError: a column is missing; at most five are named.
        """
        missing = [name for name in columns if name not in self.frame.columns]
        if missing:
            raise SchemaError(missing_columns(missing), where=self.origin)
        return replace(self, frame=self.frame.select(columns))

    def with_columns(self, columns: Sequence[pl.Series]) -> "Table":
        """The same rows with these columns in the place of those of the same names."""
        return replace(self, frame=self.frame.with_columns(columns))

    def pieces(self) -> Iterator["Table"]:
        """All rows of the source in order, a part at a time."""
        if self.stored is None:
            yield self
        else:
            yield from self.stored.pieces()

    def digest(self) -> str:
        """SHA-256 of names, types and cells; the order of rows and columns matters."""
        hasher = hashlib.sha256()
        for series in self.frame:
            hasher.update(repr((series.name, str(series.dtype), len(series))).encode())
            for part in _bytes_of(series):
                hasher.update(len(part).to_bytes(8, "little"))
                hasher.update(part)
        return hasher.hexdigest()


def missing_columns(names: Sequence[str]) -> str:
    """One phrase that names up to five missing columns."""
    shown = ", ".join(repr(name) for name in names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"missing column{'s' if len(names) > 1 else ''} {shown}{more}"


def _bytes_of(series: pl.Series) -> list[bytes]:
    """The missing cells, then the cells: numbers as they lie, texts with their lengths."""
    empty = series.is_null().to_numpy().tobytes() if series.null_count() else b""
    if series.dtype.is_numeric() and not series.dtype.is_decimal():
        return [empty, series.fill_null(0).to_numpy().tobytes()]
    if series.dtype.is_temporal():
        return [empty, series.to_physical().fill_null(0).to_numpy().tobytes()]
    if series.dtype == pl.Binary:
        cells = series.fill_null(b"")
        return [empty, cells.bin.size().to_numpy().tobytes(), *cells]
    texts = series.cast(pl.String).fill_null("")
    return [empty, texts.str.len_bytes().to_numpy().tobytes(), texts.str.join("").item().encode()]


def _record(value: object, shape: Mapping[str, Any], where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != shape.keys():
        raise SchemaError(f"expected exactly the keys {', '.join(shape)}", where=where)
    for key, kind in shape.items():
        if not isinstance(value[key], kind):
            raise SchemaError(f"{key} is of the wrong type", where=where)
    return value


def _one_of(value: str, choices: object) -> str:
    if value not in get_args(choices):
        raise SchemaError(f"{value!r} is none of {', '.join(get_args(choices))}", where="schema")
    return value
