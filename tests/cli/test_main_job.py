"""The verbs one after the other on a small, dirty table, as a user would call them."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import tomllib

import polars as pl
import pytest

from bestfit.cli import main

SMALL = ["--epochs", "8", "--set", "model.members=4", "--set", "model.width=16"]


def rows(n: int, seed: int) -> list[str]:
    stream = random.Random(seed)
    lines = ["id,age,work,hours,income"]
    for row in range(n):
        age, hours = stream.randint(17, 80), stream.randint(10, 60)
        work = stream.choice(["Private", "State-gov", "?", " private"])
        rich = age * hours / 2000 + stream.gauss(0, 0.2) > 1
        lines.append(f"p{row}x,{age},{work},{hours},{'>50K' if rich else '<=50K'}")
    return lines


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a table to learn, one to judge, and rows to predict."""
    folder = tmp_path_factory.mktemp("job")
    (folder / "adult.csv").write_text("\n".join(rows(600, 0)))
    (folder / "may.csv").write_text("\n".join(rows(200, 1)))
    new = [line.rpartition(",")[0] for line in rows(50, 2)]
    (folder / "new.csv").write_text("\n".join(new))
    return folder


@pytest.fixture(scope="module")
def run(place):
    """A finished run."""
    before = os.getcwd()
    os.chdir(place)
    try:
        assert main(["train", "adult.csv", "--target", "income", *SMALL, "--quiet"]) == 0
    finally:
        os.chdir(before)
    return place / "runs" / "adult-1"


@pytest.fixture(autouse=True)
def inside(place, monkeypatch):
    monkeypatch.chdir(place)


def test_train_prints_the_run_and_nothing_else_when_quiet(place, capfd):
    words = ["train", "adult.csv", "--target", "income", *SMALL, "--quiet", "--out", "here"]
    assert main(words) == 0
    assert capfd.readouterr() == ("here\n", "")
    assert main(words) == 2, "a second run into the same folder is refused"
    assert "a run lies here already" in capfd.readouterr().err


def test_the_run_folder_is_whole(run):
    names = {path.name for path in run.iterdir()}
    needed = "config.toml environment.json profile.json cleaning.json split.json attempts"
    assert set(needed.split()) <= names
    assert {"findings.json", "metrics.json", "model", "report.html", "predictions.parquet"} <= names
    config = tomllib.loads((run / "config.toml").read_text())
    assert config["training"]["epochs"] == 8 and config["model"]["width"] == 16
    assert config["data"] == {"source": "adult.csv", "target": "income"}


def test_json_is_one_object_with_the_verdict(run, capfd):
    assert main(["train", "adult.csv", "--target", "income", *SMALL, "--json"]) == 0
    out, err = capfd.readouterr()
    result = json.loads(out)
    assert result["verdict"]["name"] in ("bestfit", "overfit", "underfit")
    assert result["run"] == os.path.join("runs", "adult-2")
    assert result["target"] == "income" and "auc" in result["test"]
    assert "\r" not in err and "\x1b" not in err and "train" in err


def test_a_config_file_reproduces_the_run(run, place, capfd):
    again = place / "again"
    assert (
        main(["train", "--config", str(run / "config.toml"), "--out", str(again), "--quiet"]) == 0
    )
    first, second = (json.loads((path / "metrics.json").read_text()) for path in (run, again))
    for part in ("train", "valid", "test"):
        assert first[part] == second[part]
    assert (run / "model/weights.safetensors").read_bytes() == (
        again / "model/weights.safetensors"
    ).read_bytes()


