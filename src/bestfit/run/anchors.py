"""Simple models on the same rows, so that everybody sees what a network is worth here.

How many rows and trees they get follows from a rule of cost, never from a clock, so that the same
run has the same anchors on every machine.
"""

import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import stop_behind
from ..transforms import Features
from .anchor_linear import fit_linear, linear_rows
from .anchor_rows import Floats, Indices, Predict, TrainingRows
from .anchor_trees import fit_trees, trees_rows

__all__ = ["Anchor", "anchors"]

Fit: TypeAlias = Callable[[TrainingRows, float], Predict]
MaxRows: TypeAlias = Callable[[TrainingRows, int, float], int]

TIME_SHARE = 0.1  # of the run's time, on one core
DEFAULT_S = 8.0
MAX_SEEN = 10_000  # training rows that are predicted again
LINEAR_SHARE = 0.25  # of the anchors' time; the trees have the rest


@dataclass(frozen=True, eq=False)
class Anchor:
    """A simple model's answers.

    Args:
        name: constant, linear or boosted_trees.
        label: for people.
        valid: (N, C) probabilities, or (N,) numbers, of the validation rows.
        test: the same of the test rows.
        train: the same of the training rows at ``seen``.
        seen: positions among the training rows, at most 10,000 of those it learnt from.
        seconds: it took.
        rows: training rows it learnt from.
        note: what a reader should know, as a sentence; empty if nothing.
    """

    name: str
    label: str
    valid: Floats
    test: Floats
    train: Floats
    seen: Indices
    seconds: float
    rows: int
    note: str = ""


def anchors(
    features_train: Features,
    y_train: npt.NDArray[np.number],
    features_valid: Features,
    features_test: Features,
    *,
    task: str,
    n_classes: int,
    seed: int,
    time_s: float | None,
) -> list[Anchor]:
    """Fit the anchors that the rows allow: a constant always, the others if they can be.

    Args:
        features_train: the training rows; NaN and infinities are harmless.
        y_train: (N,) class index, or a number in target units.
        features_valid: the validation rows.
        features_test: the test rows.
        task: binary, multiclass or regression.
        n_classes: all of them, also those without a training row.
        seed: of the rows that are held back inside, and of the sample of a large table.
        time_s: seconds of the whole run, of which the anchors take about a tenth; None gives them
            eight seconds. Where the rows are too many for that they learn from a sample and say so.
    """
    train = TrainingRows(features_train, y_train, 0 if task == "regression" else n_classes, seed)
    judged = (features_valid, features_test)
    budget_s = DEFAULT_S if time_s is None else TIME_SHARE * time_s
    linear = "Ridge regression" if task == "regression" else "Logistic regression"
    found = [_anchor("constant", "Constant guess", train, len(train), 0.0, _fit_constant, judged)]
    for name, label, share, max_rows, fit in (
        ("linear", linear, LINEAR_SHARE, linear_rows, fit_linear),
        ("boosted_trees", "Boosted trees", 1 - LINEAR_SHARE, trees_rows, fit_trees),
    ):
        most = max_rows(train, sum(map(len, judged)), share * budget_s)
        if not most:
            continue
        try:
            found.append(_anchor(name, label, train, most, share * budget_s, fit, judged))
        except (ValueError, ArithmeticError, MemoryError, np.linalg.LinAlgError) as error:
            if stop := stop_behind(error):
                raise stop from None
            # An anchor is there to compare with; without it the run is still worth finishing.
            warnings.warn(f"{label} could not be fitted: {error}", RuntimeWarning, stacklevel=2)
    return found


def _anchor(
    name: str,
    label: str,
    train: TrainingRows,
    max_rows: int,
    budget_s: float,
    fit: Fit,
    judged: tuple[Features, Features],
) -> Anchor:
    begun = time.perf_counter()
    rows = train.drawn(max_rows)
    sample = train.take(rows)
    seen = sample.drawn(MAX_SEEN)
    with _calm():
        predict = fit(sample, budget_s)
        valid, test = (predict(features) for features in judged)
        again = predict(sample.features.take(seen))
    note = ""
    if len(rows) < len(train):
        note = f"learnt from {len(rows):,} of {len(train):,} rows, to keep to its time"
    seconds = time.perf_counter() - begun
    return Anchor(name, label, valid, test, again, rows[seen], seconds, len(rows), note)


@contextmanager
def _calm() -> Iterator[None]:
    """No warnings: that a solver stopped early is no news to who asked for the network."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _fit_constant(train: TrainingRows, budget_s: float) -> Predict:
    """The mean, or the share of each class, whatever the row."""
    if not train.n_classes:
        mean = float(train.y.mean())
        return lambda features: np.full(len(features), mean)
    prior = train.prior()
    return lambda features: np.tile(prior, (len(features), 1))
