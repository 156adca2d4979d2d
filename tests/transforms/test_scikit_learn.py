"""scikit-learn's transformers in the place of ours: the same numbers, kept without code."""

import base64
import json
import warnings
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import sklearn
import skops.io
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import SelectFromModel, SelectKBest, mutual_info_classif
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    SplineTransformer,
    StandardScaler,
    TargetEncoder,
)
from sklearn.utils import all_estimators

import bestfit
from bestfit.config import configure, dump
from bestfit.errors import ConfigError, FolderError, SchemaError
from bestfit.table import Column, Schema
from bestfit.transforms import Encoder, Encoding, ScikitLearn, fit_encoder, written
from bestfit.transforms.base import fitted_from_state
from bestfit.transforms.scikit_text import transformer_of

RNG = np.random.default_rng(0)
N = 200
X = RNG.gamma(2.0, size=(N, 3))
Y = (X[:, 0] > 1.5).astype(int)
NUMBERS = pl.DataFrame({f"x{i}": X[:, i] for i in range(3)})
LEVELS = pl.DataFrame({"c": [["a", "b", None][i % 3] for i in range(N)]})
CELLS = LEVELS.to_numpy().astype(object)
TEXTS = pl.DataFrame({
    "t": [f"word{i % 7} here" for i in range(N)], "u": [f"other{i % 5} word" for i in range(N)]
})  # fmt: skip
NOT_OF_COLUMNS = {  # they take dicts, labels, pictures, kernels or one column; or give no rows back
    "DictVectorizer", "FeatureHasher", "IsotonicRegression", "KernelCenterer", "LabelBinarizer",
    "LabelEncoder", "MultiLabelBinarizer", "PatchExtractor", "TSNE", "HashingVectorizer",
    "GaussianRandomProjection", "SparseRandomProjection",  # with so few columns
    "CCA", "PLSCanonical", "PLSSVD",  # for several targets
    "CountVectorizer", "TfidfVectorizer", "MissingIndicator",  # tested below
    "Birch",  # skops has no place for its tree
}  # fmt: skip


def learnt(transformer, frame, holds="number", y=Y):
    """Fitted, written as JSON, and read again."""
    fitted = ScikitLearn(text=written(transformer), holds=holds).fit(frame, y=y)
    again = fitted_from_state(json.loads(json.dumps(fitted.state())))
    np.testing.assert_array_equal(again.apply(frame), fitted.apply(frame))
    return again


def theirs(transformer, x, y=Y):
    np.random.seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = transformer.fit(x, y).transform(x)
    return given.toarray() if hasattr(given, "toarray") else np.asarray(given, float)


def made_alone():
    """Each transformer of scikit-learn that can be made with its own settings."""
    for name, cls in all_estimators("transformer"):
        try:
            cls()
        except TypeError:
            continue
        if name not in NOT_OF_COLUMNS:
            yield pytest.param(cls, id=name)


