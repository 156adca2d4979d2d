"""A run whose settings are at fault is repaired before it begins, and one that is well is not."""

import math
import random
from dataclasses import replace

import pytest

import bestfit
from bestfit.config import OptimizerConfig, RunConfig, load, set_value
from bestfit.files import read_json
from bestfit.run.checkup import _due
from bestfit.run.remedies import REMEDIES

random.seed(0)
X = [(random.gauss(0, 1), random.gauss(0, 1)) for _ in range(800)]
TABLE = {
    "a": [a for a, _ in X],
    "b": [b for _, b in X],
    "y": ["in" if math.hypot(a, b) < 1.1 else "out" for a, b in X],
}
OPTIONS = {"target": "y", "epochs": 6}


def trained(tmp_path, *settings, **options):
    config = RunConfig()
    for assignment in ("model.members=4", *settings):
        config = set_value(config, assignment)
    return bestfit.train(TABLE, config=config, out=tmp_path / "r", **(OPTIONS | options))


def repaired(run):
    return {f["name"] for f in run.findings if f.get("repair")}


def test_steps_that_are_far_too_large_are_found_and_repaired(tmp_path):
    run = trained(tmp_path, lr=30.0)
    assert "learning_rate_too_high" in repaired(run)
    assert run.metrics["valid"]["auc"]["value"] > 0.95
    settled = load(tmp_path / "r" / "config.toml")
    assert settled.optimizer.lr < 3 and settled.training.repair is False
    assert load(tmp_path / "r" / "attempts" / "01" / "config.toml").optimizer.lr == 30
    assert [path.name for path in run.attempts] == ["01", "02"]
    told = read_json(tmp_path / "r" / "repairs.json")
    assert told["attempts"][0]["kept"] is False and told["attempts"][0]["changes"] == []
    assert "Learning rate too high" in run.report.read_text()


def test_without_repair_the_run_is_as_it_was_asked_for(tmp_path):
    run = trained(tmp_path, lr=30.0, repair=False)
    assert not repaired(run) and len(run.attempts) == 1
    assert load(tmp_path / "r" / "config.toml").optimizer.lr == 30


def test_a_penalty_that_holds_everything_back_is_lifted(tmp_path):
    run = trained(tmp_path, 'penalty.name="l1"', "penalty.options.strength=1.0")
    assert repaired(run) == {"over_regularised"}
    assert load(tmp_path / "r" / "config.toml").penalty.name is None


def test_deep_sigmoids_are_bent_otherwise(tmp_path):
    run = trained(tmp_path, "model.activation=sigmoid", "model.blocks=10")
    assert repaired(run) & {"vanishing_gradient", "saturated_activation"}
    assert run.metrics["valid"]["auc"]["value"] > 0.9


@pytest.mark.parametrize("settings", [["optimizer.lr=0.004"], ["model.dropout=0.2"]])
def test_sound_settings_stay(tmp_path, settings):
    run = trained(tmp_path, *settings)
    assert not repaired(run) and len(run.attempts) == 1
    assert read_json(tmp_path / "r" / "repairs.json")["attempts"]


def test_where_nothing_was_asked_for_nothing_is_checked(tmp_path):
    trained(tmp_path)
    assert not (tmp_path / "r" / "repairs.json").exists()
    assert not _due(RunConfig())
    assert _due(replace(RunConfig(), optimizer=OptimizerConfig(lr=0.1)))


def test_a_repaired_run_is_reproduced_by_its_config(tmp_path):
    first = trained(tmp_path, lr=30.0)
    again = bestfit.train(TABLE, config=first.path / "config.toml", out=tmp_path / "again")
    assert again.metrics["valid"] == first.metrics["valid"]
    assert not (tmp_path / "again" / "repairs.json").exists()


def test_every_remedy_changes_the_config_and_leaves_the_given_one():
    asked = RunConfig(optimizer=OptimizerConfig(lr=1.0, weight_decay=0.5, options={"beta1": 0.8}))
    for assignment in (
        "model.activation=sigmoid", "model.blocks=6", "model.dropout=0.9", "model.width=2",
        'penalty.name="l1"', "training.epochs=2", "training.batch_size=1", "loss.name=mse",
        "transform.scale=none", "training.clip_norm=none", "model.init=he_uniform",
        "schedule.name=constant",
    ):  # fmt: skip
        asked = set_value(asked, assignment)
    before = repr(asked)
    for name, remedy in REMEDIES.items():
        if name == "class_imbalance":
            continue
        changes = list(remedy(asked, asked))
        assert changes, name
        assert all(words and config != asked for words, config in changes), name
    assert repr(asked) == before
    classes = set_value(asked, "loss.name=cross_entropy")
    assert [c.loss.balanced for _, c in REMEDIES["class_imbalance"](classes, classes)] == [True]


def test_a_run_killed_after_its_check_goes_on_with_what_it_brought(tmp_path, monkeypatch):
    from bestfit.run import job

    class Killed(Exception):
        pass

    def killed(*_, **__):
        raise Killed

    real = job.find_rivals
    table = tmp_path / "t.csv"
    table.write_text(
        "a,b,y\n" + "\n".join(f"{a},{b},{y}" for a, b, y in zip(*TABLE.values(), strict=True))
    )
    monkeypatch.setattr(job, "find_rivals", killed)
    options = {"target": "y", "epochs": 6, "lr": 30.0}
    with pytest.raises(Killed):
        bestfit.train(table, out=tmp_path / "r", **options)
    monkeypatch.setattr(job, "find_rivals", real)
    monkeypatch.setattr("bestfit.run.checkup.Checkup.run", killed)
    run = bestfit.resume(tmp_path / "r")
    assert "learning_rate_too_high" in repaired(run) and len(run.attempts) == 2
