"""Laws of the transform room, and agreement with scikit-learn."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from bestfit.errors import FolderError
from bestfit.frames.pictures import picture_cell
from bestfit.table import Column, Schema
from bestfit.transforms import (
    Dates,
    Encoder,
    FittedScaler,
    MinMax,
    Scaler,
    Standard,
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


def column_of(name):
    kinds = {"one_hot": "category", "index": "category", "frequency": "category"}
    kinds |= {"dates": "date", "words": "text", "pixels": "picture"}
    return kinds.get(name, "number")


@pytest.mark.parametrize("name", transform)
def test_state_goes_through_json_and_back(name):
    fitted = transform[name]().fit(frame(), [column_of(name)])
    back = fitted_from_state(json.loads(json.dumps(fitted.state())))
    assert back == fitted
    assert np.array_equal(back.apply(frame(seed=1)), fitted.apply(frame(seed=1)))


@pytest.mark.parametrize("name", transform)
def test_a_row_is_encoded_alone_as_among_others(name):
    fitted = transform[name]().fit(frame(), [column_of(name)])
    rows = frame(seed=2)
    together = fitted.apply(rows)
    assert together.shape[:2] == (N, len(fitted.outputs)) and np.isfinite(together).all()
    order = np.random.default_rng(1).permutation(N)
    assert np.array_equal(fitted.apply(rows[order]), together[order])
    assert np.array_equal(fitted.apply(rows[7:8])[0], together[7])
    assert len(fitted.apply(rows[:0])) == 0


@pytest.mark.parametrize("name", transform)
def test_columns_of_nothing_but_gaps_do_no_harm(name):
    rows = frame().with_columns(pl.lit(None, dtype=t).alias(c) for c, t in frame().schema.items())
    fitted = transform[name]().fit(rows, [column_of(name)])
    assert np.isfinite(fitted.apply(rows)).all()
    assert np.isfinite(fitted.apply(frame())).all()


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


@pytest.mark.parametrize(("ours", "theirs"), [(Standard, StandardScaler), (MinMax, MinMaxScaler)])
def test_scalers_agree_with_scikit_learn(ours, theirs):
    x = RNG.normal(size=(N, 3)) * [1, 100, 1e-3] + [0, 7, 3]
    table = pl.DataFrame(x, schema=["a", "b", "c"])
    fitted = ours().fit(table, table.columns)
    assert isinstance(fitted, FittedScaler)
    expected = theirs().fit(x).transform(x)
    assert np.abs(fitted.scaled(x) - expected).max() < 1e-9


@pytest.mark.parametrize("name", [n for n, cls in transform.items() if issubclass(cls, Scaler)])
def test_gaps_are_imputed_and_flagged_and_outliers_stay_finite(name):
    table = pl.DataFrame({"x": [1.0, 2.0, None, 4.0, 1e12], "y": [1.0] * 5})
    fitted = transform[name]().fit(table, ["x", "y"])
    assert fitted.outputs == ("x", "y", "x is missing")
    out = fitted.apply(table)
    assert out[:, 2].tolist() == [0, 0, 1, 0, 0] and np.isfinite(out).all()
    filled = table.with_columns(pl.col("x").fill_null(3.0))
    assert out[2, 0] == fitted.apply(filled)[2, 0], "the median fills the gap"


def test_unknown_and_missing_levels_have_their_own_answer():
    table = pl.DataFrame({"c": ["a", "a", "b", "b", None, "rare"]})
    new = pl.DataFrame({"c": ["b", None, "never seen"]}, schema={"c": pl.String})
    one_hot = transform["one_hot"]().fit(table, ["c"])
    assert one_hot.outputs == ("c = a", "c = b", "c = rare", "c is missing")
    assert one_hot.apply(new).tolist() == [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
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
    encoder = fit_encoder(frame(), schema, scale="quantile", max_levels=16, bins=8)
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
    encoder = fit_encoder(table, schema, scale="standard", max_levels=16, bins=0)
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