@pytest.mark.parametrize("cls", list(made_alone()))
def test_every_transformer_gives_its_own_numbers(cls):
    made = cls()
    able = made.get_params()
    made.set_params(**{name: 2 for name in ("k", "max_iter") if name in able})
    fitted = learnt(made, NUMBERS)
    close = {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_allclose(fitted.apply(NUMBERS), theirs(made, X), **close)


@pytest.mark.parametrize("made", [
    make_pipeline(FunctionTransformer(np.log1p), SplineTransformer(n_knots=4)),
    FeatureUnion([("pca", PCA(2)), ("scale", MinMaxScaler((-1, 1)))]),
    ColumnTransformer([("a", StandardScaler(), [0, 1]), ("b", KBinsDiscretizer(4), [2])]),
    SelectFromModel(RandomForestClassifier(5)),
    SelectKBest(mutual_info_classif, k=2),
    make_pipeline(SimpleImputer(missing_values=np.nan, fill_value=-1.5, strategy="constant")),
])  # fmt: skip
def test_they_may_be_nested(made):
    np.testing.assert_allclose(learnt(made, NUMBERS).apply(NUMBERS), theirs(made, X), atol=1e-9)
    assert written(transformer_of(written(made))) == written(made)


@pytest.mark.parametrize("made", [
    OneHotEncoder(), OrdinalEncoder(), OneHotEncoder(categories=[["b", "a", None]], drop="first"),
])  # fmt: skip
def test_categories(made):
    np.testing.assert_array_equal(
        learnt(made, LEVELS, "category").apply(LEVELS), theirs(made, CELLS)
    )


@pytest.mark.parametrize(("made", "y"), [
    (TargetEncoder(), Y),
    (TargetEncoder(), np.round(X[:, 0] * 100)),
])  # fmt: skip
def test_training_rows_do_not_see_their_own_target(made, y):
    schema = Schema((Column("c", "category"),))
    wanted = Encoding(encode=written(made))
    encoder, features = fit_encoder(LEVELS, schema, wanted, y=y)
    one = TargetEncoder(target_type="binary" if y is Y else "continuous")
    np.random.seed(0)
    np.testing.assert_allclose(features.dense, one.fit_transform(CELLS, y), rtol=1e-5)
    np.testing.assert_allclose(
        encoder.apply(LEVELS).dense, one.fit(CELLS, y).transform(CELLS), rtol=1e-5
    )
    assert not np.allclose(features.dense, encoder.apply(LEVELS).dense)


def test_texts_go_one_column_at_a_time():
    fitted = learnt(make_pipeline(TfidfVectorizer(), TruncatedSVD(3)), TEXTS, "text")
    assert fitted.widths == (3, 3)
    assert fitted.hangs_on("t") == [True] * 3 + [False] * 3
    counted = learnt(CountVectorizer(), TEXTS, "text").apply(TEXTS.with_columns(t=pl.lit(None)))
    assert counted[:, :8].sum() == 0 and counted[:, 8:].sum() > 0
    with pytest.raises(SchemaError, match="more than 10,000 columns"):
        learnt(HashingVectorizer(), TEXTS, "text")


class TestGaps:
    rows = NUMBERS.with_columns(x1=pl.when(pl.col("x1") > 2).then(None).otherwise("x1"))

    def test_they_are_filled_and_flagged_for_those_that_cannot_have_them(self):
        fitted = learnt(PCA(1), self.rows)
        assert fitted.outputs == ("pca0", "x1 is missing")
        out = fitted.apply(self.rows)
        np.testing.assert_array_equal(out[:, 1], self.rows["x1"].is_null().to_numpy())
        full = self.rows.with_columns(pl.col("x1").fill_null(pl.col("x1").median()))
        np.testing.assert_allclose(out[:, :1], theirs(PCA(1), full.to_numpy()), atol=1e-9)

    def test_they_stay_for_those_that_fill_them(self):
        imputer = make_pipeline(KNNImputer(), StandardScaler())
        fitted = learnt(imputer, self.rows)
        assert fitted.fills == fitted.flagged == ()
        np.testing.assert_allclose(fitted.apply(self.rows), theirs(imputer, self.rows.to_numpy()))

    def test_what_is_no_number_later_is_the_mean(self):
        fitted = learnt(FunctionTransformer(np.log), NUMBERS)
        out = fitted.apply(NUMBERS.with_columns(x0=pl.lit(0.0), x1=pl.lit(-1.0)))
        np.testing.assert_allclose(out[:, :2].mean(axis=0), np.log(X[:, :2]).mean(axis=0))


def test_which_output_hangs_on_which_column():
    assert (
        learnt(KBinsDiscretizer(4), NUMBERS).hangs_on("x1")
        == [False] * 4 + [True] * 4 + [False] * 4
    )
    assert learnt(PCA(2), NUMBERS).hangs_on("x1") == [True, True]
    assert learnt(SelectKBest(k=1), NUMBERS).hangs_on("x0") == [True]
    schema = Schema((Column("x0", "number"), Column("x1", "number")))
    encoder, _ = fit_encoder(NUMBERS, schema, Encoding(scale=written(SplineTransformer())))
    assert encoder.places("x1").dense.tolist() == list(range(7, 14))


def test_no_rows_and_outputs_of_other_kinds():
    with sklearn.config_context(transform_output="polars"):
        fitted = learnt(StandardScaler(), NUMBERS)
    assert fitted.apply(NUMBERS[:0]).shape == (0, 3)


def test_days_are_numbers():
    days = pl.DataFrame({"day": pl.Series([0, 1, None, 3], dtype=pl.Int32).cast(pl.Date)})
    fitted = ScikitLearn(text=written(MinMaxScaler()), holds="date").fit(days)
    np.testing.assert_allclose(fitted.apply(days)[:, 0], [0, 1 / 3, 1 / 3, 1])


@pytest.mark.parametrize(("text", "words"), [
    ("sklearn.preprocessing.Nothing()", "there is no"),
    ("sklearn.preprocessing.StandardScaler(", "never closed"),
    ("sklearn.preprocessing.StandardScaler(True)", "are named"),
    ("sklearn.preprocessing.StandardScaler(**{'with_mean': True})", "are named"),
    ("sklearn.preprocessing.StandardScaler(mean=1)", "mean"),
    ("sklearn.preprocessing.FunctionTransformer(func=numpy.save)", "there is no numpy.save"),
    ("sklearn.preprocessing.FunctionTransformer(func=os.system)", "there is no os.system"),
    ("sklearn.preprocessing.FunctionTransformer(func=lambda x: x)", "neither a value"),
    ("sklearn.datasets.load_files(container_path='.')", "there is no"),
    ("sklearn.utils._joblib.joblib.load(filename='x')", "there is no"),
    ("sklearn.externals._packaging.version.os.system()", "there is no"),
    ("sklearn.linear_model.Ridge()", "transforms nothing"),
    ("sklearn.pipeline.Pipeline(steps=[], memory='x')", "cache on the disk"),
    ("sklearn.preprocessing.StandardScaler().fit", "neither a value|there is no"),
    ("sklearn." + "x" * 20_000, "too long"),
    ("sklearn.pipeline.Pipeline(steps=" + "[" * 3000 + "]" * 3000 + ")", "nested|deep"),
])  # fmt: skip
def test_a_text_is_no_program(text, words):
    with pytest.raises(ConfigError, match=words) as caught:
        transformer_of(text, "transform.scale")
    assert caught.value.where == "transform.scale" and len(str(caught.value)) < 300


def test_code_is_not_written():
    with pytest.raises(ConfigError, match="which holds no code"):
        written(FunctionTransformer(lambda x: x))
    with pytest.raises(ConfigError, match="which holds no code"):
        configure(scale=object())


def test_nothing_but_known_types_is_read():
    fitted = ScikitLearn(text=written(StandardScaler())).fit(NUMBERS)

    def read(data):
        one = replace(fitted, learnt=(base64.b64encode(data).decode(),))
        return one.apply(NUMBERS)

    harm = skops.io.dumps(FunctionTransformer(base64.b64decode))
    for data in (harm, b"", b"PK\x03\x04 nothing", skops.io.dumps(StandardScaler())[:-40]):
        with pytest.raises(FolderError, match="holds a transformer of scikit-learn"):
            read(data)
    with pytest.raises(FolderError, match=r"of the type base64\.b64decode"):
        read(harm)


def test_objects_become_settings():
    config = configure(
        transforms={"age": KBinsDiscretizer(4), ("a", "b"): PCA(1), "town": "target_mean"},
        scale=MinMaxScaler(), encode="ordinal",
    )  # fmt: skip
    assert config.transform.columns == {
        "age": "sklearn.preprocessing.KBinsDiscretizer(n_bins=4)",
        "a": "sklearn.decomposition.PCA(n_components=1)",
        "b": "sklearn.decomposition.PCA(n_components=1)",
        "town": "target_mean",
    }
    assert 'scale = "sklearn.preprocessing.MinMaxScaler()"' in dump(config)


def test_a_run_predicts_with_them(tmp_path):
    n = 120
    town = [["x", "y", None][i % 3] for i in range(n)]
    a, b = RNG.normal(size=(2, n))
    rows = {"a": a, "b": b, "town": town, "y": ["yes" if v > 0 else "no" for v in a + b]}
    run = bestfit.train(
        rows, target="y", epochs=2, time_s=15, out=tmp_path / "run",
        transforms={("a", "b"): PCA(2)}, encode=OneHotEncoder(handle_unknown="ignore"),
    )  # fmt: skip
    manifest = json.loads((tmp_path / "run" / "model" / "manifest.json").read_text())
    assert Encoder.from_state(manifest["encoder"]).layout.names[:2] == ("pca0", "pca1")
    new = {"a": [3.0, None], "b": [2.0, None], "town": ["unseen", None]}
    assert len(bestfit.load(run.folder.path).predict(new)) == 2
