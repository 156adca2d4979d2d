"""Permutation importance: what matters is first, what does not is at zero."""

import numpy as np
import pytest

from bestfit.metrics import metric
from bestfit.run.importance import importance, most_rows
from bestfit.transforms import Features, Places

COLUMNS = ("noise", "b", "a")


def rows(n: int = 500) -> tuple[Features, np.ndarray]:
    """Three dense columns and a code; ``a`` stands in a dense column and in the code."""
    a, b, noise = np.random.default_rng(0).normal(size=(3, n)).astype(np.float32)
    code = (a > 0).astype(np.int64)[:, None]
    return Features(np.stack([noise, b, a], axis=1), code), 3 * a + code[:, 0] + b


def places(*columns: str) -> dict[str, Places]:
    codes = {"a": [0]}
    return {
        c: Places(np.array([COLUMNS.index(c)]), np.array(codes.get(c, []), np.int64))
        for c in columns
    }


def predict(features: Features) -> np.ndarray:
    return 3 * features.dense[:, 2] + features.codes[:, 0] + features.dense[:, 1]


def run(n: int = 500, columns=COLUMNS, **options):
    return importance(
        predict, *rows(n), places(*columns), metric["rmse"](), **{"seed": 0} | options
    )


def test_the_more_a_column_says_the_higher_it_stands():
    found = run()
    assert [one.column for one in found] == ["a", "b", "noise"]
    a, b, noise = found
    # Shuffling adds twice the variance of what the column contributes.
    whole = np.std(3 * rows()[0].dense[:, 2] + rows()[0].codes[:, 0])
    assert a.mean == pytest.approx(np.sqrt(2) * whole, rel=0.1)
    assert b.mean == pytest.approx(np.sqrt(2), rel=0.1)
    assert (noise.mean, noise.low, noise.high) == (0, 0, 0)
    assert a.low < a.mean < a.high and b.high < a.low


def test_lower_and_higher_metrics_both_lose_upwards():
    features, y = rows()

    def probability(asked: Features) -> np.ndarray:
        p = 1 / (1 + np.exp(-predict(asked)))
        return np.stack([1 - p, p], axis=1)

    for name in ("auc", "log_loss"):
        some = places("a", "b", "noise")
        found = importance(probability, features, (y > 0).astype(int), some, metric[name](), 0)
        assert [one.column for one in found] == ["a", "b", "noise"]
        assert found[0].low > 0


def test_seed_and_name_decide_and_not_the_company():
    alone = run(columns=["b"])
    assert alone[0] in run()
    assert alone == run(columns=["b"])
    assert alone != run(columns=["b"], seed=1)


def test_rows_are_drawn_from_a_large_table():
    asked = []

    def watched(features: Features) -> np.ndarray:
        asked.append(len(features))
        return predict(features)

    importance(watched, *rows(3000), places("a", "b"), metric["rmse"](), 0, repeats=2, max_rows=700)
    assert asked == [700, 2800], "many columns cost few calls"


def test_large_draws_are_asked_for_in_blocks(monkeypatch):
    whole = run(columns=["a"])
    monkeypatch.setattr("bestfit.run.importance.BLOCK_ROWS", 600)
    assert run(columns=["a"]) == whole


def test_the_rows_are_left_as_they_were():
    features, y = rows()
    before = features.dense.tobytes(), features.codes.tobytes()
    importance(predict, features, y, places(*COLUMNS), metric["rmse"](), 0)
    assert (features.dense.tobytes(), features.codes.tobytes()) == before


def test_no_answer_is_no_importance():
    features, y = rows(3)[0], np.zeros(3, int)
    halves = np.full((3, 2), 0.5)
    found = importance(lambda _: halves, features, y, places("a"), metric["auc"](), 0)
    assert found == []


def test_rows_are_as_many_as_the_time_allows():
    assert most_rows(10, 5_000, 1e-4, 60.0) == (2_000, pytest.approx(6.0))
    assert most_rows(10, 5_000, 1e-4, 1.5) == (500, pytest.approx(1.5))
    assert most_rows(10, 5_000, 1e-4, 0.1)[0] == 200
    assert most_rows(10, 50, 1e-4, 60.0)[0] == 50
