"""Columns to numbers: bestfit's encoder beside scikit-learn's ColumnTransformer.

One million rows, 30 columns of numbers with gaps and 20 categories of 2 to 40 levels: gaps filled
with the median, numbers scaled, categories one-hot encoded; fitted and applied. Each side runs in a
process of its own, in turn, several rounds; medians of CPU seconds, and the peak of memory beyond
what the process had before, over the bytes of the float32 result. Last, one row at a time.

    python3 dev.py bench transforms_speed
    .venv/bin/python benchmarks/transforms_speed.py 100000 1    fewer rows, one round
"""

import json
import resource
import statistics
import subprocess
import sys
import time

import numpy as np
import polars as pl

LEVELS = (2, 5, 12, 40, 9)
SCALES = ("standard", "quantile")
SIDES = ("bestfit", "sklearn")


def table(n: int) -> pl.DataFrame:
    """The rows."""
    random = np.random.default_rng(0)
    columns: dict[str, pl.Series] = {}
    for i in range(30):
        draws = (random.normal(size=n), random.lognormal(size=n), random.integers(0, 100, n) * 1.0)
        x = draws[i % 3]
        columns[f"n{i}"] = pl.Series(np.where(random.random(n) < 0.05 * (i % 2), np.nan, x))
    for i in range(20):
        codes = pl.Series(random.integers(0, LEVELS[i % 5], n))
        columns[f"c{i}"] = "level " + codes.cast(pl.String)
    return pl.DataFrame(columns).with_columns(pl.selectors.float().fill_nan(None))


def ours(frame: pl.DataFrame, scale: str) -> dict[str, float]:
    """Fit and apply once, then one row at a time."""
    from bestfit.table import Column, Schema
    from bestfit.transforms import Encoding, fit_encoder

    kinds = {"n": "number", "c": "category"}
    schema = Schema(tuple(Column(name, kinds[name[0]]) for name in frame.columns))
    before, start = peak(), time.process_time()
    encoder, features = fit_encoder(frame, schema, Encoding(scale=scale))
    found = {"cpu_s": time.process_time() - start, "bytes": features.dense.nbytes}
    found["peak"] = peak() - before
    rows = [frame[i : i + 1] for i in range(200)]
    return found | {"row_ms": one_by_one(encoder.apply, rows)}


def theirs(frame: pl.DataFrame, scale: str) -> dict[str, float]:
    """The same with a ColumnTransformer, on a pandas frame."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, QuantileTransformer, StandardScaler

    rows = frame.to_pandas()
    scaler = (
        StandardScaler()
        if scale == "standard"
        else QuantileTransformer(output_distribution="normal", random_state=0)
    )
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), scaler)
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    both = ColumnTransformer(
        [
            ("numbers", numbers, [name for name in rows if name[0] == "n"]),
            ("categories", one_hot, [name for name in rows if name[0] == "c"]),
        ]
    )
    before, start = peak(), time.process_time()
    features = both.fit_transform(rows)
    found = {"cpu_s": time.process_time() - start, "bytes": 4.0 * features.size}
    found["peak"] = peak() - before
    few = [rows[i : i + 1] for i in range(50)]
    return found | {"row_ms": one_by_one(both.transform, few)}


def one_by_one(apply: object, rows: list) -> float:
    """The median of milliseconds a row."""
    times = []
    for row in rows:
        start = time.perf_counter()
        apply(row)  # type: ignore[operator]
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def peak() -> float:
    """Most bytes that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def main() -> int:
    """Print a line for each scaler."""
    if len(sys.argv) > 3:
        frame = table(int(sys.argv[1]))
        run = ours if sys.argv[2] == "bestfit" else theirs
        print(json.dumps(run(frame, sys.argv[3])))
        return 0
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print(f"{n:,} rows × 50 columns, medians of {rounds}")
    for scale in SCALES:
        found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
        for _ in range(rounds):
            for side in SIDES:
                command = [sys.executable, __file__, str(n), side, scale]
                found[side].append(json.loads(subprocess.check_output(command)))
        median = {
            side: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            for side, runs in found.items()
        }
        us, them = median["bestfit"], median["sklearn"]
        print(
            f"{scale:9} CPU {us['cpu_s']:.2f} s, sklearn {them['cpu_s']:.2f} s:"
            f" {us['cpu_s'] / them['cpu_s']:.2f} ×;"
            f" peak {us['peak'] / us['bytes']:.2f} × the result,"
            f" sklearn {them['peak'] / us['bytes']:.2f} ×; one row {us['row_ms']:.2f} ms,"
            f" sklearn {them['row_ms']:.1f} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
