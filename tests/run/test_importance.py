"""Permutation importance: what matters is first, what does not is at zero."""

import numpy as np
import polars as pl
import pytest

from bestfit.metrics import metric
from bestfit.run.importance import importance, most_rows
from bestfit.table import Table, Target

TARGET = Target("y", "regression")
BINARY = Target("y", "binary", ("no", "yes"))


def table_of(n: int = 500) -> Table:
    random = np.random.default_rng(0)
    a, b, noise = random.normal(size=(3, n))
    return Table(pl.DataFrame({"noise": noise, "b": b, "a": a, "y": 3 * a + b}))


def predict(table: Table) -> np.ndarray:
    return (3 * table.frame["a"] + table.frame["b"]).to_numpy()


def run(table: Table, **options):
    options = {"columns": ["noise", "b", "a"], "seed": 0} | options
    return importance(predict, table, TARGET, metric["rmse"](), **options)


def test_the_more_a_column_says_the_higher_it_stands():
    found = run(table_of())
    assert [one.column for one in found] == ["a", "b", "noise"]
    a, b, noise = found
    # Shuffling adds twice the variance of what the column contributes: √2·3 and √2·1.
    assert a.mean == pytest.approx(3 * np.sqrt(2), rel=0.1)
    assert b.mean == pytest.approx(np.sqrt(2), rel=0.1)
    assert (noise.mean, noise.low, noise.high) == (0, 0, 0)
    assert a.low < a.mean < a.high and b.high < a.low


def test_lower_and_higher_metrics_both_lose_upwards():
    table = table_of()
    sign = pl.when(table.frame["y"] > 0).then(pl.lit("yes")).otherwise(pl.lit("no"))
    table = Table(table.frame.with_columns(y=sign))

    def probability(rows: Table) -> np.ndarray:
        p = 1 / (1 + np.exp(-predict(rows)))
        return np.stack([1 - p, p], axis=1)

    for name in ("auc", "log_loss"):
        found = importance(probability, table, BINARY, metric[name](), 0, ["a", "b", "noise"])
        assert [one.column for one in found] == ["a", "b", "noise"]
        assert found[0].low > 0


def test_seed_and_name_decide_and_not_the_company():
    table = table_of()
    alone = run(table, columns=["b"])
    assert alone[0] in run(table)
    assert alone == run(table, columns=["b"])
    assert alone != run(table, columns=["b"], seed=1)


def test_rows_are_drawn_from_a_large_table():
    asked = []

    def watched(rows: Table) -> np.ndarray:
        asked.append(rows.n_rows)
        return predict(rows)

    importance(
        watched, table_of(3000), TARGET, metric["rmse"](), 0, ["a", "b"], repeats=2, max_rows=700
    )
    assert asked == [700, 2800], "many columns cost few calls"


def test_large_draws_are_asked_for_in_blocks(monkeypatch):
    whole = run(table_of(), columns=["a"])
    monkeypatch.setattr("bestfit.run.importance.BLOCK_ROWS", 600)
    assert run(table_of(), columns=["a"]) == whole


def test_the_table_is_left_as_it_was():
    table = table_of()
    before = table.digest()
    run(table)
    assert table.digest() == before


def test_no_answer_is_no_importance():
    table = Table.of({"a": [1.0, 2.0, 3.0], "y": ["no", "no", "no"]})
    halves = np.full((3, 2), 0.5)
    assert importance(lambda rows: halves, table, BINARY, metric["auc"](), 0, ["a"]) == []


def test_rows_are_as_many_as_the_time_allows():
    assert most_rows(10, 5_000, 1e-4, 60.0) == (2_000, pytest.approx(6.0))
    assert most_rows(10, 5_000, 1e-4, 1.5) == (500, pytest.approx(1.5))
    assert most_rows(10, 5_000, 1e-4, 0.1)[0] == 200
    assert most_rows(10, 50, 1e-4, 60.0)[0] == 50
