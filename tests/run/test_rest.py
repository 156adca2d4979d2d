"""A table larger than memory: all of its rows teach but those that tune, judge or may not."""

import json

import numpy as np
import polars as pl
import pytest

import bestfit
from bestfit.serve import evaluate
from bestfit.sources import open_table, stored

N = 24_000


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    random = np.random.default_rng(0)
    x, z = random.normal(size=(2, N))
    y = 3 * x + np.where(random.random(N) < 0.5, 1.0, -1.0) * 0.1
    frame = pl.DataFrame({
        "x": x, "z": z, "kind": random.choice(["a", "b"], N), "who": np.arange(N) % 400,
        "day": np.arange(N), "y": pl.Series(y).to_frame("y").with_row_index().select(
            pl.when(pl.col("index") % 50 == 7).then(None).otherwise(pl.col("y")).alias("y")
        )["y"],
    })  # fmt: skip
    frame = pl.concat([frame, frame.slice(100, 1_000)])
    file = tmp_path_factory.mktemp("rows") / "t.parquet"
    frame.write_parquet(file, row_group_size=2_000)
    return file


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    monkeypatch.setenv("BESTFIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(stored, "LARGE_BYTES", 100_000)
    monkeypatch.setattr(stored, "SAMPLE_BYTES", 200_000)
    monkeypatch.setattr(stored, "PIECE_BYTES", 100_000)


def trained(path, out, **options):
    options = {"target": "y", "epochs": 1.0, "drop": ["day", "who"]} | options
    return bestfit.train(str(path), out=out, **options)


def split_of(run):
    return json.loads((run.path / "split.json").read_text())


def test_every_row_is_accounted_for(path, tmp_path):
    run = trained(path, tmp_path / "run")
    account = split_of(run)["table"]
    assert account["rows"] == N + 1_000
    assert account["not_reached"] == 0
    assert account["left_out"]["no target"] > 300
    assert 0 < account["left_out"]["equal to a held-back row"] < 700
    total = account["teach"] + account["tune_or_judge"] + account["left_out_of_the_sample"]
    assert total + sum(account["left_out"].values()) == N + 1_000
    assert run.metrics["rows"]["train"] == account["teach"] > 20_000
    assert run.metrics["test"]["rmse"]["value"] < 0.5
    assert not list((tmp_path / "cache" / "tables").glob("rows-*"))


def test_a_resumed_run_has_the_same_rows(path, tmp_path):
    first = trained(path, tmp_path / "first")
    again = bestfit.train(config=str(first.path / "config.toml"), out=tmp_path / "second")
    weights = [(run.path / "model" / "weights.safetensors").read_bytes() for run in (first, again)]
    assert weights[0] == weights[1]


def test_groups_and_later_rows_are_kept_apart(path, tmp_path):
    run = trained(path, tmp_path / "group", group="who", drop=["day"])
    account = split_of(run)["table"]
    assert account["left_out"]["of a held-back group"] > 3_000
    run = trained(path, tmp_path / "order", order="day", drop=["who"])
    account = split_of(run)["table"]
    assert account["left_out"]["as late as held-back rows"] > 3_000


def test_all_rows_are_predicted_and_a_sample_is_judged(path, tmp_path):
    from bestfit.cli.app import main

    run = trained(path, tmp_path / "run")
    out = tmp_path / "p.parquet"
    assert main(["predict", str(run.path), str(path), "--out", str(out)]) == 0
    model = bestfit.load(run.path)
    whole = pl.read_parquet(path)
    assert pl.read_parquet(out).height == N + 1_000
    assert pl.read_parquet(out)["prediction"][:50].to_list() == model.predict(whole[:50]).to_list()
    found = evaluate(model, open_table(path))
    assert found["sample_of"] == N + 1_000 and found["rows"] < 6_000


def test_columns_are_made_by_trial_on_the_sample_and_for_all_rows(tmp_path):
    random = np.random.default_rng(1)
    a, b = random.uniform(1, 10, (2, N))
    frame = pl.DataFrame({"a": a, "b": b, "y": a / b + random.normal(0, 0.05, N)})
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=2_000)
    run = trained(tmp_path / "t.parquet", tmp_path / "run", drop=[])
    kept = json.loads((run.path / "profile.json").read_text())["engineering"]["kept"]
    assert {"a / b", "b / a"} & set(kept)
    assert split_of(run)["table"]["not_reached"] == 0 and run.metrics["rows"]["train"] > 20_000
