"""Columns made of others help or are not kept; columns are selected; neither looks at test rows."""

import json
import tomllib
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import bestfit
from bestfit.config import set_value
from bestfit.errors import ConfigError
from bestfit.run.engineering import made_by_trial
from bestfit.table import Column, Schema
from bestfit.transforms import Encoder, Encoding, Made, fit_encoder, fit_made, proposals

RNG = np.random.default_rng(0)
N = 2400
A, B = RNG.uniform(1, 10, N), RNG.uniform(1, 10, N)
FRAME = pl.DataFrame({
    "rooms": A, "people": B, "noise": RNG.normal(size=N),
    "town": [f"town {k}" for k in RNG.integers(0, 12, N)],
})  # fmt: skip
SCHEMA = Schema((*(Column(c, "number") for c in ("rooms", "people", "noise")),
                 Column("town", "category")))  # fmt: skip
RATIO = A / B + RNG.normal(0, 0.05, N)
PLAIN = A + RNG.normal(0, 1, N)


def trial(y, n_train=1800):
    parts = {"train": y[:n_train], "valid": y[n_train:]}
    return made_by_trial(SCHEMA, FRAME[:n_train], FRAME[n_train:], parts, seed=0)


@pytest.mark.parametrize("y", [RATIO, (np.median(RATIO) < RATIO).astype(int)])
def test_a_ratio_that_the_target_is_made_of_is_found(y):
    found = trial(y)
    assert ("ratio", "rooms", "people") in found.kept or ("ratio", "people", "rooms") in found.kept
    assert found.gain > 0.05 and found.tried > 10


def test_a_ratio_is_found_behind_many_classes_and_among_many_columns():
    eighths = np.searchsorted(np.quantile(RATIO, np.arange(1, 8) / 8), RATIO)
    assert any({"rooms", "people"} == set(formula[1:]) for formula in trial(eighths).kept)
    assert trial(RNG.integers(0, 8, N)).kept == ()
    noise = pl.DataFrame(RNG.normal(size=(N, 400)), schema=[f"z{i}" for i in range(400)])
    frame = noise.with_columns(FRAME["rooms"], FRAME["people"])
    schema = Schema(tuple(Column(name, "number") for name in frame.columns))
    y = {"train": RATIO[:1800], "valid": RATIO[1800:]}
    kept = made_by_trial(schema, frame[:1800], frame[1800:], y, seed=0).kept
    assert any({"rooms", "people"} == set(formula[1:]) for formula in kept)


def test_squares_are_proposed_of_numbers_of_both_signs():
    x = RNG.normal(size=(N, 3))
    frame = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": np.abs(x[:, 2])})
    schema = Schema(tuple(Column(name, "number") for name in frame.columns))
    found = proposals(frame, schema, frame.columns)
    assert [formula[1] for formula in found if formula[0] == "square"] == ["a", "b"]
    y = x[:, 0] ** 2 + x[:, 1] ** 2
    parts = {"train": y[:1800], "valid": y[1800:]}
    kept = made_by_trial(schema, frame[:1800], frame[1800:], parts, seed=0).kept
    assert {("square", "a"), ("square", "b")} <= set(kept)


def test_nothing_is_made_where_nothing_helps():
    assert trial(RNG.normal(size=N)).kept == ()
    assert trial(PLAIN).kept == ()
    assert trial(RATIO, n_train=200).kept == () and "too few" in trial(RATIO, n_train=200).reason


