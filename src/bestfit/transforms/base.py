"""Columns to numbers: fitted on training rows, plain data as state, replayed exactly."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import FolderError, SchemaError
from ..frames import to_polars
from ..registry import Registry
from ..table import Kind

__all__ = ["Array", "Fitted", "Transform", "fitted_from_state", "floats", "frame_of", "transform"]

Array = npt.NDArray[Any]
Gives = Literal["dense", "codes", "pixels"]


class Transform(ABC):
    """A way to turn columns into numbers; its fields are its hyper-parameters.

    ``takes`` names the kinds of columns that it is for; ``needs_target`` marks what learns from
    the target, too.
    """

    name: ClassVar[str]
    takes: ClassVar[tuple[Kind, ...]] = ("number",)
    needs_target: ClassVar[bool] = False

    def fit(self, rows: Any, columns: Sequence[str] | None = None, y: Any = None) -> "Fitted":
        """Learn from training rows.

        Args:
            rows: pandas, polars, Arrow, NumPy (N, F), or a dict of columns.
            columns: those to turn into numbers, all of a kind that the transform takes; None: all.
            y: (N,) the target where it is needed: amounts as floats, classes as anything else.
        Raises:
            SchemaError: a column is missing, or the target is.

        >>> from bestfit.transforms import Standard
        >>> Standard().fit({"x": [1.0, 3.0]}).apply({"x": [1.0, 3.0, 5.0]}).tolist()
        [[-1.0], [1.0], [3.0]]
        """
        frame = frame_of(rows)
        names = list(frame.columns if columns is None else columns)
        _check(frame, names)
        if self.needs_target and y is None:
            raise SchemaError(f"the transform {self.name!r} learns from the target", hint="y=…")
        return self.learn(frame, names, None if y is None else np.asarray(y))

    @abstractmethod
    def learn(self, frame: pl.DataFrame, columns: Sequence[str], y: Any = None) -> "Fitted":
        """The same of a frame that has the columns. y: (N,), for what needs it."""

    def cross(self, frame: pl.DataFrame, fitted: "Fitted", y: Array, fold: Array) -> Array:
        """(N, outputs): what training rows get, who must not see their own target.

        Args:
            frame: the training rows.
            fitted: what was learnt of all of them.
            y: (N,) the target.
            fold: (N,) the fold of each row, from 0.
        """
        return fitted.apply(frame)


transform: Registry[Transform] = Registry("transform")
_fitted: dict[str, type["Fitted"]] = {}


@dataclass(frozen=True, kw_only=True)
class Fitted(ABC):
    """What a transform learnt, as plain data.

    Args:
        columns: read from the table.
        outputs: a name for each column of ``apply``'s result.

    ``gives`` says what these are: ``dense`` numbers, integer ``codes``, or channels of ``pixels``.
    """

    columns: tuple[str, ...]
    outputs: tuple[str, ...]
    kind: ClassVar[str]
    gives: ClassVar[Gives] = "dense"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "kind" in cls.__dict__:
            _fitted[cls.kind] = cls

    def apply(self, rows: Any, dtype: npt.DTypeLike = np.float64) -> Array:
        """(N, len(outputs)): floats of ``dtype``, or int64 codes; of pixels (N, C, H, W) uint8.

        Args:
            rows: any table that has the columns.
            dtype: of dense numbers; they are computed as float64.
        Raises:
            SchemaError: a column is missing.
        """
        frame = frame_of(rows)
        _check(frame, self.columns)
        out = self.empty(frame.height, dtype)
        self.fill(frame, out)
        return out

    def empty(self, n: int, dtype: npt.DTypeLike = np.float32) -> Array:
        """Room for what n rows give."""
        kind = dtype if self.gives == "dense" else np.int64
        return np.empty((n, len(self.outputs)), kind)

    @abstractmethod
    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        """Write what the rows of a frame give into ``out``, of the shape of ``empty``."""

    @property
    def levels(self) -> tuple[int, ...]:
        """For codes: how many values each output can take; empty for numbers."""
        return ()

    @property
    def owners(self) -> tuple[int, ...]:
        """For each output, the position in ``columns`` of the one that it hangs on."""
        return tuple(range(len(self.columns)))

    def hangs_on(self, column: str) -> list[bool]:
        """For each output, whether it says something of a column."""
        return [self.columns[owner] == column for owner in self.owners]

    @property
    def continuous(self) -> tuple[bool, ...]:
        """For each output, whether it is a measured number rather than a switch."""
        return (False,) * len(self.outputs)

    def state(self) -> dict[str, Any]:
        """JSON-able state; ``fitted_from_state`` gives an equal value back."""
        return {"kind": self.kind, **asdict(self)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Strict: exactly the fields of the class, lists as tuples."""
        return cls(**{key: _as_tuple(value) for key, value in state.items()})


def fitted_from_state(state: Mapping[str, Any]) -> Fitted:
    """A fitted transform from its state.

    Raises:
        FolderError: unknown kind, or fields that are missing or unknown.
    """
    rest = dict(state)
    cls = _fitted.get(str(rest.pop("kind", "")))
    if cls is None or set(rest) != {field.name for field in fields(cls)}:
        raise FolderError("the bundle holds a transform that this version does not know")
    return cls.from_state(rest)


def _as_tuple(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    if any(item is None for item in value):
        raise FolderError("the bundle holds a transform with a gap among its numbers")
    return tuple(map(_as_tuple, value))


def frame_of(rows: Any) -> pl.DataFrame:
    """Any table as a polars frame."""
    return rows if isinstance(rows, pl.DataFrame) else to_polars(rows).frame


def _check(frame: pl.DataFrame, columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise SchemaError(f"no column is called {missing[0]!r}", hint=", ".join(frame.columns[:8]))


def floats(series: pl.Series) -> Array:
    """(N,) float64, NaN where a value is missing.

    Raises:
        SchemaError: a cell is no number.
    """
    if series.dtype == pl.Float64:
        return np.asarray(series.to_numpy())
    try:
        numbers = series.cast(pl.Float64)
    except pl.exceptions.PolarsError:
        raise SchemaError("this column holds no numbers", where=series.name) from None
    return np.asarray(numbers.to_numpy())
