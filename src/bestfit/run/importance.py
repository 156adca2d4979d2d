"""Which columns the model leans on: how much worse it gets when one is shuffled.

Permutation importance: Breiman, "Random Forests", Mach. Learn. 45, 2001.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from ..metrics import Interval, Metric, percentiles, resampled_scores
from ..rng import stream
from ..table import Table, Target
from .rows import labels

__all__ = ["MAX_ROWS", "Importance", "importance", "most_rows"]

DRAWS = 100
LEVEL = 0.95
REPEATS, MAX_ROWS, MIN_ROWS = 3, 2_000, 200
BLOCK_ROWS = 20_000  # rows of one call of the model


class Importance(NamedTuple):
    """How much the metric loses without what a column says: 0 is nothing, below is chance."""

    column: str
    mean: float
    low: float
    high: float


def importance(
    predict: Callable[[Table], npt.NDArray[np.floating]],
    table: Table,
    target: Target,
    metric: Metric,
    seed: int,
    columns: Sequence[str],
    repeats: int = REPEATS,
    max_rows: int = MAX_ROWS,
) -> list[Importance]:
    """Shuffle one column at a time and score again, on rows that the model did not train on.

    Where two columns say the same, each can stand in for the other and both look unimportant.

    Args:
        predict: cleaned rows to (N, C) probabilities or (N,) numbers.
        table: cleaned rows with their target.
        target: what is predicted.
        metric: what is lost.
        seed: of the rows drawn, the shuffles and the resamples; a column's shuffles depend on its
            name only.
        columns: those to shuffle.
        repeats: shuffles of a column; ≥ 1.
        max_rows: drawn from the table, if it has more.
    Returns:
        The most important column first. The interval covers the chance of rows and of shuffles.
        Nothing where the metric has no answer on these rows.
    """
    n_rows = min(table.n_rows, max_rows)
    if n_rows < table.n_rows:
        drawn = stream(seed, "importance").choice(table.n_rows, n_rows, replace=False)
        table = table.take(np.sort(drawn))
    y = labels(table.frame[target.name], target)
    whole = np.asarray(predict(table))
    if np.isnan(metric.score(whole, y)):
        return []
    shuffles = (
        (column, stream(seed, "importance", column, i).permutation(n_rows))
        for column in columns
        for i in range(repeats)
    )
    shuffled = _predicted(predict, table, shuffles)
    found = [
        Importance(column, *_loss(metric, whole, list(islice(shuffled, repeats)), y, seed))
        for column in columns
    ]
    return sorted(found, key=lambda one: -one.mean)


def most_rows(n_columns: int, n_rows: int, answer_s: float, seconds: float) -> tuple[int, float]:
    """How many rows the shuffles of so many columns may have, and the seconds they then take.

    Args:
        n_columns: each is shuffled.
        n_rows: that there are.
        answer_s: seconds that it takes to encode a row and to ask the model for it.
        seconds: to stay in, unless the fewest rows that tell anything take longer.
    """
    row_s = REPEATS * n_columns * answer_s
    rows = min(n_rows, int(min(MAX_ROWS, max(MIN_ROWS, seconds / max(row_s, 1e-12)))))
    return rows, rows * row_s


def _predicted(
    predict: Callable[[Table], npt.NDArray[np.floating]],
    table: Table,
    shuffles: Iterable[tuple[str, npt.NDArray[np.int64]]],
) -> Iterator[npt.NDArray[np.floating]]:
    """The predictions under each shuffle of a column, in order.

    A call costs by its columns more than by its rows: many shuffles are asked for at once.
    """
    at_once = max(1, BLOCK_ROWS // max(1, table.n_rows))
    waiting = iter(shuffles)
    while some := list(islice(waiting, at_once)):
        frames = [table.frame.with_columns(table.frame[c].gather(order)) for c, order in some]
        stacked = np.asarray(predict(Table(pl.concat(frames), origin=table.origin)))
        yield from np.split(stacked, len(frames))


def _loss(
    metric: Metric,
    whole: npt.NDArray[np.floating],
    shuffled: list[npt.NDArray[np.floating]],
    y: npt.NDArray[np.number],
    seed: int,
) -> Interval:
    """Mean, low and high of what the metric loses."""
    before = metric.score(whole, y)
    mean = float(np.mean([metric.gain(before, metric.score(p, y)) for p in shuffled]))
    judged = [(metric, prediction) for prediction in (whole, *shuffled)]
    scores, shrink = resampled_scores(judged, y, seed, DRAWS)
    # Each resample of the rows also resamples the shuffles.
    random = stream(seed, "importance", "shuffles")
    pick = random.integers(0, len(shuffled), (len(shuffled), DRAWS))
    lost = scores[0] - np.take_along_axis(scores[1:], pick, axis=0).mean(axis=0)
    return percentiles(mean, lost if metric.higher_is_better else -lost, shrink, LEVEL)