def test_predict_keeps_the_order_and_answers_in_every_format(run, capfd):
    assert main(["predict", str(run), "new.csv"]) == 0
    printed = pl.read_csv(capfd.readouterr().out.encode())
    assert printed.height == 50
    assert set(printed["prediction"]) <= {">50K", "<=50K"}
    tables = []
    for name in ("p.csv", "p.parquet", "p.jsonl"):
        assert main(["predict", str(run), "new.csv", "--out", name]) == 0
        assert capfd.readouterr().out == f"{name}\n"
        reader = {"csv": pl.read_csv, "parquet": pl.read_parquet, "jsonl": pl.read_ndjson}
        tables.append(reader[name.split(".")[1]](name))
    for table in tables:
        assert table["prediction"].to_list() == printed["prediction"].to_list()
        assert table.columns == printed.columns
    assert main(["predict", str(run / "model"), "new.csv", "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["predictions"]["prediction"] == printed["prediction"].to_list()


def test_a_folder_in_place_of_the_answer_is_refused(run, place, capfd):
    (place / "taken.csv").mkdir()
    assert main(["predict", str(run), "new.csv", "--out", "taken.csv"]) == 2
    assert "this is a folder" in capfd.readouterr().err
    assert not list(place.glob("*.tmp")) and not list(place.glob(".*.tmp"))


def test_a_missing_column_is_named(run, place, capfd):
    (place / "short.csv").write_text("age,work\n30,Private\n")
    assert main(["predict", str(run), "short.csv"]) == 2
    out, err = capfd.readouterr()
    assert out == "" and "hours" in err and err.count("\n") == 1


def test_evaluate_gives_every_metric(run, capfd):
    assert main(["evaluate", str(run), "may.csv", "--json"]) == 0
    judged = json.loads(capfd.readouterr().out)
    assert 0.5 < judged["auc"]["low"] <= judged["auc"]["value"] <= judged["auc"]["high"] <= 1
    assert main(["evaluate", str(run), "may.csv"]) == 0
    assert "auc" in capfd.readouterr().out
    assert main(["evaluate", str(run), "new.csv"]) == 2
    assert "income" in capfd.readouterr().err


def test_report_is_written_anew(run, capfd):
    page = (run / "report.html").read_bytes()
    (run / "report.html").unlink()
    assert main(["report", str(run)]) == 0
    assert capfd.readouterr().out == f"{run / 'report.html'}\n"
    assert (run / "report.html").read_bytes() == page


def test_runs_ranks_what_is_finished_and_names_what_is_not(run, place, capfd):
    broken = place / "runs" / "half-1"
    broken.mkdir()
    (broken / "config.toml").write_text('[data]\ntarget = "income"\n')
    assert main(["runs"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].split() == ["RUN", "TARGET", "METRIC", "TEST", "VERDICT", "SECONDS"]
    assert "not finished" in lines[-1] and "half-1" in lines[-1]
    (broken / "metrics.json").write_text("[1]")
    assert main(["runs"]) == 0
    assert "broken" in capfd.readouterr().out.splitlines()[-1], "it hides no other run"
    assert main(["runs", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)["runs"]
    assert found[0]["run"] == os.path.join("runs", "adult-1") and not found[-1]["finished"]


def test_killed_and_resumed_is_as_if_never_stopped(run, place, capfd):
    out = place / "killed"
    words = ["train", "adult.csv", "--target", "income", *SMALL, "--out", str(out)]
    child = subprocess.Popen(
        [sys.executable, "-m", "bestfit", *words], stderr=subprocess.DEVNULL, cwd=place
    )
    history = out / "attempts" / "01" / "history.sqlite"
    until = time.monotonic() + 60
    while not history.exists() and child.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert main(["resume", str(out), "--quiet"]) == 0
    first, second = (json.loads((path / "metrics.json").read_text()) for path in (run, out))
    assert first["test"] == second["test"]
    torn = out / ".report.html.1.tmp"  # as a kill within the writing of the report leaves it
    torn.write_text("half a page")
    assert main(["resume", str(out), "--quiet"]) == 0, "a finished run is left as it is"
    assert not torn.exists()


def test_the_python_face_does_the_same(run):
    import bestfit

    frame = pl.read_csv("adult.csv", infer_schema=False)
    config = bestfit.RunConfig()
    finished = bestfit.train(frame, target="income", epochs=3, config=config, out="python")
    assert finished.verdict == finished.metrics["verdict"]["name"]
    assert finished.report.is_file()
    answer = bestfit.load(run).predict(pl.read_csv("new.csv"))
    assert isinstance(answer, pl.Series) and len(answer) == 50
    with pytest.raises(bestfit.SourceError):
        bestfit.train(target="income")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_saves_says_how_to_go_on_and_sets_the_exit_code(place, number, code):
    out = place / f"stopped-{code}"
    words = ["train", "adult.csv", "--target", "income", "--epochs", "5000", "--out", str(out)]
    child = subprocess.Popen(
        [sys.executable, "-m", "bestfit", *words], stderr=subprocess.PIPE, text=True, cwd=place
    )
    until = time.monotonic() + 60
    while not (out / "attempts" / "01" / "history.sqlite").exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.5)
    child.send_signal(number)
    _, err = child.communicate(timeout=60)
    assert child.returncode == code, err
    assert err.splitlines()[-1].endswith(f"(try: bestfit resume {out})")
