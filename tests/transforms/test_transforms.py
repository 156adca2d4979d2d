"""Laws of the transform room, and agreement with scikit-learn."""

import json
from functools import partial

import numpy as np
import polars as pl
import pytest

from bestfit.errors import ConfigError, FolderError, SchemaError
from bestfit.frames.pictures import picture_cell
from bestfit.table import Column, Schema
from bestfit.transforms import (
    Dates,
    Encoder,
    Encoding,
    Scaler,
    TargetMean,
    TargetScale,
    fit_encoder,
    fitted_from_state,
    transform,
)

RNG = np.random.default_rng(0)
N = 200


def frame(n=N, seed=0):
    random = np.random.default_rng(seed)
    day = pl.Series(random.integers(0, 10**9, n) * 10**6).cast(pl.Datetime("us"))
    return pl.DataFrame(
        {
            "number": [None if u < 0.1 else 10**u for u in random.random(n)],
            "category": random.choice(["a", "b", "c", None], n).tolist(),
            "date": [None if u < 0.1 else d for u, d in zip(random.random(n), day, strict=True)],
            "text": [
                " ".join(w) if len(w) else None
                for w in (random.choice(["red", "Blue", "öl"], k) for k in random.integers(0, 4, n))
            ],
            "picture": [
                picture_cell(random.integers(0, 256, (5, w, 3), dtype=np.uint8)) if w > 4 else None
                for w in random.integers(4, 9, n)
            ],
        },
        schema_overrides={"number": pl.Float64, "category": pl.String, "date": pl.Datetime("us")},
    )


TARGETS = [RNG.normal(size=N), RNG.integers(0, 2, N), RNG.integers(0, 4, N)]


def fitted_of(name, rows, y=TARGETS[0]):
    return transform[name]().fit(rows, [transform[name].takes[0]], y=y)


@pytest.mark.parametrize("name", transform)
def test_state_goes_through_json_and_back(name):
    fitted = fitted_of(name, frame())
    back = fitted_from_state(json.loads(json.dumps(fitted.state())))
    assert back == fitted
    new = frame(seed=1)
    assert np.array_equal(back.apply(new), fitted.apply(new), equal_nan=fitted.gives == "dense")


@pytest.mark.parametrize("name", transform)
def test_a_row_is_encoded_alone_as_among_others(name):
    fitted = fitted_of(name, frame())
    rows = frame(seed=2)
    together = fitted.apply(rows)
    assert together.shape[:2] == (N, len(fitted.outputs)) == (N, len(fitted.owners))
    order = np.random.default_rng(1).permutation(N)
    same = partial(np.array_equal, equal_nan=fitted.gives == "dense")
    assert same(fitted.apply(rows[order]), together[order])
    assert same(fitted.apply(rows[7:8])[0], together[7])
    assert len(fitted.apply(rows[:0])) == 0


@pytest.mark.parametrize("name", transform)
def test_columns_of_nothing_but_gaps_do_no_harm(name):
    rows = frame().with_columns(pl.lit(None, dtype=t).alias(c) for c, t in frame().schema.items())
    kept = issubclass(transform[name], Scaler)  # gaps are gaps for a scaler alone
    for learnt in (rows, rows[:0]):
        fitted = fitted_of(name, learnt, TARGETS[0][: len(learnt)])
        assert kept or np.isfinite(fitted.apply(rows)).all()
        full = frame().drop_nulls()
        assert np.isfinite(fitted.apply(full)).all()


@pytest.mark.parametrize(
    ("sizes", "side", "expected"),
    [
        ([(28, 28)] * 3, 64, (28, 28)),
        ([(96, 96)] * 3, 64, (64, 64)),
        ([(96, 48)] * 3, 64, (88, 48)),
        ([(96, 72), (72, 96), (96, 96)], 64, (64, 64)),
        ([(96, 96)] * 3, 96, (96, 96)),
        ([(96, 96)] * 3, 32, (32, 32)),
        ([(5, 5), (6, 6)], 64, (8, 8)),
        ([(2, 96)] * 3, 64, (2, 96)),
        ([(2, 96), (3, 96)], 64, (8, 32)),
    ],
)
def test_the_size_that_pictures_get(sizes, side, expected):
    cells = [picture_cell(np.zeros(size, np.uint8)) for size in sizes]
    fitted = transform["pixels"](side=side).fit(pl.DataFrame({"p": cells}), ["p"])
    assert (fitted.height, fitted.width) == expected


@pytest.mark.parametrize("name", [n for n, cls in transform.items() if issubclass(cls, Scaler)])
def test_gaps_are_imputed_and_flagged_and_outliers_stay_finite(name):
    table = pl.DataFrame({"x": [1.0, 2.0, None, 4.0, 1e12], "y": [1.0] * 5})
    schema = Schema((Column("x", "number"), Column("y", "number")))
    encoder, features = fit_encoder(table, schema, Encoding(scale=name))
    assert encoder.layout.names == ("x", "y", "x is missing")
    out = features.dense
    assert out[:, 2].tolist() == [0, 0, 1, 0, 0] and np.isfinite(out).all()
    filled = encoder.apply(table.with_columns(pl.col("x").fill_null(3.0))).dense
    assert out[2, 0] == filled[2, 0], "the median fills the gap"


