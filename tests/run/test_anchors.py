"""Anchors: right on easy rows, alike for the same seed, and never the end of a run."""

import warnings

import numpy as np
import pytest

from bestfit.metrics import metric
from bestfit.run import anchor_linear, anchor_trees
from bestfit.run.anchor_rows import TrainingRows
from bestfit.run.anchors import Anchor, anchors
from bestfit.transforms import Features


def features(n: int, width: int = 4, levels: tuple[int, ...] = (), seed: int = 0) -> Features:
    random = np.random.default_rng(seed)
    codes = np.stack([random.integers(0, k, n) for k in levels] or [np.zeros((n, 0))], axis=-1)
    dense = random.normal(size=(n, width)).astype(np.float32)
    return Features(dense, codes.reshape(n, len(levels)).astype(np.int64))


def fit(train: Features, y, judged: Features, n_classes: int, **options) -> dict[str, Anchor]:
    task = {0: "regression", 2: "binary"}.get(n_classes, "multiclass")
    options = {"seed": 0, "time_s": 20.0} | options
    found = anchors(train, y, judged, judged, task=task, n_classes=n_classes, **options)
    return {anchor.name: anchor for anchor in found}


def linear_rows(n: int, seed: int = 0):
    """Class 1 where the sum of two columns is positive: what a line can draw."""
    x = features(n, seed=seed)
    return x, (x.dense[:, 0] + x.dense[:, 1] > 0).astype(np.int64)


def checkered_rows(n: int, seed: int = 0):
    """Class 1 where two columns have the same sign: what no line can draw."""
    x = features(n, seed=seed)
    return x, (x.dense[:, 0] * x.dense[:, 1] > 0).astype(np.int64)


def auc(anchor: Anchor, y) -> float:
    return metric["auc"]().score(anchor.valid, y)


def test_each_anchor_learns_what_it_can():
    x, y = linear_rows(600)
    new, truth = linear_rows(400, seed=1)
    found = fit(x, y, new, 2)
    assert list(found) == ["constant", "linear", "boosted_trees"]
    assert auc(found["constant"], truth) == 0.5
    assert auc(found["linear"], truth) > 0.99
    assert auc(found["boosted_trees"], truth) > 0.95
    x, y = checkered_rows(600)
    new, truth = checkered_rows(400, seed=1)
    found = fit(x, y, new, 2)
    assert auc(found["linear"], truth) < 0.6
    assert auc(found["boosted_trees"], truth) > 0.95


def test_numbers_are_predicted_in_target_units():
    x = features(500)
    y = 1e9 + 1e6 * (3 * x.dense[:, 0].astype(float) - x.dense[:, 1])
    found = fit(x, y, x, 0)
    r2 = {name: metric["r2"]().score(anchor.valid, y) for name, anchor in found.items()}
    assert found["linear"].label == "Ridge regression"
    assert abs(r2["constant"]) < 1e-9
    assert r2["linear"] > 0.99 and r2["boosted_trees"] > 0.9


def test_codes_are_categories_and_not_numbers():
    """A target that hops from code to code, with more codes than the trees allow."""
    x = features(4000, width=1, levels=(400,))
    y = (x.codes[:, 0] * 7919 % 2).astype(np.int64)
    found = fit(x, y, x, 2)
    assert auc(found["boosted_trees"], y) > 0.85


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_the_same_seed_gives_the_same_answers(n_classes):
    x = features(300, levels=(5,))
    y = x.dense[:, 0] + x.codes[:, 0]
    y = y.astype(float) if not n_classes else (y * 2).astype(int) % n_classes
    one, two = (fit(x, y, x, n_classes) for _ in range(2))
    for name in one:
        assert np.array_equal(one[name].valid, two[name].valid)
        assert np.array_equal(one[name].test, two[name].test)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20, 60])
