"""How good a model is on new rows whose labels are known."""

import math

import numpy as np
import polars as pl

from ..bundle import Predictor
from ..errors import SchemaError, TargetError
from ..metrics import Interval, interval, scores
from ..table import Table, Target

__all__ = ["evaluate"]

SEED = 0  # of the resamples behind the intervals; the same rows give the same intervals


def evaluate(predictor: Predictor, table: Table) -> dict[str, object]:
    """Every metric of the task with its interval.

    Args:
        predictor: the model.
        table: raw rows with the column that is predicted.
    Returns:
        ``rows`` that were judged, ``unlabelled`` rows that were left out, ``sample_of`` how many
        rows where the table is too large for memory, and for each metric
        ``value``, ``low`` and ``high``, or None where it has no answer on these rows.
    Raises:
        SchemaError: a column is missing, the target among them.
        TargetError: no row has a label, or a label was never seen in training.
    """
    target = predictor.target
    if target.name not in table.columns:
        raise SchemaError("no column with the labels", where=target.name, hint="bestfit predict")
    cleaned = predictor.plan.replay(table).frame
    labelled = cleaned.filter(pl.col(target.name).is_not_null())
    if not labelled.height:
        raise TargetError("no row has a label", where=target.name)
    truth = labels(labelled[target.name], target)
    prediction = predictor.values(labelled)
    result: dict[str, object] = {
        "rows": labelled.height,
        "unlabelled": cleaned.height - labelled.height,
    }
    if table.stored is not None:
        result["sample_of"] = table.stored.n_rows
    for metric in scores(target.task):
        result[metric.name] = plain(interval(metric, prediction, truth, SEED))
    return result


def labels(column: pl.Series, target: Target) -> np.ndarray:
    """(N,) class numbers, or numbers in target units.

    >>> labels(pl.Series(["b", "a"]), Target("y", "binary", ("a", "b"))).tolist()
    [1, 0]
    """
    if not target.classes:
        return column.cast(pl.Float64).to_numpy()
    unseen = column.filter(~column.is_in(target.classes)).unique().sort()
    if len(unseen):
        raise TargetError(
            f"{unseen[0]!r} was no label in training",
            where=target.name,
            hint=f"one of {', '.join(target.classes[:5])}",
        )
    codes = {label: code for code, label in enumerate(target.classes)}
    return column.replace_strict(codes, return_dtype=pl.Int64).to_numpy()


def plain(score: Interval) -> dict[str, float] | None:
    """An interval as JSON; None where the metric has no answer."""
    return score._asdict() if all(map(math.isfinite, score)) else None
