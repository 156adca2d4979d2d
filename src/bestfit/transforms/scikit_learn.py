"""Any transformer of scikit-learn in the place of one of ours."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
import polars as pl

from ..errors import ConfigError, SchemaError
from ..table import Kind
from .base import Array, Fitted, Transform, floats
from .impute import Imputer, Median
from .scikit_state import from_text, to_text
from .scikit_text import transformer_of

__all__ = ["FittedScikitLearn", "ScikitLearn"]

SEED = 0  # of transformers that draw
MAX_OUTPUTS = 10_000
PROBE_ROWS = 64  # by which it is seen which output hangs on which column
MANY_ROWS = 10_000  # by which it is seen whether an output is a switch
NUMERIC = ("number", "date")
DAY_US = 86_400e6


@dataclass(frozen=True, kw_only=True)
class FittedScikitLearn(Fitted):
    """Fitted transformers of scikit-learn.

    Args:
        holds: the kind of the columns.
        learnt: one for all columns, or, of those that take a list of texts, one for each.
        widths: outputs of each.
        means: of the outputs in training; they stand where one gives no finite number.
        links: for each output, the positions of the columns that it hangs on.
        measured: whether each output takes more than two values.
        fills: the number that stands for a gap, by column; empty where the transformer fills them.
        flagged: columns with a 0/1 output of their own, the last ones, that says where gaps were.
    """

    kind: ClassVar[str] = "scikit_learn"
    holds: str
    learnt: tuple[str, ...]
    widths: tuple[int, ...]
    means: tuple[float, ...]
    links: tuple[tuple[int, ...], ...]
    measured: tuple[bool, ...]
    fills: tuple[float, ...]
    flagged: tuple[str, ...]

    @cached_property
    def _transformers(self) -> list[Any]:
        return [from_text(text) for text in self.learnt]

    def fill(self, frame: pl.DataFrame, out: Array) -> None:
        if not frame.height:
            return
        x = _cells(frame, self.columns, self.holds)
        for place, column in enumerate(self.flagged, len(self.means)):
            out[:, place] = np.isnan(x[:, self.columns.index(column)])
        given = _given(self._transformers, _filled(x, self.fills))
        if tuple(part.shape[1] for part in given) != self.widths:
            raise SchemaError("the transformer gives another number of columns than in training")
        out[:, : len(self.means)] = self.finite(np.concatenate(given, axis=1))

    def finite(self, made: Array) -> Array:
        """What the transformers give, with means where it is no finite number."""
        return np.where(np.isfinite(made), made, self.means)

    def hangs_on(self, column: str) -> list[bool]:
        names = [[self.columns[place] for place in link] for link in self.links]
        return [*(column in link for link in names), *(column == c for c in self.flagged)]

    @property
    def continuous(self) -> tuple[bool, ...]:
        return (*self.measured, *(False for _ in self.flagged))


@dataclass(frozen=True, kw_only=True)
class ScikitLearn(Transform):
    """A transformer of scikit-learn: the columns that have the same go through it together.

    It meets numbers as float64, dates as days since 1970, categories and texts as objects; one
    that takes a list of texts has each column for itself. Gaps of numbers are filled and flagged
    first, unless it makes finite numbers of them. What it gives is made dense. Where it learns
    from the target, training rows get what ``fit_transform`` gives.

    Args:
        text: the transformer, as ``bestfit.transforms.written`` tells it.
        holds: the kind of the columns.
    """

    text: str
    holds: Kind = "number"

    name = "scikit_learn"
    takes = ("number", "category", "date", "text")

    @property
    def needs_target(self) -> bool:  # type: ignore[override]  # it hangs on the transformer
        return bool(_tags(transformer_of(self.text)).target_tags.required)

    def learn(
        self,
        frame: pl.DataFrame,
        columns: Sequence[str],
        y: Any = None,
        imputer: Imputer | None = None,
    ) -> FittedScikitLearn:
        x = _cells(frame, columns, self.holds)
        fills: tuple[float, ...] = ()
        gaps: list[bool] = [False] * len(columns)
        taught = self._taught(x, y) if self._takes_gaps(x) else None
        if self.holds in NUMERIC and (taught is None or not np.isfinite(taught.made).all()):
            gaps = [bool(np.isnan(column).any()) for column in x.T]
            fills = tuple((imputer or Median()).of(column) for column in x.T)
            x = _filled(x, fills)
            taught = None
        learnt, widths, made = taught or self._taught(x, y)
        finite = np.isfinite(made)
        if not finite.any(axis=0).all():
            raise ConfigError(f"{self.text} gives a column without any number")
        flagged = tuple(column for column, gap in zip(columns, gaps, strict=True) if gap)
        return FittedScikitLearn(
            columns=tuple(columns),
            outputs=(*_names(learnt, columns, widths), *(f"{c} is missing" for c in flagged)),
            holds=self.holds,
            learnt=tuple(map(to_text, learnt)),
            widths=widths,
            means=tuple(np.mean(made, axis=0, where=finite).tolist()),
            links=_links(learnt, x[:PROBE_ROWS]),
            measured=tuple(len(np.unique(column)) > 2 for column in made[:MANY_ROWS].T),
            fills=fills,
            flagged=flagged,
        )

    def cross(self, frame: pl.DataFrame, fitted: Fitted, y: Array, fold: Array) -> Array:
        """(N, outputs): what ``fit_transform`` gives, which crosses as it does itself."""
        assert isinstance(fitted, FittedScikitLearn)
        out = fitted.apply(frame)
        x = _filled(_cells(frame, fitted.columns, self.holds), fitted.fills)
        one = _new(self.text, y)
        given = [_asked(_new(self.text, y).fit_transform, part, y) for part in _parts(one, x)]
        out[:, : len(fitted.means)] = fitted.finite(np.concatenate(given, axis=1))
        return out

    def _takes_gaps(self, x: Array) -> bool:
        gaps = self.holds in NUMERIC and bool(np.isnan(x).any())
        return gaps and bool(_tags(_first(_new(self.text))).input_tags.allow_nan)

    def _taught(self, x: Array, y: Any) -> "_Taught":
        parts = _parts(_new(self.text), x)
        learnt = [_new(self.text, y) for _ in parts]
        for one, part in zip(learnt, parts, strict=True):
            _asked(one.fit, part, y)
        given = _given(learnt, x)
        return _Taught(learnt, tuple(g.shape[1] for g in given), np.concatenate(given, axis=1))


class _Taught(NamedTuple):
    """Fitted transformers, the outputs of each, and what they give: (N, outputs)."""

    learnt: list[Any]
    widths: tuple[int, ...]
    made: Array


def _new(text: str, y: Any = None) -> Any:
    """A transformer, not fitted; whole amounts are told from classes."""
    made = transformer_of(text)
    if y is None or y.dtype.kind != "f":
        return made
    kinds = made.get_params().items()
    auto = [n for n, v in kinds if n.rpartition("__")[2] == "target_type" and v == "auto"]
    return made.set_params(**dict.fromkeys(auto, "continuous"))


def _tags(transformer: Any) -> Any:
    """What scikit-learn says of it."""
    from sklearn.utils import get_tags

    return get_tags(transformer)


def _first(transformer: Any) -> Any:
    """What meets the columns first."""
    for steps in ("steps", "transformer_list"):
        if getattr(transformer, steps, None):
            return _first(getattr(transformer, steps)[0][1])
    return transformer


def _parts(transformer: Any, x: Array) -> list[Array]:
    """What it is given: (N, F), or, where it takes a list of texts, (N,) of each column."""
    tags = _tags(_first(transformer)).input_tags
    return list(x.T) if tags.string and not tags.two_d_array else [x]


def _cells(frame: pl.DataFrame, columns: Sequence[str], holds: str) -> Array:
    """(N, F) float64 with NaN for gaps, or texts as objects: gaps of a category are None."""
    series = [frame[column] for column in columns]
    if holds == "date":
        series = [s.cast(pl.Datetime("us")).to_physical().cast(pl.Float64) / DAY_US for s in series]
    if holds in NUMERIC:
        return np.stack([floats(s) for s in series], axis=1)
    texts = [s.cast(pl.String) for s in series]
    full = [s.fill_null("") if holds == "text" else s for s in texts]
    return np.stack([s.to_numpy().astype(object) for s in full], axis=1)


def _filled(x: Array, fills: Sequence[float]) -> Array:
    return np.where(np.isnan(x), fills, x) if fills else x


def _given(learnt: Sequence[Any], x: Array) -> list[Array]:
    """(N, outputs) of each, dense."""
    parts = _parts(learnt[0], x)
    return [_asked(one.transform, part) for one, part in zip(learnt, parts, strict=True)]


def _asked(method: Any, *given: Any) -> Any:
    """What a method of scikit-learn answers; arrays dense and of two dimensions.

    Whoever draws without a seed of its own draws the same each time.

    Raises:
        SchemaError: it refuses.
    """
    from sklearn import config_context

    name = type(method.__self__).__name__
    before = np.random.get_state()
    np.random.seed(SEED)
    try:
        with warnings.catch_warnings(), config_context(transform_output="default"):
            warnings.simplefilter("ignore")
            answer = method(*given)
    except Exception as error:  # whatever a transformer finds at fault
        what = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise SchemaError(f"scikit-learn's {name} refuses this: {what}") from None
    finally:
        np.random.set_state(before)
    if method.__name__ == "fit":
        return answer
    if answer.ndim > 1 and answer.shape[1] > MAX_OUTPUTS:
        raise SchemaError(f"{name} gives more than {MAX_OUTPUTS:,} columns")
    if hasattr(answer, "toarray"):
        answer = answer.toarray()
    return np.asarray(answer, float).reshape(len(given[0]), -1)


def _names(learnt: Sequence[Any], columns: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Of the outputs: the transformers' own where they have some."""
    own = [[column] for column in columns] if len(learnt) > 1 else [list(columns)]
    names = []
    for one, given, width in zip(learnt, own, widths, strict=True):
        try:
            found = [str(name) for name in one.get_feature_names_out(given)]
        except (AttributeError, TypeError, ValueError):
            found = []
        if len(found) != width:
            found = [f"{', '.join(given)} {type(one).__name__} {i}" for i in range(width)]
        names += found if len(given) > 1 else [f"{given[0]}: {name}" for name in found]
    return names


def _links(learnt: Sequence[Any], x: Array) -> tuple[tuple[int, ...], ...]:
    """For each output the columns whose shuffling moves it; all where none does."""
    usual = np.concatenate(_given(learnt, x), axis=1)
    moved = np.zeros((usual.shape[1], x.shape[1]), bool)
    for column in range(x.shape[1]):
        other = x.copy()
        other[:, column] = np.roll(other[:, column], 1)
        away = np.concatenate(_given(learnt, other), axis=1) != usual
        moved[:, column] = away.any(axis=0)
    everything = tuple(range(x.shape[1]))
    return tuple(tuple(np.flatnonzero(row).tolist()) or everything for row in moved)
