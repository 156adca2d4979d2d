"""Who is better, and who only seems to be: the arms of a comparison judged on other rows."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..metrics import Interval, Metric, percentiles, resampled_scores
from ..rng import stream
from .arms import Arm
from .course import Course

__all__ = ["ranked"]

DRAWS = 400


def ranked(
    arms: Sequence[Arm], courses: Sequence[Course], metric: Metric, y: np.ndarray, seed: int
) -> list[dict[str, Any]]:
    """Each arm at its best step size, from best to worst.

    Step size and look were chosen on one half of the validation rows; scores and differences are
    of the other half. Rows and seeds are drawn again, the same for all arms, so that what is easy
    or lucky for all cancels out. An arm whose difference from the first may be nothing is tied
    with it.

    Args:
        arms: of the comparison.
        courses: of all arms, step sizes and seeds.
        metric: decides.
        y: (N,) targets of the half that judges.
        seed: of the resamples.
    """
    rows = [_chosen(arm, [c for c in courses if c.arm.name == arm.name], metric) for arm in arms]
    judged = [(row, c) for row in rows for c in row["courses"] if c.best >= 0]
    drawn: dict[str, np.ndarray] = {}
    shrink = 1.0
    if judged:
        pairs = [(metric, c.judged) for _, c in judged]
        scores, shrink = resampled_scores(pairs, y, seed, DRAWS)
        seeds = stream(seed, "seeds")
        n = max(len(row["courses"]) for row in rows)
        picks = seeds.integers(0, n, (DRAWS, n))
        for row in rows:
            own = np.array([s for s, (r, _) in zip(scores, judged, strict=True) if r is row])
            if len(own):
                drawn[row["name"]] = own[picks % len(own), np.arange(DRAWS)[:, None]].mean(axis=1)
    for row in rows:
        each = [metric.score(c.judged, y) for c in row["courses"] if c.best >= 0]
        value = float(np.mean(each)) if len(each) == len(row["courses"]) else math.nan
        found = drawn.get(row["name"])
        interval = Interval(value, math.nan, math.nan)
        if found is not None and math.isfinite(value):
            interval = percentiles(value, found, shrink, 0.95)
        row |= {"score": interval, "seeds": each}
    sign = 1.0 if metric.higher_is_better else -1.0
    rows.sort(key=lambda r: -sign * r["score"].value if math.isfinite(r["score"].value) else np.inf)
    first = rows[0]
    for place, row in enumerate(rows):
        row["place"] = place + 1
        row["behind"] = _behind(first, row, drawn, sign, shrink)
        row["tied"] = row is first or (math.isfinite(row["behind"].low) and row["behind"].low <= 0)
    return rows


def _chosen(arm: Arm, courses: Sequence[Course], metric: Metric) -> dict[str, Any]:
    """An arm with the step size that is best on the half that chooses, over all seeds."""
    sign = 1.0 if metric.higher_is_better else -1.0
    by_rate = []
    for rate in range(len(arm.rates)):
        own = [c for c in courses if c.rate == rate]
        best = [c.scores[c.best] if c.best >= 0 else math.nan for c in own]
        by_rate.append(float(np.mean(best)))
    usable = [-np.inf if math.isnan(s) else sign * s for s in by_rate]
    rate = int(np.argmax(usable))
    return {
        "name": arm.name, "lr": arm.rates[rate], "rate": rate, "rates": list(arm.rates),
        "by_rate": by_rate, "courses": [c for c in courses if c.rate == rate],
        "at_edge": len(arm.rates) > 1 and rate in (0, len(arm.rates) - 1),
    }  # fmt: skip


def _behind(
    first: dict[str, Any], row: dict[str, Any], drawn: dict[str, np.ndarray], sign: float,
    shrink: float,
) -> Interval:  # fmt: skip
    """By how much an arm is behind the first; positive is worse."""
    value = sign * (first["score"].value - row["score"].value)
    a, b = drawn.get(first["name"]), drawn.get(row["name"])
    if a is None or b is None or not math.isfinite(value):
        return Interval(math.nan, math.nan, math.nan)
    return percentiles(value, sign * (a - b), shrink, 0.95)
