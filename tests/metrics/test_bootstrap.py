"""Intervals: determined by the seed, of the right width, paired on the same rows."""

import numpy as np
import pytest

from bestfit.metrics import bootstrap, interval, metric, paired_difference


def rows(n: int, seed: int = 0, classes: int = 2):
    random = np.random.default_rng(seed)
    target = random.integers(0, classes, n)
    raw = random.random((n, classes)) + 0.3 * np.eye(classes)[target]
    return raw / raw.sum(axis=1, keepdims=True), target


def numbers(n: int, seed: int = 0):
    random = np.random.default_rng(seed)
    target = random.gamma(9.0, 1.0, n)
    return np.abs(target + random.normal(size=n)), target


def any_rows(name: str, n: int):
    return numbers(n) if "regression" in metric[name].tasks else rows(n)


@pytest.mark.parametrize("name", metric)
def test_the_seed_decides(name):
    prediction, target = any_rows(name, 120)
    one = interval(metric[name](), prediction, target, seed=3)
    assert one == interval(metric[name](), prediction, target, seed=3)
    assert one[1:] != interval(metric[name](), prediction, target, seed=4)[1:]
    assert one.low < one.value < one.high
    assert one.value == metric[name]().score(prediction, target)


def test_the_width_is_that_of_theory():
    """Accuracy is a mean of zeros and ones: ±1.96 standard errors."""
    prediction, target = rows(2000)
    got = interval(metric["accuracy"](), prediction, target, seed=0, draws=4000)
    expected = 2 * 1.96 * np.sqrt(got.value * (1 - got.value) / 2000)
    assert got.high - got.low == pytest.approx(expected, rel=0.06)


def test_intervals_cover_what_they_should():
    """Of 200 samples, about 95 % of the intervals hold the value of the whole."""
    whole = numbers(200_000)
    truth = metric["rmse"]().score(*whole)
    held = 0
    for i in range(200):
        sample = tuple(side[i * 300 : (i + 1) * 300] for side in whole)
        _, low, high = interval(metric["rmse"](), *sample, seed=i)
        held += low <= truth <= high
    assert 180 <= held <= 199


def test_many_rows_cost_little_and_keep_the_width(monkeypatch):
    prediction, target = rows(20_000)
    full = interval(metric["auc"](), prediction, target, seed=0)
    monkeypatch.setattr(bootstrap, "MAX_CELLS", 200 * 4000)
    capped = interval(metric["auc"](), prediction, target, seed=0)
    assert capped.value == full.value
    assert capped.low < capped.value < capped.high
    assert capped.high - capped.low == pytest.approx(full.high - full.low, rel=0.3)


@pytest.mark.parametrize("name", metric)
def test_a_model_is_as_good_as_itself(name):
    prediction, target = any_rows(name, 100)
    assert paired_difference(metric[name](), prediction, prediction, target, 0) == (0, 0, 0)


@pytest.mark.parametrize("name", metric)
def test_positive_means_the_first_is_better(name):
    worse, target = any_rows(name, 400)
    truth = target if worse.ndim == 1 else np.eye(2)[target]
    better = 0.7 * worse + 0.3 * truth
    ahead = paired_difference(metric[name](), better, worse, target, seed=0)
    behind = paired_difference(metric[name](), worse, better, target, seed=0)
    assert 0 < ahead.low < ahead.value < ahead.high
    assert behind == pytest.approx((-ahead.value, -ahead.high, -ahead.low), abs=1e-12)


def test_pairing_cancels_what_is_hard_for_both():
    prediction, target = numbers(500)
    other = prediction + 0.05
    alone = interval(metric["rmse"](), prediction, target, seed=0)
    paired = paired_difference(metric["rmse"](), other, prediction, target, seed=0)
    assert paired.high - paired.low < 0.2 * (alone.high - alone.low)


def test_no_answer_stays_no_answer():
    prediction, target = rows(10)
    assert np.isnan(interval(metric["auc"](), prediction, target * 0, seed=0)).all()
    assert np.isnan(
        paired_difference(metric["auc"](), prediction, prediction, target * 0, seed=0)
    ).all()


def test_a_rare_class_missing_from_some_resamples_is_no_harm():
    prediction, _ = rows(40)
    target = np.r_[1, np.zeros(39, dtype=int)]
    got = interval(metric["auc"](), prediction, target, seed=0)
    assert np.isfinite(got).all() and got.low <= got.value <= got.high


def test_one_row_has_an_interval_without_width():
    assert interval(metric["rmse"](), np.array([1.0]), np.array([3.0]), seed=0) == (2, 2, 2)
