"""The main job on small tables: every task, every file, twice the same, nothing left behind."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import bestfit
from bestfit.config import configure, load, set_value
from bestfit.errors import ConfigError, FolderError, InputError, SourceError, TargetError
from bestfit.folder import claimed
from bestfit.run import train as train_run
from bestfit.stopping import StopRequest


def train(source, config, out=None, **options):
    """As the Python face does, without a report."""
    with claimed(out, "memory") as folder:
        return train_run(source, config, folder, StopRequest(), **options)


FILES = {
    "config.toml", "environment.json", "profile.json", "cleaning.json", "split.json",
    "findings.json", "metrics.json", "predictions.parquet", "model", "attempts",
}  # fmt: skip


def table(task, n=240):
    random = np.random.default_rng(1)
    x = random.normal(size=n)
    kind = random.choice(["a", "b", "c"], n)
    score = x + (kind == "b") + 0.3 * random.normal(size=n)
    target = {
        "binary": np.where(score > 0.3, "yes", "no"),
        "multiclass": np.array(["low", "mid", "high"])[np.digitize(score, [-0.3, 0.8])],
        "regression": np.round(100 + 10 * score, 2),
    }[task]
    gaps = random.random(n) < 0.1
    return pl.DataFrame(
        {
            "x": [None if g else float(v) for g, v in zip(gaps, x, strict=True)],
            "kind": kind.tolist(),
            "noise": random.normal(size=n),
            "y": target.tolist(),
        }
    )


def small(**options):
    return configure(target="y", epochs=3, **options)


@pytest.fixture(scope="module", params=["binary", "multiclass", "regression"])
def run(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / request.param
    return request.param, train(table(request.param), small(), out=folder)


def test_the_folder_holds_every_file(run):
    _, done = run
    names = {path.name for path in done.path.iterdir()}
    assert names - {".lock"} == FILES
    assert not list(done.path.rglob("*.tmp"))
    assert done.verdict in ("bestfit", "overfit", "underfit")


def test_metrics_hold_what_was_promised(run):
    task, done = run
    m = done.metrics
    assert m["task"] == task and sum(m["rows"].values()) == 240
    for part in ("train", "valid", "test"):
        value = m[part][m["metric"]]
        assert value["low"] <= value["value"] <= value["high"]
    assert {a["name"] for a in m["anchors"]} == {"constant", "linear", "boosted_trees"}
    assert m["importance"][0]["column"] in ("x", "kind")
    assert [p["rows"] for p in m["learning_curve"]] == sorted(
        p["rows"] for p in m["learning_curve"]
    )
    assert sum(member["weight"] for member in m["members"]) == pytest.approx(1)


def test_held_back_rows_are_rows_of_the_table_with_its_labels(run):
    task, done = run
    held = pl.read_parquet(done.path / "predictions.parquet")
    source = table(task)["y"][held["row"].to_numpy()]
    if task == "regression":
        assert np.allclose(held["target"].to_numpy(), source.to_numpy())
    else:
        assert held["target"].to_list() == source.to_list()


def test_the_bundle_gives_the_predictions_that_were_judged(run):
    task, done = run
    held = pl.read_parquet(done.path / "predictions.parquet")
    again = bestfit.load(done.path).frame(table(task)[held["row"].to_numpy()])
    if task == "regression":
        assert np.array_equal(again["prediction"].to_numpy(), held["prediction"].to_numpy())
    else:
        assert again["prediction"].to_list() == held["prediction"].to_list()


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    files = []
    for name in ("one", "two"):
        done = train(table("binary"), small(seed=3), out=tmp_path / name)
        held = pl.read_parquet(done.path / "predictions.parquet")
        metrics = {k: v for k, v in done.metrics.items() if k != "seconds"}
        for anchor in metrics["anchors"]:
            del anchor["seconds"]
        weights = (done.path / "model" / "weights.safetensors").read_bytes()
        files.append((weights, held.write_csv(), json.dumps(metrics)))
    assert files[0] == files[1]


def test_a_second_table_can_judge(tmp_path):
    done = train(table("binary"), small(), out=tmp_path / "r", test=table("binary", 60))
    assert done.metrics["rows"]["test"] == 60
    assert done.metrics["rows"]["train"] + done.metrics["rows"]["valid"] == 240


@pytest.mark.parametrize("batch_size", [1, "full"])
@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_batch_and_stochastic_gradient_descent(tmp_path, batch_size, optimizer):
    config = configure(target="y", epochs=1, batch_size=batch_size, optimizer=optimizer)
    done = train(table("binary", 120), config, out=tmp_path / "r")
    assert done.metrics["rows"]["train"] > 50


def test_a_linear_model_can_be_asked_for(tmp_path):
    done = train(table("regression"), small(model="linear", loss="huber"), out=tmp_path / "r")
    assert done.metrics["model"]["name"] == "linear"
    again = train(table("regression"), load(done.path / "config.toml"), out=tmp_path / "again")
    weights = [(r.path / "model" / "weights.safetensors").read_bytes() for r in (done, again)]
    assert weights[0] == weights[1]
    config = set_value(small(model="linear"), "model.width=64")
    with pytest.raises(InputError, match="no hidden layer"):
        train(table("regression"), config, out=tmp_path / "refused")


@pytest.mark.parametrize(
    ("source", "options", "error"),
    [
        ("no/such/file.csv", {}, SourceError),
        (table("binary").drop("y"), {}, TargetError),
        (table("binary").with_columns(pl.lit("a").alias("y")), {}, TargetError),
        (table("binary"), {"loss": "mse"}, InputError),
        (table("binary"), {"metric": "rmse"}, InputError),
        (table("binary"), {"optimizer": "adamn"}, InputError),
        (table("binary"), {"group": "nothing"}, InputError),
        (table("binary").head(4), {}, InputError),
    ],
)
def test_a_refusal_leaves_nothing_behind(tmp_path, monkeypatch, source, options, error):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        train(source, small(**options))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("options", [{"zz": 1.0}, {"lr": 1.0}])
def test_an_option_that_the_optimizer_lacks_is_refused(tmp_path, options):
    config = small()
    config = replace(config, optimizer=replace(config.optimizer, options=options))
    with pytest.raises(ConfigError, match="no option of adamw"):
        train(table("binary"), config, out=tmp_path / "r")
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("label", ["never seen", None])
def test_rows_that_cannot_judge_are_refused_before_anything_is_written(tmp_path, label):
    test = table("binary", 60).with_columns(y=pl.lit(label, dtype=pl.String))
    test.write_csv(tmp_path / "test.csv")
    with pytest.raises(TargetError, match=r"test\.csv"):
        train(table("binary"), small(), out=tmp_path / "r", test=tmp_path / "test.csv")
    assert not (tmp_path / "r").exists()


def test_a_folder_with_a_run_is_not_overwritten(tmp_path):
    (tmp_path / "config.toml").write_text("")
    with pytest.raises(FolderError, match="already"):
        train(table("binary"), small(), out=tmp_path)


def test_what_a_kill_left_before_there_was_a_config_is_put_away(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").write_text("17")
    (tmp_path / "run" / ".config.toml.17.tmp").write_text("[data]\nsou")
    with claimed(tmp_path / "run", "memory") as folder:
        assert [child.name for child in folder.path.iterdir()] == [".lock"]


def test_what_is_trained_stays_whatever_is_refused_later(tmp_path):
    def refuse(event):
        if event.stage == "train":
            raise SourceError("somebody else's")

    with pytest.raises(SourceError):
        train(table("binary"), small(), out=tmp_path / "r", progress=refuse)
    assert (tmp_path / "r" / "attempts" / "01").is_dir()


@pytest.mark.parametrize("out", ["file", "file/run", "full"])
def test_what_lies_where_a_run_would_go_stays_as_it_is(tmp_path, out):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full" / "model").mkdir(parents=True)
    (tmp_path / "full" / "model" / "mine").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FolderError):
        train(table("binary"), small(), out=tmp_path / out)
    assert sorted(tmp_path.rglob("*")) == before


def _start(folder, csv):
    command = [sys.executable, "-m", "bestfit", "train", str(csv), "--target", "y"]
    command += ["--epochs", "60", "--out", str(folder), "--set", "training.patience=1000"]
    command += ["--quiet", "--set", "training.threads=1"]
    with open(_said(folder), "wb") as stderr:
        return subprocess.Popen(command, stderr=stderr, stdout=subprocess.DEVNULL)


def _said(folder):
    return folder.with_suffix(".stderr")


def _wait_for(path, process, seconds=60):
    until = time.monotonic() + seconds
    while not path.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.005)


def _outcome(folder):
    weights = (folder / "model" / "weights.safetensors").read_bytes()
    metrics = json.loads((folder / "metrics.json").read_bytes())
    for part in [metrics, *metrics["anchors"]]:
        del part["seconds"]
    return weights, metrics, pl.read_parquet(folder / "predictions.parquet").write_csv()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    place = tmp_path_factory.mktemp("whole")
    csv = place / "table.csv"
    table("binary", 600).write_csv(csv)
    process = _start(place / "run", csv)
    assert process.wait(120) == 0, _said(place / "run").read_text()
    return csv, _outcome(place / "run")


@pytest.mark.parametrize("after_s", [0.0, 0.4])
def test_killed_and_resumed_equals_uninterrupted(tmp_path, uninterrupted, after_s):
    csv, expected = uninterrupted
    process = _start(tmp_path / "run", csv)
    _wait_for(tmp_path / "run" / "attempts" / "01" / "history.sqlite", process)
    time.sleep(after_s)
    process.kill()
    process.wait()
    assert not (tmp_path / "run" / "metrics.json").exists(), "killed too late to test anything"
    bestfit.resume(tmp_path / "run")
    assert _outcome(tmp_path / "run") == expected


def test_a_signal_saves_and_the_run_goes_on_from_there(tmp_path, uninterrupted):
    csv, expected = uninterrupted
    process = _start(tmp_path / "run", csv)
    _wait_for(tmp_path / "run" / "attempts" / "01" / "history.sqlite", process)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143
    assert "bestfit resume" in _said(tmp_path / "run").read_text()
    checkpoint = tmp_path / "run" / "attempts" / "01" / "checkpoint" / "checkpoint.json"
    step = json.loads(checkpoint.read_bytes())["step"]
    assert step > 0
    bestfit.resume(tmp_path / "run")
    assert _outcome(tmp_path / "run") == expected
