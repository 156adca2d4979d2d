"""Many columns and few rows: how many columns a smooth model can bear.

Networks, unlike trees, take every column into every unit; of columns that say nothing each adds its
noise. Columns are ranked, and a kernel ridge regression, which bears as little, says on other rows
how many of the first it wants.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..rng import stream
from .base import selector
from .forest import Forest

__all__ = ["Thinned", "is_wide", "ranked", "thinned"]

Array = npt.NDArray[Any]

MIN_COLUMNS = 50
ROWS_A_COLUMN = 10  # with more, a network learns itself which columns say nothing
MAX_ROWS = 1_200
FOLDS = 3
COUNTS = (3, 6, 12, 25, 50, 100, 200, 400, 800, 1600)
RIDGES = (0.03, 0.3)
RANKINGS = ("f", "forest")  # selectors
TREES = 100
ERRORS = 2.0  # standard errors that a gain must exceed
LEAST = 0.02  # of what all columns leave unexplained


class Thinned(NamedTuple):
    """What came of it.

    Args:
        ranking: the selector by which the columns were ranked.
        scores: of each column by it.
        k: so few columns do best on rows held back.
        share: of the unexplained squares that they save.
        sure: whether that is beyond chance.
    """

    ranking: str
    scores: dict[str, float]
    k: int
    share: float
    sure: bool


def is_wide(n_columns: int, n_rows: int) -> bool:
    """Whether there are so many columns for the rows that some may have to go."""
    return n_columns >= MIN_COLUMNS and n_rows < ROWS_A_COLUMN * n_columns


def thinned(
    x: Array, y: Array, places: Mapping[str, Array], seed: int, trees: int = TREES
) -> Thinned:
    """How many columns stay, by which ranking.

    Args:
        x: (N, F) training rows as numbers.
        y: (N,) class index (int) or amounts (float).
        places: of each column, its positions among the F.
        seed: of the rows that are drawn where there are many, and of the folds.
        trees: of the forest that ranks.
    """
    some = np.sort(stream(seed, "thinning").permutation(len(y))[:MAX_ROWS])
    x, y = x[some], y[some]
    spread = x.std(axis=0)
    z, goal = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0), _goal(y)
    fold = stream(seed, "thinning", 1).permutation(len(y)) % FOLDS
    counts = [k for k in COUNTS if k <= len(places) // 2]
    lost = {(name, k): np.zeros(len(y)) for name in RANKINGS for k in counts}
    whole = np.zeros(len(y))
    for held in range(FOLDS):
        teach, judge = fold != held, fold == held
        whole[judge] = _lost(z, goal, teach, judge)
        for name in RANKINGS:
            order = ranked(_scores(name, x[teach], y[teach], places, trees))
            for k in counts:
                columns = [at for column in order[:k] for at in places[column]]
                lost[name, k][judge] = _lost(z[:, columns], goal, teach, judge)
    (name, k), least = min(lost.items(), key=lambda item: item[1].mean())
    k = max(n for n in counts if not _worse(lost[name, n], least))
    gain = whole - lost[name, k]
    share = float(gain.mean() / max(whole.mean(), 1e-12))
    beyond = gain.mean() > ERRORS * float(gain.std()) / np.sqrt(len(gain)) and share > LEAST
    scores = _scores(name, x, y, places, trees)
    return Thinned(name, scores, k, share, bool(beyond))


def _worse(lost: Array, least: Array) -> bool:
    """By more than a standard error of the difference."""
    more = lost - least
    return bool(more.mean() > float(more.std()) / np.sqrt(len(more)))


def _scores(
    name: str, x: Array, y: Array, places: Mapping[str, Array], trees: int
) -> dict[str, float]:
    """Of each column: that of its best number."""
    with np.errstate(divide="ignore", invalid="ignore"):  # a constant column has no F
        chosen = Forest(trees=trees) if name == Forest.name else selector[name]()
        found = np.nan_to_num(chosen.scores(x, y))
    return {column: float(max(found[at] for at in spots)) for column, spots in places.items()}


def ranked(scores: Mapping[str, float]) -> list[str]:
    """Columns, the one of the largest score first."""
    return sorted(scores, key=lambda column: -scores[column])


def _goal(y: Array) -> Array:
    """(N, T): amounts of spread 1, or a column for each class."""
    if y.dtype.kind == "f":
        return np.asarray((y - y.mean()) / (y.std() or 1.0))[:, None]
    return np.asarray(np.eye(int(y.max()) + 1)[y])


def _lost(z: Array, goal: Array, teach: Array, judge: Array) -> Array:
    """(J,) squared errors of kernel ridge regression, with the better of two penalties."""
    from scipy.linalg import cho_factor, cho_solve

    a, b = z[teach], z[judge]
    squares = (a**2).sum(axis=1)
    near = np.exp(-np.maximum(squares[:, None] + squares - 2 * a @ a.T, 0) / z.shape[1])
    away = (b**2).sum(axis=1)[:, None] + squares - 2 * b @ a.T
    other = np.exp(-np.maximum(away, 0) / z.shape[1])
    mean = goal[teach].mean(axis=0)
    each = []
    for ridge in RIDGES:
        weight = cho_solve(cho_factor(near + ridge * np.eye(len(a))), goal[teach] - mean)
        each.append(((other @ weight + mean - goal[judge]) ** 2).sum(axis=1))
    return np.asarray(min(each, key=lambda lost: float(lost.mean())))