def test_each_formula_means_what_it_says():
    day = pl.Series([0, 10, None], dtype=pl.Int32).cast(pl.Date).cast(pl.Datetime("us"))
    rows = pl.DataFrame({"a": [6.0, 1.0, None], "b": [3.0, 0.0, 2.0], "c": ["x", "y", "x"],
                         "d": day, "e": day.shift(1)})  # fmt: skip
    kinds = {"a": "number", "b": "number", "c": "category", "d": "date", "e": "date"}
    schema = Schema(tuple(Column(name, kind) for name, kind in kinds.items()))
    expected = {
        ("product", "a", "b"): [18, 0, None], ("ratio", "a", "b"): [2, None, None],
        ("difference", "a", "b"): [3, 1, None], ("sum", "a", "b"): [9, 1, None],
        ("square", "a"): [36, 1, None], ("mean_by", "a", "c"): [6, 1, 6],
        ("over_mean", "b", "c"): [0.5, 0, -0.5], ("days_between", "d", "e"): [None, 10, None],
    }  # fmt: skip
    made, longer = fit_made(rows, schema, list(expected))
    for part, values in zip(made, expected.values(), strict=True):
        assert part.of(rows).to_list() == values, part.name
        assert Made.from_state(json.loads(json.dumps(part.state()))) == part
    assert [c.name for c in longer.columns[5:]] == [part.name for part in made]
    new = pl.DataFrame({"a": [1.0], "c": ["never seen"]})
    assert made[5].of(new).to_list() == [3.5], "an unseen level has the mean of all rows"


def test_columns_that_are_called_like_a_formula_are_no_trouble():
    """Two formulas may have one title, and a column may have it already."""
    names = ["rooms", "people", "rooms - people", "noise", "people - noise"]
    x = RNG.normal(size=(N, 5))
    schema = Schema(tuple(Column(name, "number") for name in names))
    frame = pl.DataFrame(x, schema=names)
    y = x[:, 0] / (2 + np.abs(x[:, 1]))
    parts = {"train": y[:1800], "valid": y[1800:]}
    found = made_by_trial(schema, frame[:1800], frame[1800:], parts, seed=0)
    assert found.tried > 30
    same = {"train": np.zeros(1800, int), "valid": np.zeros(600, int)}
    assert made_by_trial(schema, frame[:1800], frame[1800:], same, seed=0).kept == ()


@pytest.mark.parametrize(("formula", "said"), [
    (("ratio", "rooms", "town"), "'town' is category"), (("ratio", "rooms", "z"), "no feature"),
    (("ratio", "rooms"), "takes 2 columns"), (("magic", "rooms"), "no formula"), ((), "no formula"),
])  # fmt: skip
def test_formulas_that_do_not_fit_are_refused(formula, said):
    with pytest.raises(ConfigError, match=said):
        fit_made(FRAME, SCHEMA, [formula])


def test_the_encoder_makes_them_again_for_new_rows():
    wanted = Encoding(made=(("ratio", "rooms", "people"), ("over_mean", "rooms", "town")))
    encoder, features = fit_encoder(FRAME[:500], SCHEMA, wanted)
    assert {"rooms / people", "rooms over its mean by town"} <= set(encoder.layout.names)
    back = Encoder.from_state(json.loads(json.dumps(encoder.state())))
    assert np.array_equal(back.apply(FRAME[:500]).dense, features.dense)


@pytest.fixture(scope="module")
def rows():
    return FRAME.with_columns(y=pl.Series(RATIO))[:900]


def train(rows, out, **settings):
    config = bestfit.RunConfig()
    for name, value in settings.items():
        config = set_value(config, f"{name.replace('__', '.')}={value}")
    return bestfit.train(rows, target="y", epochs=2, out=out, config=config)


def test_a_run_keeps_what_helps_and_predicts_with_it(rows, tmp_path):
    run = train(rows, tmp_path / "run")
    profile = json.loads((tmp_path / "run" / "profile.json").read_text())
    kept = profile["engineering"]["kept"]
    assert any(name in kept for name in ("rooms / people", "people / rooms"))
    config = tomllib.loads((tmp_path / "run" / "config.toml").read_text())
    assert len(config["transform"]["made"]) == len(kept)
    model = bestfit.load(run.folder.path)
    assert set(model.columns) <= set(FRAME.columns)
    assert np.isfinite(model.predict(rows.drop("y")[:5]).to_numpy()).all()
    told = (tmp_path / "run" / "profile.json").read_bytes()
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    (tmp_path / "run" / "metrics.json").unlink()
    bestfit.resume(tmp_path / "run", data=rows)
    assert (tmp_path / "run" / "profile.json").read_bytes() == told, "resumed, it says the same"
    assert set(kept) <= {item["column"] for item in metrics["importance"]}


