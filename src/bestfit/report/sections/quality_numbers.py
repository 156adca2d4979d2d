"""Pictures of a regression: predicted against true, and the errors."""

import numpy as np
import polars as pl

from ..measures import Floats
from ..plots import Frame, axes, bars, cells, clipped, dots, frame_of, picture, rule
from ..run_data import RunData
from ..scales import Scale, linear
from ..svg import tag
from ..text import compact, cut, plural, share

__all__ = ["number_pictures"]

FEW = 700  # so many points are drawn one by one; more of them as a heat map
GRID = (40, 30)


def number_pictures(run: RunData, rows: pl.DataFrame) -> dict[str, object]:
    """Predicted against true, errors against predictions, and how errors are spread."""
    pair = rows.select(
        pl.col("target").cast(pl.Float64, strict=False).alias("truth"),
        pl.col("prediction").cast(pl.Float64, strict=False).alias("said"),
    ).drop_nulls()
    pair = pair.filter(pl.all_horizontal(pl.all().is_finite()))
    if not pair.height:
        return {}
    truth, said = pair["truth"].to_numpy(), pair["said"].to_numpy()
    error = said - truth
    target = cut(run.target, 32)
    size = np.abs(error)
    half, most = (float(np.quantile(size, part)) for part in (0.5, 0.9))
    return {
        "half": compact(half),
        "most": compact(most),
        "spread": compact(float(np.std(truth))),
        "bias": bias_words(error, target),
        "truth": truth_plot(truth, said, target),
        "residuals": residual_plot(said, error, target),
        "errors": error_histogram(error, half),
    }


def bias_words(error: Floats, target: str) -> str:
    """Whether predictions lean to one side, beyond what chance explains."""
    mean = float(error.mean())
    noise = 1.96 * float(error.std()) / max(len(error), 1) ** 0.5
    if abs(mean) <= noise:
        return "On average the predictions are neither too high nor too low."
    side = "high" if mean > 0 else "low"
    return f"On average the predictions are too {side} by {compact(abs(mean))}."


def _limits(*arrays: Floats) -> Scale:
    """A scale for nearly all values: a handful of extremes must not squeeze the rest."""
    both = np.concatenate(arrays)
    low, high = np.quantile(both, [0.002, 0.998]).tolist()
    inside = both[(both >= low - (high - low)) & (both <= high + (high - low))]
    return linear([float(inside.min()), float(inside.max())], 0, 1)


def truth_plot(truth: Floats, said: Floats, target: str) -> str:
    """Perfect predictions would lie on the diagonal."""
    scale = _limits(truth, said)
    frame = frame_of(scale, scale, height=330)
    ends = {
        "x1": frame.x(scale.low),
        "y1": frame.y(scale.low),
        "x2": frame.x(scale.high),
        "y2": frame.y(scale.high),
    }
    correlation = float(np.corrcoef(truth, said)[0, 1]) if np.ptp(truth) and np.ptp(said) else 0.0
    return picture(
        frame,
        f"Predicted against true {target}: correlation {correlation:.3f}.",
        axes(frame, f"true {target}", f"predicted {target}"),
        clipped(frame, crowd(frame, truth, said), tag("line", **ends, class_="rule strong")),
    )


def residual_plot(said: Floats, error: Floats, target: str) -> str:
    """A shape in this cloud is something the model has not learnt."""
    frame = frame_of(_limits(said), _limits(error), height=330)
    correlation = float(np.corrcoef(said, np.abs(error))[0, 1]) if np.ptp(said) else 0.0
    trend = "grow" if correlation > 0.2 else "shrink" if correlation < -0.2 else "stay alike"
    return picture(
        frame,
        f"Errors against predicted {target}: they {trend} towards larger predictions.",
        axes(frame, f"predicted {target}", "error: predicted − true"),
        clipped(frame, crowd(frame, said, error)),
        rule(frame, 0.0, "", vertical=False, class_="rule strong"),
    )


def crowd(frame: Frame, xs: Floats, ys: Floats) -> str:
    """Dots while they can be told apart, else a grid shaded by how many rows lie in a cell."""
    if len(xs) <= FEW:
        points = [
            (x, y, f"{compact(x, 4)}, {compact(y, 4)}")
            for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
        ]
        return dots(frame, points, "valid see-through", 2.6)
    limits = [[frame.x.low, frame.x.high], [frame.y.low, frame.y.high]]
    counts, x_edges, y_edges = np.histogram2d(xs, ys, bins=GRID, range=limits)
    shades = np.ceil(8 * np.sqrt(counts / counts.max())).astype(int)
    grid = [
        (x_edges[i], x_edges[i + 1], y_edges[j], y_edges[j + 1], int(shades[i, j]))
        for i, j in zip(*np.nonzero(counts), strict=True)
    ]
    return cells(frame, grid)


def error_histogram(error: Floats, half: float) -> str:
    """How the errors are spread around zero."""
    reach = float(np.quantile(np.abs(error), 0.99)) or 1.0
    counts, edges = np.histogram(error, bins=41, range=(-reach, reach))
    frame = frame_of(Scale(-reach, reach, 0, 1), linear(counts.tolist(), 0, 1, zero=True))
    columns = [
        (low, high, float(count), f"{compact(low)} to {compact(high)}: {plural(count, 'row')}")
        for low, high, count in zip(edges[:-1], edges[1:], counts.tolist(), strict=True)
    ]
    inside = share(int((np.abs(error) <= reach).sum()), len(error))
    return picture(
        frame,
        f"Histogram of errors: half of them are smaller than {compact(half)}; {inside} shown.",
        axes(frame, "error: predicted − true", "rows"),
        bars(frame, columns, "bar"),
        rule(frame, 0.0, "no error", vertical=True, class_="rule strong"),
    )
