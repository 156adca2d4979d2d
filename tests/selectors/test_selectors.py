"""Scores agree with scikit-learn's, and what is worthless goes."""

import numpy as np
import pytest
from sklearn import feature_selection as theirs

from bestfit.errors import ConfigError, SchemaError
from bestfit.selectors import F, Variance, selector

RNG = np.random.default_rng(0)
N = 600
X = RNG.normal(size=(N, 8))
X[:, 7] = 3.0
AMOUNT = 2 * X[:, 0] - X[:, 1] + 0.5 * RNG.normal(size=N)
LABEL = np.where(AMOUNT > 0.5, "b", np.where(AMOUNT < -1, "c", "a"))
COLUMNS = {f"x{i}": X[:, i] for i in range(8)}
COUNTS = RNG.poisson(3, (N, 5)).astype(float)
COUNTS[:, 2] += 4 * (LABEL == "b")


def of(name, y, x=X, **options):
    return selector[name](**options).of(x, y, tuple(map(str, range(x.shape[1]))))


@pytest.mark.parametrize(("name", "y", "x", "score"), [
    ("f", LABEL, X[:, :7], lambda x, y: theirs.f_classif(x, y)[0]),
    ("f", AMOUNT, X[:, :7], lambda x, y: theirs.f_regression(x, y)[0]),
    ("chi2", LABEL, COUNTS, lambda x, y: theirs.chi2(x, y)[0]),
    ("mutual_information", LABEL, X, lambda x, y: theirs.mutual_info_classif(x, y, random_state=0)),
    ("mutual_information", AMOUNT, X,
     lambda x, y: theirs.mutual_info_regression(x, y, random_state=0)),
    ("variance", LABEL, COUNTS, lambda x, y: theirs.VarianceThreshold().fit(x).variances_),
])  # fmt: skip
@pytest.mark.parametrize("k", [1, 3])
def test_scores_and_the_best_k_agree_with_scikit_learn(name, y, x, score, k):
    found, expected = of(name, y, x, k=k), score(x, y)
    assert np.abs(np.array(found.scores) / np.maximum(expected, 1) - expected / np.maximum(
        expected, 1)).max() < 1e-9  # fmt: skip
    best = theirs.SelectKBest(lambda x, y: score(x, y), k=k).fit(x, y).get_support()
    assert found.kept == tuple(best.tolist())


@pytest.mark.parametrize("y", [LABEL, AMOUNT], ids=["classes", "amount"])
@pytest.mark.parametrize("name", ["f", "mutual_information", "l1", "permutation", "forest"])
def test_what_matters_stays_and_what_is_constant_goes(name, y):
    options = {"penalty": 0.1} if name == "l1" else {}
    kept = of(name, y, **options).kept
    assert kept[:2] == (True, True) and not kept[7] and sum(kept) <= 4


def test_variance_drops_constants_only():
    assert of("variance", LABEL).kept == (True,) * 7 + (False,)
    assert Variance(threshold=1e9).of(X, LABEL, tuple("abcdefgh")).kept == (False,) * 8


def test_any_table_will_do_and_what_stays_comes_back():
    found = F(k=2).fit(COLUMNS, AMOUNT)
    assert found.columns == tuple(COLUMNS) and found.apply(COLUMNS).shape == (N, 2)
    assert np.array_equal(found.apply(COLUMNS)[:, 0], X[:, 0])


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(SchemaError, match="without gaps"):
        F().fit({"a": [1.0, None]}, [0, 1])
    with pytest.raises(ConfigError, match="below zero"):
        of("chi2", LABEL)
    with pytest.raises(ConfigError, match="needs classes"):
        of("chi2", AMOUNT, COUNTS)
    with pytest.raises(ConfigError, match="at least 1"):
        F(k=0)
