"""Every metric against scikit-learn, and the cases in which a metric has no answer."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn import metrics as sk

from bestfit.errors import ConfigError, ShapeError
from bestfit.metrics import decide, default_metric, metric, scores

CLASSES = [name for name, cls in metric.items() if "binary" in cls.tasks]
NUMBERS = [name for name, cls in metric.items() if "regression" in cls.tasks]


def classification(n: int, n_classes: int, seed: int, ties: bool):
    random = np.random.default_rng(seed)
    target = np.concatenate([np.arange(n_classes), random.integers(0, n_classes, n - n_classes)])
    scores = random.random((n, n_classes)) + 0.4 * np.eye(n_classes)[target]
    if ties:
        scores = np.ceil(scores * 4)
    return scores / scores.sum(axis=1, keepdims=True), target, random.integers(1, 5, n)


def regression(n: int, seed: int):
    random = np.random.default_rng(seed)
    target = random.gamma(2.0, 3.0, n)
    return np.abs(target + random.normal(size=n)), target, random.integers(1, 5, n)


def one_hot(target, prediction):
    return np.eye(prediction.shape[1])[target]


def sk_auc(y, p, w):
    if p.shape[1] == 2:
        return sk.roc_auc_score(y, p[:, 1], sample_weight=w)
    return sk.roc_auc_score(one_hot(y, p), p, sample_weight=w, average="macro")


def sk_average_precision(y, p, w):
    if p.shape[1] == 2:
        return sk.average_precision_score(y, p[:, 1], sample_weight=w)
    return sk.average_precision_score(one_hot(y, p), p, sample_weight=w, average="macro")


def average(p):
    return "binary" if p.shape[1] == 2 else "macro"


def called(p):
    return None if p.shape[1] == 2 else np.unique(decide(p))


EXPECTED: dict[str, Callable] = {
    "auc": sk_auc,
    "average_precision": sk_average_precision,
    "log_loss": lambda y, p, w: sk.log_loss(y, p, sample_weight=w, labels=np.arange(p.shape[1])),
    "accuracy": lambda y, p, w: sk.accuracy_score(y, decide(p), sample_weight=w),
    "balanced_accuracy": lambda y, p, w: sk.balanced_accuracy_score(y, decide(p), sample_weight=w),
    "f1": lambda y, p, w: sk.f1_score(y, decide(p), sample_weight=w, average=average(p)),
    "precision": lambda y, p, w: sk.precision_score(
        y, decide(p), sample_weight=w, average=average(p), labels=called(p)
    ),
    "recall": lambda y, p, w: sk.recall_score(y, decide(p), sample_weight=w),
    "mcc": lambda y, p, w: sk.matthews_corrcoef(y, decide(p), sample_weight=w),
    "brier": lambda y, p, w: sk.brier_score_loss(
        y, p[:, 1] if p.shape[1] == 2 else p, sample_weight=w, labels=np.arange(p.shape[1])
    ),
    "rmse": lambda y, p, w: sk.root_mean_squared_error(y, p, sample_weight=w),
    "mae": lambda y, p, w: sk.mean_absolute_error(y, p, sample_weight=w),
    "r2": lambda y, p, w: sk.r2_score(y, p, sample_weight=w),
    "median_absolute_error": lambda y, p, w: sk.median_absolute_error(y, p, sample_weight=w),
    "rmsle": lambda y, p, w: sk.root_mean_squared_log_error(y, p, sample_weight=w),
    "mape": lambda y, p, w: sk.mean_absolute_percentage_error(y, p, sample_weight=w),
}


@pytest.mark.parametrize("name", metric)
def test_every_metric_has_a_reference(name):
    assert name in EXPECTED
    assert metric[name].label and metric[name].meaning and metric[name].__doc__


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("name", CLASSES)
def test_classes_as_scikit_learn(name, n_classes, ties, weighted):
    for seed in range(5):
        if n_classes > 2 and "multiclass" not in metric[name].tasks:
            continue
        prediction, target, weight = classification(101, n_classes, seed, ties)
        weight = weight if weighted else None
        got = metric[name]().score(prediction, target, weight)
        assert got == pytest.approx(EXPECTED[name](target, prediction, weight), abs=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [2, 3, 10, 101])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_as_scikit_learn(name, n, weighted):
    for seed in range(5):
        prediction, target, weight = regression(n, seed)
        weight = weight if weighted else None
        got = metric[name]().score(prediction, target, weight)
        assert got == pytest.approx(EXPECTED[name](target, prediction, weight), abs=1e-12)


@pytest.mark.parametrize("name", CLASSES)
def test_a_weight_of_three_is_a_row_written_three_times(name):
    prediction, target, weight = classification(60, 3, seed=1, ties=True)
    again = np.repeat(np.arange(60), weight)
    got = metric[name]().score(prediction, target, weight)
    assert got == pytest.approx(metric[name]().score(prediction[again], target[again]), abs=1e-12)


@pytest.mark.parametrize("name", NUMBERS)
def test_a_weighted_number_is_a_number_written_again(name):
    prediction, target, weight = regression(60, seed=1)
    again = np.repeat(np.arange(60), weight)
    got = metric[name]().score(prediction, target, weight)
    assert got == pytest.approx(metric[name]().score(prediction[again], target[again]), abs=1e-12)


@pytest.mark.parametrize("name", metric)
def test_many_columns_of_weights_are_many_scores(name):
    """What the bootstrap computes at once is what ``score`` says one by one."""
    random = np.random.default_rng(0)
    prediction, target, _ = (
        classification(80, 3, 0, ties=True) if name in CLASSES else regression(80, 0)
    )
    weight = random.integers(0, 3, (80, 7)).astype(float)
    got = metric[name]().score_each(prediction, target, weight)
    one_by_one = [metric[name]().score(prediction, target, w) for w in weight.T]
    np.testing.assert_allclose(got, one_by_one, atol=1e-12)


@pytest.mark.parametrize("name", metric)
def test_no_rows_and_broken_predictions_have_no_answer(name):
    prediction, target, _ = classification(9, 2, 0, False) if name in CLASSES else regression(9, 0)
    assert np.isnan(metric[name]().score(prediction[:0], target[:0]))
    for bad in (np.nan, np.inf):
        broken = prediction.copy()
        broken[3] = bad
        assert np.isnan(metric[name]().score(broken, target))


@pytest.mark.parametrize("name", metric)
def test_shapes_that_do_not_fit_are_refused(name):
    prediction, target, _ = classification(9, 2, 0, False) if name in CLASSES else regression(9, 0)
    for p, y, w in [
        (prediction[:5], target, None),
        (prediction[:, None], target, None),
        (prediction, target[:, None], None),
        (prediction, target, np.ones(3)),
    ]:
        with pytest.raises(ShapeError):
            metric[name]().score(p, y, w)


@pytest.mark.parametrize("target", [[0, 1, 2], [-1, 0, 1], [0.0, 1.0, 1.0]])
@pytest.mark.parametrize("name", CLASSES)
def test_targets_that_are_no_class_index_are_refused(name, target):
    with pytest.raises(ShapeError):
        metric[name]().score(np.full((3, 2), 0.5), np.array(target))


@pytest.mark.parametrize("only", [0, 1])
def test_ranking_has_no_answer_with_one_class(only):
    prediction, _, _ = classification(9, 2, 0, ties=False)
    target = np.full(9, only)
    assert np.isnan(metric["auc"]().score(prediction, target))
    assert np.isnan(metric["average_precision"]().score(prediction, target)) == (only == 0)


@pytest.mark.parametrize("name", ["auc", "average_precision"])
def test_ranking_leaves_out_classes_that_are_not_there(name):
    """Three classes, rows of two: the mean over these two."""
    prediction, target, _ = classification(50, 3, 0, ties=False)
    target = np.where(target == 2, 0, target)
    single = {"auc": sk.roc_auc_score, "average_precision": sk.average_precision_score}[name]
    expected = np.mean([single(target == c, prediction[:, c]) for c in (0, 1)])
    assert metric[name]().score(prediction, target) == pytest.approx(expected, abs=1e-12)


def test_log_loss_of_a_sure_mistake_is_finite():
    sure = np.array([[1.0, 0.0], [0.0, 1.0]])
    loss = metric["log_loss"]().score(sure, np.array([1, 1]))
    assert loss == pytest.approx(-np.log(np.finfo(float).eps) / 2, abs=1e-12)
    assert metric["log_loss"]().score(sure, np.array([0, 1])) == 0


def test_deciding_metrics_leave_out_classes_that_are_not_there():
    """Three classes: 2 is neither there nor decided for; sklearn is told so by its labels."""
    decided, target = np.array([0, 1, 1, 0, 0]), np.array([0, 1, 0, 0, 1])
    prediction = 0.4 * np.eye(3)[decided] + 0.2
    for name, reference in [("f1", sk.f1_score), ("precision", sk.precision_score)]:
        expected = reference(target, decided, average="macro", labels=[0, 1])
        assert metric[name]().score(prediction, target) == pytest.approx(expected, abs=1e-12)
    expected = sk.balanced_accuracy_score(target, decided)
    assert metric["balanced_accuracy"]().score(prediction, target) == pytest.approx(expected)


def test_deciding_metrics_have_no_answer_without_their_class():
    none_called = np.array([[0.9, 0.1]] * 4)
    all_zero, mixed = np.zeros(4, dtype=int), np.array([0, 1, 0, 1])
    assert np.isnan(metric["precision"]().score(none_called, mixed))
    assert np.isnan(metric["recall"]().score(none_called, all_zero))
    assert np.isnan(metric["f1"]().score(none_called, all_zero))
    assert np.isnan(metric["mcc"]().score(none_called, mixed))
    assert np.isnan(metric["mcc"]().score(none_called[:, ::-1], mixed))
    assert metric["f1"]().score(none_called, mixed) == 0
    assert metric["balanced_accuracy"]().score(none_called, all_zero) == 1


def test_the_threshold_moves_the_decision():
    prediction, target, _ = classification(200, 2, 0, ties=False)
    for name in ("accuracy", "balanced_accuracy", "f1", "precision", "recall", "mcc"):
        moved = np.where(prediction[:, [1]] > 0.3, [0.0, 1.0], [1.0, 0.0])
        got = metric[name](threshold=0.3).score(prediction, target)
        assert got == metric[name]().score(moved, target)


def test_relative_errors_need_targets_they_can_relate_to():
    prediction = np.array([1.0, 2.0])
    assert np.isnan(metric["mape"]().score(prediction, np.array([0.0, 2.0])))
    assert metric["mape"]().score(prediction, np.array([-1.0, 2.0])) == 1
    assert np.isnan(metric["rmsle"]().score(prediction, np.array([-0.5, 2.0])))
    assert metric["rmsle"]().score(np.array([-7.0]), np.array([0.0])) == 0


def test_rows_without_weight_do_not_move_the_median():
    prediction, target = np.array([1.0, 2.0, 3.0, 900.0]), np.zeros(4)
    weight = np.array([1, 1, 1, 0])
    assert metric["median_absolute_error"]().score(prediction, target, weight) == 2
    assert np.isnan(metric["median_absolute_error"]().score(prediction, target, weight * 0))


def test_r2_has_no_answer_when_the_target_is_constant():
    constant = np.full(10, 0.1)
    assert np.isnan(metric["r2"]().score(np.arange(10.0), constant))
    weight = np.r_[np.ones(3), np.zeros(7)]
    target = np.r_[np.full(3, 1e6 + 0.1), np.arange(7.0)]
    assert np.isnan(metric["r2"]().score(np.arange(10.0), target, weight))


def test_r2_keeps_its_digits_far_from_zero():
    prediction, target, _ = regression(100, 0)
    near = metric["r2"]().score(prediction, target)
    assert metric["r2"]().score(prediction + 1e8, target + 1e8) == pytest.approx(near, abs=1e-6)


def test_the_first_of_two_equal_classes_is_decided():
    assert decide(np.array([[0.5, 0.5], [0.4, 0.6]])).tolist() == [0, 1]
    assert decide(np.array([[0.2, 0.4, 0.4]])).tolist() == [1]
    assert decide(np.array([[0.7, 0.3]]), threshold=0.2).tolist() == [1]


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_the_default_leads_the_report(task):
    assert scores(task)[0] == default_metric(task)
    assert all(task in one.tasks for one in scores(task))
    with pytest.raises(ConfigError):
        default_metric("ranking")


@pytest.mark.parametrize("name", metric)
def test_gain_is_positive_when_better(name):
    one = metric[name]()
    better, worse = (0.9, 0.8) if one.higher_is_better else (0.8, 0.9)
    assert one.gain(better, worse) > 0 > one.gain(worse, better)
