"""Each transform that scikit-learn has, too, agrees with it to 1e-9 on the same data."""

import warnings

import numpy as np
import polars as pl
import pytest
from sklearn import impute, preprocessing
from sklearn.feature_extraction import FeatureHasher
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.model_selection import KFold

from bestfit.transforms import (
    Bins,
    Constant,
    Hashing,
    MaxAbs,
    Mean,
    Median,
    MinMax,
    MostFrequent,
    OneHot,
    Ordinal,
    Power,
    Quantile,
    Robust,
    Standard,
    TargetMean,
    Words,
)

RNG = np.random.default_rng(0)
N = 3000
NUMBERS = np.column_stack([
    RNG.normal(size=N), RNG.lognormal(size=N) * 1e3, RNG.poisson(0.3, N).astype(float),
    RNG.integers(0, 5, N) - 2.0, -(RNG.exponential(size=N) ** 2), RNG.normal(1e4, 5, N),
])  # fmt: skip
HOLES = np.where(RNG.random(NUMBERS.shape) < 0.1, np.nan, NUMBERS)
NEW = np.vstack([HOLES[:500], HOLES[:50] * 3 + 1, NUMBERS[:50] - 2])
LEVELS = np.column_stack([
    np.array(["b", "a", "10", "9", np.nan], dtype=object)[RNG.integers(0, 5, N)],
    np.array([f"level {i}" for i in RNG.geometric(0.05, N)], dtype=object),
])  # fmt: skip
TEXTS = [" ".join(RNG.choice(["Red", "öl", "x1", "very long token here"], 4)) for _ in range(N)]


def levels(array=LEVELS):
    plain = [[None if cell is np.nan else cell for cell in column] for column in array.T]
    return pl.DataFrame(dict(zip("cd", plain, strict=False)))


def close(ours, theirs):
    assert ours.shape == theirs.shape and ours.dtype == np.float64
    assert np.array_equal(np.isnan(ours), np.isnan(theirs))
    assert np.nanmax(np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))) < 1e-9


@pytest.mark.parametrize(("ours", "theirs"), [
    (Standard(), preprocessing.StandardScaler()),
    (MinMax(), preprocessing.MinMaxScaler()),
    (MaxAbs(), preprocessing.MaxAbsScaler()),
    (Robust(), preprocessing.RobustScaler()),
    (Quantile(), preprocessing.QuantileTransformer(output_distribution="normal", subsample=None)),
    (Quantile(output="uniform", max_quantiles=77),
     preprocessing.QuantileTransformer(n_quantiles=77, subsample=None)),
    (Power(), preprocessing.PowerTransformer()),
    (Mean(), impute.SimpleImputer()),
    (Median(flag=True), impute.SimpleImputer(strategy="median", add_indicator=True)),
    (MostFrequent(), impute.SimpleImputer(strategy="most_frequent")),
    (Constant(number=7), impute.SimpleImputer(strategy="constant", fill_value=7)),
], ids=lambda value: type(value).__name__)  # fmt: skip
def test_numbers(ours, theirs):
    close(ours.fit(HOLES).apply(NEW), theirs.fit(HOLES).transform(NEW))


@pytest.mark.parametrize("by", ["quantile", "uniform"])
def test_bins(by):
    theirs = preprocessing.KBinsDiscretizer(
        7, encode="ordinal", strategy=by, quantile_method="averaged_inverted_cdf", subsample=None
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of bins that are too narrow
        expected = theirs.fit(NUMBERS).transform(NUMBERS)
    close(Bins(n_bins=7, by=by).fit(NUMBERS).apply(NUMBERS), expected)


@pytest.mark.parametrize("min_count", [1, 30])
def test_one_hot(min_count):
    table = levels(LEVELS[:, ::-1])  # a column without gaps first
    theirs = preprocessing.OneHotEncoder(sparse_output=False, min_frequency=min_count)
    few = table.select("c")
    close(OneHot(min_count=min_count).fit(few).apply(few),
          theirs.fit(few.to_numpy()).transform(few.to_numpy()))  # fmt: skip
    whole = preprocessing.OneHotEncoder(sparse_output=False).fit(LEVELS)
    close(OneHot().fit(levels()).apply(levels()), whole.transform(LEVELS))


def test_ordinal():
    theirs = preprocessing.OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    )
    new = np.vstack([LEVELS, [["unseen", "unseen"]]])
    close(Ordinal().fit(levels()).apply(levels(new)), theirs.fit(LEVELS).transform(new))
    whole = RNG.integers(-3, 12, (N, 1))
    close(Ordinal().fit(whole).apply(whole),
          preprocessing.OrdinalEncoder().fit(whole).transform(whole))  # fmt: skip


@pytest.mark.parametrize("smooth", [None, 10.0, 0.0])
@pytest.mark.parametrize(("task", "y"), [
    ("continuous", RNG.normal(size=N)), ("binary", RNG.integers(0, 2, N)),
    ("multiclass", RNG.integers(0, 4, N)),
])  # fmt: skip
def test_target_mean(task, y, smooth):
    auto = "auto" if smooth is None else smooth
    theirs = preprocessing.TargetEncoder(target_type=task, smooth=auto, cv=KFold(5))
    ours = TargetMean(smooth=smooth)
    new = np.vstack([LEVELS, [["unseen", "unseen"]]])
    fitted = ours.fit(levels(), y=y)
    close(fitted.apply(levels(new)), theirs.fit(LEVELS, y).transform(new))
    fold = np.repeat(np.arange(5), N // 5)
    close(ours.cross(levels(), fitted, y, fold), theirs.fit_transform(LEVELS, y))


def test_hashing():
    column = levels().select("d")
    theirs = FeatureHasher(16, input_type="string")
    expected = theirs.transform([[cell] for cell in LEVELS[:, 1]]).toarray()
    close(Hashing(buckets=16).fit(column).apply(column), expected)


def test_words():
    table = pl.DataFrame({"t": TEXTS})
    expected = HashingVectorizer(n_features=32, token_pattern=r"[^\W_]+").transform(TEXTS).toarray()
    close(Words().fit(table).apply(table)[:, 1:], expected)