@pytest.mark.parametrize("n_classes", [0, 2, 5])
def test_tiny_tables_work(n, n_classes):
    x = features(n, levels=(3,))
    y = np.arange(n) % n_classes if n_classes else np.arange(n, dtype=float)
    for anchor in fit(x, y, features(6, levels=(9,), seed=1), n_classes).values():
        assert anchor.valid.shape == ((6, n_classes) if n_classes else (6,))
        assert np.isfinite(anchor.valid).all() and np.isfinite(anchor.test).all()
        if n_classes:
            np.testing.assert_allclose(anchor.valid.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("n_classes", [0, 2, 4])
def test_ugly_columns_are_harmless(n_classes):
    x = features(200, width=7, levels=(2,))
    x.dense[:, 0] = 3.0
    x.dense[::3, 1] = np.nan
    x.dense[:, 2] = np.nan
    x.dense[5, 3] = np.inf
    x.dense[6, 3] = -np.inf
    x.dense[7, 4] = 3e38
    x.dense[:, 5] = 1e-30 * np.arange(200)
    y = x.codes[:, 0] if n_classes == 2 else np.arange(200) % max(n_classes, 1)
    y = np.exp(np.arange(200.0) / 10) if not n_classes else y
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fit(x, y, x, n_classes)
    assert len(found) == 3
    assert all(np.isfinite(anchor.valid).all() for anchor in found.values())


def test_rare_classes_do_not_make_the_trees_diverge():
    """Twelve classes of sizes 1 to 1000, as in a table where the usual settings diverge."""
    sizes = [1, 2, 5, 10, 20, 40, 80, 150, 300, 500, 700, 1000]
    y = np.repeat(np.arange(12), sizes)
    x = features(len(y))
    x.dense[:, 0] += y
    x.dense[:, 1] += y % 3
    found = fit(x, y, x, 12)
    loss = {name: metric["log_loss"]().score(anchor.valid, y) for name, anchor in found.items()}
    assert loss["boosted_trees"] < 0.5 * loss["constant"]
    assert loss["linear"] < loss["constant"]


def test_a_class_without_training_rows_keeps_a_small_probability():
    x, y = linear_rows(100)
    for anchor in fit(x, y, x, 4).values():
        assert anchor.valid.shape == (100, 4)
        assert (anchor.valid[:, 2:] > 0).all() and anchor.valid[:, 2:].max() < 0.01
        np.testing.assert_allclose(anchor.valid.sum(axis=1), 1, atol=1e-9)


def test_without_anything_to_learn_only_the_constant_is_left():
    x = features(50)
    assert list(fit(x, np.zeros(50, dtype=int), x, 2)) == ["constant"]
    assert list(fit(x, np.ones(50), x, 0)) == ["constant"]
    none = features(50, width=0)
    assert list(fit(none, np.arange(50) % 2, none, 2)) == ["constant"]
    only_codes = features(50, width=0, levels=(2,))
    found = fit(only_codes, only_codes.codes[:, 0], only_codes, 2)
    assert list(found) == ["constant", "boosted_trees"]


def test_an_anchor_that_fails_is_left_out_and_named(monkeypatch):
    def broken(train, budget_s):
        raise MemoryError("out of memory")

    x, y = linear_rows(100)
    monkeypatch.setattr("bestfit.run.anchors.fit_trees", broken)
    with pytest.warns(RuntimeWarning, match="Boosted trees could not be fitted: out of memory"):
        assert list(fit(x, y, x, 2)) == ["constant", "linear"]


def test_many_rows_are_sampled_and_it_is_said(monkeypatch):
    monkeypatch.setattr(anchor_linear, "MAX_ROWS", 2000)
    monkeypatch.setattr(anchor_trees, "MAX_ROWS", 1500)
    x, y = linear_rows(4000)
    found = fit(x, y, features(5), 2)
    assert found["linear"].rows == 2000 and found["boosted_trees"].rows == 1500
    assert found["boosted_trees"].note == "learnt from 1,500 of 4,000 rows, to keep to its time"
    assert found["constant"].rows == 4000 and not found["constant"].note


def test_training_rows_are_predicted_again(monkeypatch):
    """So that it can be told how well an anchor knows the rows it learnt from."""
    monkeypatch.setattr("bestfit.run.anchors.MAX_SEEN", 700)
    monkeypatch.setattr(anchor_linear, "MAX_ROWS", 1200)
    x, y = linear_rows(1500)
    for anchor in fit(x, y, features(5), 2).values():
        assert len(anchor.seen) == len(set(anchor.seen)) == 700
        score = metric["auc"]().score(anchor.train, y[anchor.seen])
        assert score == 0.5 if anchor.name == "constant" else score > 0.98


def test_less_time_means_fewer_rows_and_trees():
    rows = TrainingRows(features(10), np.arange(10) % 2, 2, seed=0)
    wide = TrainingRows(features(10, width=300), np.arange(10) % 2, 2, seed=0)
    for max_rows in (anchor_linear.linear_rows, anchor_trees.trees_rows):
        assert max_rows(rows, 0, 6.0) == 100_000
        assert 1000 <= max_rows(wide, 0, 0.5) < max_rows(wide, 0, 2.0) < 100_000
    quick, slow = (anchor_trees._model(rows, s, stops=False) for s in (1e-6, 60.0))
    assert (quick.max_iter, slow.max_iter) == (50, 200)
    assert quick.learning_rate == 0.2 and slow.learning_rate == 0.1


def test_what_is_held_back_leaves_every_class_a_teacher():
    y = np.repeat([0, 1, 2], [5, 30, 100])
    rows = TrainingRows(features(135), y, 3, seed=0)
    taught, held = rows.divided()
    assert np.bincount(held.y, minlength=3).tolist() == [0, 3, 10]
    assert np.bincount(taught.y).tolist() == [5, 27, 90]