@pytest.mark.parametrize("selector", ["f", "l1"])
def test_columns_are_selected_and_the_bundle_needs_them_only(rows, tmp_path, selector):
    run = train(rows, tmp_path / "run", select__name=selector, select__k=2, transform__made="[]")
    profile = json.loads((tmp_path / "run" / "profile.json").read_text())
    assert sorted(bestfit.load(run.folder.path).columns) == ["people", "rooms"]
    dropped = {f["name"]: f["reason"] for f in profile["fields"] if f["role"] == "dropped"}
    assert dropped.keys() == {"noise", "town"} and "of 4" in dropped["noise"]
    ranked = [name for name, _ in profile["selection"]["scores"]]
    assert set(ranked[:2]) == {"people", "rooms"}


def test_a_selector_that_is_not_there_is_refused(rows, tmp_path):
    with pytest.raises(ConfigError, match="no selector is called 'ff'"):
        train(rows, tmp_path / "run", select__name="ff")
    with pytest.raises(ConfigError, match=r"select\.k needs select\.name"):
        train(rows, tmp_path / "run", select__k=2)


def test_no_statistic_moves_when_rows_that_judge_do(tmp_path):
    """Other cells in validation and test rows change nothing that was fitted."""
    part = np.array(["train"] * 700 + ["valid"] * 100 + ["test"] * 100)
    table = FRAME.with_columns(y=pl.Series(RATIO))[:900].with_columns(part=pl.Series(part))
    other = pl.concat([table[:700], table[700:].with_columns(
        pl.col("rooms", "people", "noise").shuffle(seed=1) * 3, pl.col("town").shuffle(seed=2)
    )])  # fmt: skip
    states = []
    for name, frame in (("one", table), ("other", other)):
        config = bestfit.RunConfig(transform=Encoding(encode="target_mean"))
        wanted = replace(config.transform, made=(("over_mean", "rooms", "town"),))
        run = bestfit.train(frame, target="y", part="part", epochs=1, out=tmp_path / name,
                            config=replace(config, transform=wanted))  # fmt: skip
        model = bestfit.load(run.folder.path)
        states.append((model.encoder.state(), model.target_scale, model.plan.to_dict()))
    assert states[0] == states[1]


def test_rows_that_teach_and_judge_are_told(rows, tmp_path):
    test = pl.concat([rows[:30], FRAME[900:1000].with_columns(y=pl.Series(RATIO[900:1000]))])
    named = rows.with_columns(patient=pl.Series([f"P{i // 3}" for i in range(len(rows))]))
    judges = test.with_columns(patient=pl.Series([f"P{i}" for i in range(1000, 1130)]))
    judges[0, "patient"] = "P7"
    run = bestfit.train(named, target="y", test=judges, group="patient", epochs=1,
                        out=tmp_path / "run", config=bestfit.RunConfig(
                            transform=Encoding(made=())))  # fmt: skip
    profile = json.loads((run.folder.path / "profile.json").read_text())
    told = [w for w in profile["warnings"] if "source" in w["evidence"]]
    assert {w["name"] for w in told} == {"data_leakage"}
    told = {w["column"]: w["evidence"]["rows"] for w in told}
    assert told == {None: 30, "patient": 1}


@pytest.mark.parametrize("encode", ["target_mean", "one_hot"])
@pytest.mark.parametrize("option", ["group", "order"])
def test_three_groups_or_moments_are_enough(rows, tmp_path, option, encode):
    """Fewer than folds teach: one, here."""
    table = rows[:300].with_columns(year=pl.Series([2001, 2002, 2003] * 100))
    config = bestfit.RunConfig(transform=Encoding(encode=encode, made=()))
    run = bestfit.train(table, target="y", epochs=1, out=tmp_path / "run", config=config,
                        **{option: "year"})  # fmt: skip
    assert np.isfinite(run.metrics["test"]["rmse"]["value"])
