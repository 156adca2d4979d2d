"""Columns to numbers: fitted on training rows, plain data as state, replayed exactly."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from ..errors import FolderError
from ..registry import Registry

__all__ = ["Array", "Fitted", "Transform", "fitted_from_state", "transform"]

Array = npt.NDArray[Any]
Gives = Literal["dense", "codes", "pixels"]


class Transform(ABC):
    """A way to turn columns into numbers; its fields are its hyper-parameters."""

    name: ClassVar[str]

    @abstractmethod
    def fit(self, frame: pl.DataFrame, columns: Sequence[str]) -> "Fitted":
        """Learn from training rows.

        Args:
            frame: the training rows of a cleaned table.
            columns: those to turn into numbers, all of a kind that the transform takes.
        """


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

    @abstractmethod
    def apply(self, frame: pl.DataFrame) -> Array:
        """(N, len(outputs)) float32 or int64; of pixels (N, len(outputs), H, W) uint8."""

    @property
    def levels(self) -> tuple[int, ...]:
        """For codes: how many values each output can take; empty for numbers."""
        return ()

    @property
    def owners(self) -> tuple[int, ...]:
        """For each output, the position in ``columns`` of the one that it hangs on."""
        return tuple(range(len(self.columns)))

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


def float_matrix(frame: pl.DataFrame, columns: Sequence[str]) -> Array:
    """(N, F) float64, NaN where a value is missing."""
    if not columns:
        return np.zeros((frame.height, 0))
    # By name, for pl.col would take ^…$ as a pattern; then all at once, which is far faster.
    numbers = pl.DataFrame([frame[c] for c in columns])
    filled = numbers.select(pl.all().cast(pl.Float64).fill_null(np.nan))
    return np.ascontiguousarray(filled.to_numpy())