def test_unknown_and_missing_levels_have_their_own_answer():
    table = pl.DataFrame({"c": ["a", "a", "b", "b", None, "rare"]})
    new = pl.DataFrame({"c": ["b", None, "never seen"]}, schema={"c": pl.String})
    one_hot = transform["one_hot"]().fit(table, ["c"])
    assert one_hot.outputs == ("c = a", "c = b", "c = rare", "c is missing")
    assert one_hot.apply(new).tolist() == [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    pooled = transform["one_hot"](min_count=2).fit(table, ["c"])
    assert pooled.outputs == ("c = a", "c = b", "c is rare", "c is missing")
    assert pooled.apply(new).tolist() == [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]]
    index = transform["index"]().fit(table, ["c"])
    assert index.apply(new).tolist() == [[3], [1], [0]] and index.levels == (4,)


def test_dates_know_the_weekday():
    monday = pl.DataFrame({"d": ["2024-01-01", "2024-01-08", "2024-01-02"]}).select(
        pl.col("d").str.to_datetime(time_unit="us")
    )
    fitted = Dates().fit(monday, ["d"])
    week = [fitted.outputs.index(f"d week {f}") for f in ("sine", "cosine")]
    out = fitted.apply(monday)[:, week]
    assert np.allclose(out[0], out[1], atol=1e-5) and not np.allclose(out[0], out[2], atol=0.1)


def test_the_encoder_replays_and_learns_from_its_rows_only():
    schema = Schema(tuple(Column(c, c) for c in frame().columns))
    encoder, _ = fit_encoder(frame(), schema, Encoding(bins=8))
    features = encoder.apply(frame(seed=1))
    assert features.dense.dtype == np.float32 and len(encoder.layout.names) == len(
        encoder.layout.edges
    )
    back = Encoder.from_state(json.loads(json.dumps(encoder.state())))
    assert back == encoder
    assert np.array_equal(back.apply(frame(seed=1)).dense, features.dense)


def test_many_levels_become_codes():
    table = pl.DataFrame({"c": [f"level {i % 40}" for i in range(400)]})
    schema = Schema((Column("c", "category"),))
    encoder, _ = fit_encoder(table, schema, Encoding(scale="standard", max_levels=16))
    features = encoder.apply(table)
    assert encoder.layout.levels == (42,) and features.codes.min() == 2
    assert features.dense.shape == (400, 1)


def test_an_unknown_kind_of_state_is_refused():
    with pytest.raises(FolderError):
        fitted_from_state({"kind": "os.system", "columns": []})


def test_a_gap_among_the_numbers_of_a_state_is_refused():
    state = transform["quantile"]().fit(frame(), ["number"]).state()
    text = json.dumps({**state, "quantiles": [[0.0, None, 1.0]]})
    with pytest.raises(FolderError, match="gap"):
        fitted_from_state(json.loads(text))


def test_the_target_comes_back_and_stays_in_its_range():
    y = RNG.normal(50, 10, 100)
    scale = TargetScale.fit(y)
    assert np.allclose(scale.back(scale.apply(y)), y)
    margin = 0.05 * (y.max() - y.min())
    assert scale.back(np.array([1e9]))[0] == pytest.approx(y.max() + margin)


@pytest.mark.parametrize("y", TARGETS, ids=["amount", "two classes", "four classes"])
def test_training_rows_never_see_their_own_target(y):
    """Other targets in one fold change what the other folds are given, never that fold itself."""
    rows = frame().with_columns(category=pl.Series([f"level {i % 7}" for i in range(N)]))
    schema = Schema((Column("category", "category"),))
    fold = np.arange(N) % 4
    wanted = Encoding(encode="target_mean")
    encoder, features = fit_encoder(rows, schema, wanted, y=y, folds=lambda: fold)
    other = np.where(fold == 2, y[::-1], y)
    _, changed = fit_encoder(rows, schema, wanted, y=other, folds=lambda: fold)
    same = (features.dense == changed.dense).all(axis=1)
    assert same[fold == 2].all() and not same[fold != 2].all()
    expected = TargetMean().fit(rows, ["category"], y=y).apply(rows, np.float32)
    assert np.array_equal(encoder.apply(rows).dense, expected), "new rows are given that of all"


def test_the_encoder_is_the_same_in_blocks(monkeypatch):
    schema = Schema(tuple(Column(c, c) for c in frame().columns))
    encoder, whole = fit_encoder(frame(), schema)
    monkeypatch.setattr("bestfit.transforms.encoder.BLOCK", 7)
    assert np.array_equal(encoder.apply(frame()).dense, whole.dense)


def test_one_column_is_treated_otherwise():
    rows = frame()
    schema = Schema(tuple(Column(c, c) for c in rows.columns))
    encoder, _ = fit_encoder(rows, schema, Encoding(columns={"category": "ordinal"}))
    assert "category" in encoder.layout.names and "text length" in encoder.layout.names


@pytest.mark.parametrize(("wanted", "said"), [
    (Encoding(columns={"nowhere": "ordinal"}), "no feature is called so"),
    (Encoding(columns={"text": "standard"}), "'standard' does not take a text"),
    (Encoding(scale="one_hot"), "'one_hot' does not scale"),
    (Encoding(impute="robust"), "'robust' does not impute"),
    (Encoding(encode="dates"), "'dates' does not take a category"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(wanted, said):
    schema = Schema(tuple(Column(c, c) for c in frame().columns))
    with pytest.raises(ConfigError, match=said):
        fit_encoder(frame(), schema, wanted)


def test_what_is_not_there_is_named():
    with pytest.raises(SchemaError, match="no column is called 'z'"):
        transform["standard"]().fit({"x": [1.0]}, ["z"])
    with pytest.raises(SchemaError, match="learns from the target"):
        TargetMean().fit({"x": ["a"]})
    with pytest.raises(SchemaError, match="holds no numbers"):
        transform["standard"]().fit({"x": ["a"]})
