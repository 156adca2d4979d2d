"""Curves and bins from predictions, next to scikit-learn's."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import auc, confusion_matrix, precision_recall_curve, roc_auc_score, roc_curve

from bestfit.report.measures import calibration, confusion, precision_recall, roc, wilson


@pytest.fixture(params=["fine", "ties", "one row each"])
def rows(request):
    rng = np.random.default_rng(7)
    size = 2 if request.param == "one row each" else 800
    positive = rng.random(size) < 0.3 if size > 2 else np.array([True, False])
    score = np.clip(0.3 * positive + 0.7 * rng.random(size), 0, 1)
    return (np.round(score, 1) if request.param == "ties" else score), positive


def test_roc(rows):
    score, positive = rows
    wrong, right = roc(score, positive)
    expected = roc_curve(positive, score, drop_intermediate=False)
    np.testing.assert_allclose(wrong, expected[0])
    np.testing.assert_allclose(right, expected[1])
    assert auc(wrong, right) == pytest.approx(roc_auc_score(positive, score))


def test_precision_and_recall(rows):
    score, positive = rows
    recall, precision = precision_recall(score, positive)
    expected = precision_recall_curve(positive, score)
    np.testing.assert_allclose(precision[::-1], expected[0][:-1])
    np.testing.assert_allclose(recall[::-1], expected[1][:-1])


def test_calibration(rows):
    score, positive = rows
    inside = np.clip(score, 1e-9, 1 - 1e-9)
    happened, said = calibration_curve(positive, inside - 1e-12, n_bins=10)
    bins = calibration(inside - 1e-12, positive)
    np.testing.assert_allclose([bin_.happened for bin_ in bins], happened)
    np.testing.assert_allclose([bin_.said for bin_ in bins], said)
    assert sum(bin_.rows for bin_ in bins) == len(score)
    assert all(bin_.low <= bin_.happened <= bin_.high for bin_ in bins)


def test_confusion():
    rng = np.random.default_rng(8)
    truth, said = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    np.testing.assert_array_equal(confusion(truth, said, 4), confusion_matrix(truth, said))


def test_confusion_leaves_out_unknown_labels():
    counts = confusion(np.array([0, -1, 1]), np.array([0, 0, -1]), 2)
    assert counts.tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(
    # Newcombe, Statistics in Medicine 17, 1998, table I, method 3
    ("hits", "rows", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson(hits, rows, low, high):
    assert wilson(hits, rows) == pytest.approx((low, high), abs=5e-5)
