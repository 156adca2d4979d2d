"""Planted leaks are named with evidence, and honest columns are left in peace."""

import numpy as np
import polars as pl
import pytest

from bestfit.cleaners import prepare
from bestfit.cleaners.strength import Goal, strength
from bestfit.table import Table

N = 600
RNG = np.random.default_rng(0)
TOWN = RNG.integers(0, 12, N)
X = RNG.normal(size=(N, 3))
SCORE = X[:, 0] + 0.5 * TOWN / 12 + RNG.normal(size=N)
SOLD = np.quantile(SCORE, 0.7) < SCORE


def frame(task="binary"):
    y = [("yes" if s else "no") for s in SOLD] if task == "binary" else (100 + 10 * SCORE).tolist()
    columns = {f"x{i}": X[:, i] for i in range(3)} | {"town": [f"town {t}" for t in TOWN]}
    return pl.DataFrame({**columns, "y": y})


def leaks(table, target="y"):
    found = prepare(Table(table), target).profile["warnings"]
    return {w["column"]: w for w in found if w["name"] == "data_leakage"}


def mean_by_town(y):
    return (np.bincount(TOWN, y) / np.bincount(TOWN))[TOWN]


def left_one_out(y):
    total, rows = np.bincount(TOWN, y)[TOWN], np.bincount(TOWN)[TOWN]
    return (total - y) / (rows - 1)


def smoothed(y):
    total, rows = np.bincount(TOWN, y)[TOWN], np.bincount(TOWN)[TOWN]
    return (total + 10 * y.mean()) / (rows + 10)


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_honest_tables_raise_no_alarm(task):
    assert leaks(frame(task)) == {}


@pytest.mark.parametrize("task", ["binary", "regression"])
@pytest.mark.parametrize(("of", "with_town"), [
    (mean_by_town, True), (left_one_out, True), (smoothed, True), (mean_by_town, False),
])  # fmt: skip
def test_a_mean_of_the_target_over_all_rows_is_named(task, of, with_town):
    table = frame(task)
    y = SOLD.astype(float) if task == "binary" else table["y"].to_numpy()
    table = table.with_columns(pl.Series("risk", of(y)))
    if not with_town:
        table = table.drop("town")
    what = leaks(table)["risk"]["what"]
    assert "mean of the target" in what and ("by 'town'" in what) == with_town


def test_columns_scaled_or_filled_by_all_rows_are_named():
    x = RNG.gamma(2.0, 3.0, N)
    gaps = RNG.random(N) < 0.1
    filled = np.where(gaps, x[~gaps].mean(), x)
    table = frame().with_columns(z=(x - x.mean()) / x.std(), filled=filled)
    found = leaks(table)
    assert found.keys() == {"z", "filled"} and found["filled"]["evidence"]["cells"] == gaps.sum()


@pytest.mark.parametrize("ids", ["number", "text"])
def test_an_id_in_the_order_of_the_target_is_named(ids):
    table = frame().sort("y")
    own = np.arange(N) + 1000
    column = own if ids == "number" else [f"K{i}" for i in own]
    table = table.with_columns(pl.Series("record_id", column)).sample(N, shuffle=True, seed=1)
    assert "order of 'record_id'" in leaks(table)["record_id"]["what"]


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_near_copy_is_named(noise):
    wrong = RNG.random(N) < noise
    copy = np.where(wrong != SOLD, 1.0, 0.0) + RNG.normal(0, 0.1, N)
    assert leaks(frame().with_columns(late=copy)).keys() == {"late"}
    y = frame("regression")["y"].to_numpy()
    near = frame("regression").with_columns(late=y * RNG.normal(1, noise / 10 + 1e-4, N))
    assert leaks(near).keys() == {"late"}


@pytest.mark.parametrize(("sign", "parts"), [
    ("+", lambda y, p: (p, y - p)), ("-", lambda y, p: (y + p, p)),
    ("×", lambda y, p: (y / p, p)), ("/", lambda y, p: (y * p, p)),
])  # fmt: skip
def test_two_columns_that_make_the_target_are_named(sign, parts):
    table = frame("regression")
    a, b = parts(table["y"].to_numpy(), RNG.uniform(1, 50, N))
    found = leaks(table.with_columns(a=a, b=b))
    assert f"'a' {sign} 'b'" in found["a"]["what"]


def test_what_happens_afterwards_is_named_by_its_name_and_what_it_tells():
    later = SCORE + RNG.normal(0, 0.7, N)
    assert leaks(frame().with_columns(call_duration=later)).keys() == {"call_duration"}
    assert leaks(frame().with_columns(call_volume=later)) == {}


def test_rows_of_one_patient_are_named_with_what_to_do():
    patients = [f"P{k}" for k in RNG.integers(0, 150, N)]
    found = leaks(frame().with_columns(patient_id=pl.Series(patients)))
    assert "--group patient_id" in found["patient_id"]["what"]


def test_copies_under_ids_of_their_own_are_left_out_and_counted():
    table = pl.concat([frame(), frame()[:50]]).with_columns(id=pl.Series(np.arange(N + 50)))
    cleaned = prepare(Table(table), "y")
    assert sum(c.rows for c in cleaned.changes if "but for their id" in c.what) == 50


def test_rows_alike_under_two_labels_are_counted():
    turned = frame()[:20].with_columns(pl.col("y").replace({"yes": "no", "no": "yes"}))
    found = prepare(Table(pl.concat([frame(), turned])), "y").profile["warnings"]
    noise = [w for w in found if w["name"] == "label_noise"]
    assert noise[0]["evidence"] == {"rows": 40}


@pytest.mark.parametrize("goal", [pl.Series(np.where(SOLD, "a", "b")), pl.Series(SCORE)])
def test_strength_lies_between_nothing_and_all(goal):
    told = Goal.of(goal)
    assert strength(pl.Series(RNG.normal(size=N)), told) < 0.05
    assert strength(pl.Series(RNG.choice(list("abcdefgh"), N)), told) < 0.05
    assert strength(goal.rank("average"), told) > 0.99
    assert strength(pl.Series([1.0] * N), told) == 0
