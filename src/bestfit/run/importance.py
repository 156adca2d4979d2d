"""Which columns the model leans on: how much worse it gets when one is shuffled.

Permutation importance: Breiman, "Random Forests", Mach. Learn. 45, 2001.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..metrics import Interval, Metric, percentiles, resampled_scores
from ..rng import stream
from ..transforms import Features, Places

__all__ = ["MAX_ROWS", "Importance", "importance", "most_rows"]

DRAWS = 100
LEVEL = 0.95
REPEATS, MAX_ROWS, MIN_ROWS = 3, 2_000, 200
MAX_COLUMNS = 60  # that are weighed; of more, those whose shuffle moves the answers most
SCREEN_ROWS = 16
BLOCK_ROWS, BLOCK_BYTES = 20_000, 256 << 20  # of one call of the model


class Importance(NamedTuple):
    """How much the metric loses without what a column says: 0 is nothing, below is chance."""

    column: str
    mean: float
    low: float
    high: float


def importance(
    predict: Callable[[Features], npt.NDArray[np.floating]],
    features: Features,
    y: npt.NDArray[np.number],
    places: Mapping[str, Places],
    metric: Metric,
    seed: int,
    repeats: int = REPEATS,
    max_rows: int = MAX_ROWS,
) -> list[Importance]:
    """Shuffle one column at a time and score again, on rows that the model did not train on.

    Where two columns say the same, each can stand in for the other and both look unimportant. Of
    more than sixty columns those are weighed whose shuffle moves a few answers most.

    Args:
        predict: features to (N, C) probabilities or (N,) numbers.
        features: rows that the model did not train on.
        y: (N,) class index or number of each.
        places: of the columns to shuffle, where in the features each one stands.
        metric: what is lost.
        seed: of the rows drawn, the shuffles and the resamples; a column's shuffles depend on its
            name only.
        repeats: shuffles of a column; ≥ 1.
        max_rows: drawn from the rows, if there are more.
    Returns:
        The most important column first. The interval covers the chance of rows and of shuffles.
        Nothing where the metric has no answer on these rows.
    """
    n_rows = min(len(features), max_rows)
    if n_rows < len(features):
        drawn = stream(seed, "importance").choice(len(features), n_rows, replace=False)
        features, y = features.take(np.sort(drawn)), y[np.sort(drawn)]
    whole = np.asarray(predict(features))
    if len(places) > MAX_COLUMNS:
        places = _moving(predict, features.take(np.arange(min(n_rows, SCREEN_ROWS))), places, seed)
    if np.isnan(metric.score(whole, y)):
        return []
    shuffles = (
        (places[column], stream(seed, "importance", column, i).permutation(n_rows))
        for column in places
        for i in range(repeats)
    )
    shuffled = _predicted(predict, features, shuffles)
    found = [
        Importance(column, *_loss(metric, whole, list(islice(shuffled, repeats)), y, seed))
        for column in places
    ]
    return sorted(found, key=lambda one: -one.mean)


def _moving(
    predict: Callable[[Features], npt.NDArray[np.floating]],
    features: Features,
    places: Mapping[str, Places],
    seed: int,
) -> dict[str, Places]:
    """The columns whose shuffle moves the answers most."""
    whole = np.asarray(predict(features))
    shuffle = stream(seed, "importance", "screen").permutation(len(features))
    shuffled = _predicted(predict, features, ((place, shuffle) for place in places.values()))
    moved = [float(np.abs(some - whole).mean()) for some in shuffled]
    most = sorted(zip(moved, places, strict=True), key=lambda pair: -pair[0])[:MAX_COLUMNS]
    return {column: places[column] for _, column in most}


def most_rows(n_columns: int, n_rows: int, answer_s: float, seconds: float) -> tuple[int, float]:
    """How many rows the shuffles of so many columns may have, and the seconds they then take.

    Args:
        n_columns: each is shuffled.
        n_rows: that there are.
        answer_s: seconds that it takes to ask the model for a row.
        seconds: to stay in, unless the fewest rows that tell anything take longer.
    """
    screen_s = n_columns * SCREEN_ROWS * answer_s if n_columns > MAX_COLUMNS else 0.0
    row_s = REPEATS * min(n_columns, MAX_COLUMNS) * answer_s
    left_s = seconds - screen_s
    rows = min(n_rows, int(min(MAX_ROWS, max(MIN_ROWS, left_s / max(row_s, 1e-12)))))
    return rows, screen_s + rows * row_s


def _predicted(
    predict: Callable[[Features], npt.NDArray[np.floating]],
    features: Features,
    shuffles: Iterable[tuple[Places, npt.NDArray[np.int64]]],
) -> Iterator[npt.NDArray[np.floating]]:
    """The predictions under each shuffle of a column, in order; many are asked for at once."""
    n_rows = len(features)
    row_bytes = sum(array[:1].nbytes for array in features.arrays)
    at_once = max(1, min(BLOCK_ROWS, BLOCK_BYTES // max(1, row_bytes)) // max(1, n_rows))
    waiting = iter(shuffles)
    while some := list(islice(waiting, at_once)):
        tiled = features.take(np.tile(np.arange(n_rows), len(some)))
        for i, (place, order) in enumerate(some):
            rows = slice(i * n_rows, (i + 1) * n_rows)
            for name in Places._fields:
                columns, out = getattr(place, name), getattr(tiled, name)
                if len(columns):
                    out[rows, columns] = getattr(features, name)[np.ix_(order, columns)]
        yield from np.split(np.asarray(predict(tiled)), len(some))


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
