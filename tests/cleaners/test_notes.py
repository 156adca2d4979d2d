"""What a careful reader would point at is noted, and an ordinary table gets no note."""

import numpy as np
import polars as pl
import pytest

from bestfit.cleaners import prepare
from bestfit.table import Table

N = 800
RNG = np.random.default_rng(3)
PLAIN = {
    "a": RNG.normal(50, 5, N),
    "b": RNG.normal(20, 4, N),
    "town": RNG.choice(["Rome", "Paris", "Berlin"], N).tolist(),
    "y": RNG.choice(["yes", "no"], N).tolist(),
}
AMOUNT = RNG.normal(100, 15, N)
RAW = RNG.uniform(10, 90, N)


def notes(target="y", **more):
    found = prepare(Table(pl.DataFrame({**PLAIN, **more})), target).profile["notes"]
    return {(note["name"], *note["columns"]) for note in found}


def with_some(x, value, n):
    x = np.array(x, dtype=float)
    x[RNG.choice(N, n, replace=False)] = value
    return x


def test_an_ordinary_table_gets_no_note():
    assert notes() == set()


@pytest.mark.parametrize(("column", "cells", "name"), [
    ("c", with_some(AMOUNT, 1e5, 3), "outliers"),
    ("c", with_some(AMOUNT, 0, 4), "impossible_values"),
    ("age", with_some(AMOUNT, -3, 2), "negative_values"),
    ("c", np.minimum(AMOUNT, 120), "capped"),
    ("c", RNG.integers(1, 6, N).astype(float), "codes"),
    ("dep_time", (RNG.integers(0, 24, N) * 100 + RNG.integers(0, 60, N)).astype(float),
     "clock_times"),
    ("fnlwgt", RNG.gamma(2, 500, N), "weight"),
    ("c", [None if u < 0.7 else u for u in RNG.random(N)], "mostly_missing"),
    ("c", [f"level {i}" for i in RNG.integers(0, 90, N)], "many_levels"),
    ("c", RNG.choice(["low", "medium", "high"], N).tolist(), "ordered_levels"),
    ("c", ["Müenchen"] * 10 + RNG.choice(["Muenchen", "Köln"], N - 10).tolist(), "near_spellings"),
    ("c", ["Stutgart"] * 3 + RNG.choice(["Stuttgart", "Kassel"], N - 3).tolist(),
     "near_spellings"),
    ("c", ["white"] * 500 + ["red"] * (N - 500), "sorted_rows"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_what_is_odd_in_one_column_is_noted(column, cells, name):
    assert notes(**{column: cells}) == {(name, column)}


@pytest.mark.parametrize(
    "pair", [("<18 years", "18+ years"), ("type 1", "type 2"), ("art", "cart")]
)
def test_levels_that_mean_something_else_are_no_near_spellings(pair):
    cells = RNG.choice(pair, N, p=[0.05, 0.95]).tolist()
    assert notes(c=cells) == set()


def test_columns_that_are_alike_are_noted():
    assert ("similar_columns", "a", "twice") in notes(twice=2 * PLAIN["a"] + RNG.normal(0, 0.1, N))
    tiny = RNG.normal(0, 1e-4, N)
    assert ("scales", "tiny", "large") in notes(tiny=tiny, large=RNG.normal(0, 10, N))
    out = RNG.random(N) < 0.2
    same = {f"s{i}": np.where(out, "no service", RNG.choice(["yes", "no"], N)) for i in range(3)}
    assert ("repeated_level", "s0", "s1", "s2") in notes(**same)


def test_ones_beside_yes_and_no_are_noted():
    words = {f"w{i}": RNG.choice(["Yes", "No"], N) for i in range(2)}
    found = notes(**words, senior=RNG.integers(0, 2, N).astype(float))
    assert ("mixed_spellings", "senior") in found


@pytest.mark.parametrize(("y", "name"), [
    (RNG.lognormal(0, 2, N), "skewed_target"),
    (np.clip(RNG.normal(6, 1, N).round(), 3, 9), "ordinal_target"),
    (RNG.negative_binomial(3, 0.2, N).astype(float), "count_target"),
    (np.sort(RNG.normal(size=N)), "sorted_rows"),
])  # fmt: skip
def test_what_is_odd_of_a_target_is_noted(y, name):
    assert (name, "quality") in notes("quality", quality=y)


def test_a_name_like_the_targets_is_noted():
    found = notes("arr_delay", arr_delay=RNG.normal(size=N), arr_time=RNG.normal(size=N))
    assert ("named_like_target", "arr_time") in found


def test_rows_nearly_equal_are_noted():
    frame = pl.DataFrame({**PLAIN, "c": RNG.normal(size=N)})
    again = frame[:40].with_columns(a=pl.col("a") + 1e-4)
    found = prepare(Table(pl.concat([frame, again])), "y").profile["notes"]
    assert [n["name"] for n in found] == ["near_copies"]
