"""A comparison: fair by construction, judged on rows that chose nothing, and told on a page."""

import json
import math
import os
import signal

import numpy as np
import pytest

import bestfit
from bestfit.cli import main
from bestfit.config import RunConfig, set_value
from bestfit.errors import ConfigError, Stopped
from bestfit.metrics import metric
from bestfit.run.arms import Arm
from bestfit.run.course import Course
from bestfit.run.ranking import ranked


def table(n=500, seed=0):
    random = np.random.default_rng(seed)
    x, z = random.normal(size=n), random.normal(size=n)
    return {"x": x, "z": z, "kind": random.choice(["a", "b"], n),
            "y": np.sin(2 * x) + 0.5 * z + 0.1 * random.normal(size=n)}  # fmt: skip


QUICK = {"target": "y", "epochs": 3, "seeds": 2, "rates": 2}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    out = tmp_path_factory.mktemp("compare") / "c"
    names = "sgd,adam,nesterov,schedulefree_adamw,lbfgs,prodigy"
    return bestfit.compare(table(), out=out, optimizers=names, **QUICK), out


def test_all_are_ranked_and_written_down(found):
    result, out = found
    rows = result["ranking"]
    assert [row["place"] for row in rows] == [1, 2, 3, 4, 5, 6] and rows[0]["tied"]
    values = [row["score"][0] for row in rows]
    assert values == sorted(values) and all(math.isfinite(v) for v in values)
    for row in rows:
        assert row["score"][1] <= row["score"][0] <= row["score"][2]
        assert row["lr"] in row["rates"] and len(row["seeds"]) == 2
        assert row["epochs"][0] == 0 and len(row["epochs"]) == len(row["valid_loss"])
        assert row["epochs"][-1] <= 3
    assert json.loads((out / "comparison.json").read_text())["ranking"] == rows
    page = (out / "report.html").read_text()
    assert "<script" not in page and page.count("<svg") >= 5 and "schedulefree_adamw" in page


def test_all_begin_with_the_same_weights_on_the_same_rows(found):
    rows = found[0]["ranking"]
    assert len({round(row["valid_loss"][0], 5) for row in rows}) == 1
    paths = found[0]["landscape"]["paths"]
    assert all(np.allclose(path["points"][0], 0) for path in paths)


def test_it_is_the_same_every_time(found, tmp_path):
    names = "sgd,adam,nesterov,schedulefree_adamw,lbfgs,prodigy"
    again = bestfit.compare(table(), out=tmp_path / "d", optimizers=names, **QUICK)
    for key in ("score", "valid_loss", "train_loss", "by_rate", "behind"):
        assert [r[key] for r in again["ranking"]] == [r[key] for r in found[0]["ranking"]]


def test_a_candidate_does_the_same_whoever_is_beside_it(found, tmp_path):
    two = bestfit.compare(table(), out=tmp_path / "e", optimizers="adam,sgd", **QUICK)
    before = {row["name"]: row for row in found[0]["ranking"]}
    for row in two["ranking"]:
        assert row["by_rate"] == pytest.approx(before[row["name"]]["by_rate"], rel=1e-3)


@pytest.mark.parametrize(
    ("axis", "names"),
    [
        ("losses", "all"), ("regularizers", "none,dropout,l1,group,noise,weight_decay"),
        ("schedules", "constant,reduce_on_plateau,wsd"), ("inits", "all"),
        ("models", "linear,mlp:1x16,mlp:2x32"),
    ],
)  # fmt: skip
def test_other_things_can_be_compared(axis, names, tmp_path):
    options = {**QUICK, "epochs": 1, "rates": 1, axis: names}
    result = bestfit.compare(table(300), out=tmp_path / "f", **options)
    count = len(result["ranking"])
    assert count >= 3 and (tmp_path / "f" / "report.html").stat().st_size > 20_000
    if axis == "losses":
        assert "poisson" not in {row["name"] for row in result["ranking"]}, "y is below 0"
    if axis == "inits":
        starts = {row["name"]: row["valid_loss"][0] for row in result["ranking"]}
        assert len(set(starts.values())) == count


def test_classes_are_compared_too(tmp_path):
    data = table(400)
    data["y"] = np.where(data["y"] > 0.5, "high", np.where(data["y"] < -0.5, "low", "mid"))
    result = bestfit.compare(data, out=tmp_path / "g", losses="all", **QUICK)
    assert {row["name"] for row in result["ranking"]} == {
        "cross_entropy", "focal", "hinge", "ordinal",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"optimizers": "adam"}, "two candidates"),
        ({"optimizers": "adam,adamm"}, "adamm"),
        ({}, "nothing to compare"),
        ({"optimizers": "all", "losses": "all"}, "one thing"),
        ({"losses": "mse,hinge"}, "hinge"),
        ({"losses": "mse,poisson"}, "≥ 0"),
        ({"models": "linear,mlp:3"}, "mlp:3"),
        ({"regularizers": "none,flip"}, "flip"),
        ({"optimizers": "adam,sgd", "seeds": 0}, "seeds"),
    ],
)
def test_wrong_wishes_are_refused_in_one_line(options, said, tmp_path):
    with pytest.raises(bestfit.InputError, match=said) as caught:
        bestfit.compare(table(200), out=tmp_path / "h", target="y", epochs=1, **options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "h").exists()


def course(arm, rate, seed, score, judged):
    made = Course(arm, rate, seed, scores=[score], best=0)
    made.judged = judged
    return made


def test_ties_are_marked_and_real_differences_are_not():
    random = np.random.default_rng(0)
    y = random.normal(size=800)
    rule = bestfit.optimizers["sgd"]()
    arms = [Arm(name, RunConfig(), rule, (0.1,)) for name in ("good", "alike", "bad")]
    noise = {"good": 0.5, "alike": 0.5, "bad": 0.8}
    courses = [
        course(arm, 0, seed, 0.0, y + noise[arm.name] * random.normal(size=800))
        for arm in arms for seed in range(3)
    ]  # fmt: skip
    rows = {row["name"]: row for row in ranked(arms, courses, metric["rmse"](), y, 0)}
    assert rows["good"]["tied"] and rows["alike"]["tied"] and not rows["bad"]["tied"]
    assert rows["bad"]["behind"].low > 0.2


def test_the_step_size_is_chosen_on_the_other_half():
    """A step size that only looks good to the judges is not taken."""
    y = np.linspace(-1, 1, 200)
    arm = Arm("one", RunConfig(), bestfit.optimizers["sgd"](), (0.1, 0.2))
    courses = [course(arm, 0, 0, 0.5, y * 0), course(arm, 1, 0, 0.9, y)]
    (row,) = ranked([arm], courses, metric["rmse"](), y, 0)
    assert row["lr"] == 0.1 and row["score"].value > 0.5


def test_who_diverges_comes_last(tmp_path):
    result = bestfit.compare(
        table(300), out=tmp_path / "i", target="y", optimizers="adam,sgd", epochs=4, rates=1,
        seeds=2, lr=1e6, optimizer="sgd",
    )  # fmt: skip
    last = result["ranking"][-1]
    assert last["name"] == "sgd" and not last["tied"]


def test_no_folder_is_left_of_what_was_refused(tmp_path):
    with pytest.raises(ConfigError):
        bestfit.compare(table(100), out=tmp_path / "j", target="y", inits="torch,xavier")
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_stopped_leaves_nothing(tmp_path):
    def stop(event):
        if event.stage == "train" and not event.fraction:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Stopped, match="SIGINT"):
        bestfit.compare(table(), out=tmp_path / "k", optimizers="adam,sgd", progress=stop, **QUICK)
    assert not (tmp_path / "k").exists()


def test_its_page_can_be_written_anew(found, capsys):
    page = found[1] / "report.html"
    before = page.read_text()
    page.unlink()
    assert main(["report", str(found[1])]) == 0
    assert capsys.readouterr().out.strip() == str(page) and page.read_text() == before


def test_the_precision_that_is_asked_for_is_used(tmp_path):
    rough = set_value(RunConfig(), 'training.precision="bfloat16"')
    losses = [
        bestfit.compare(table(), out=tmp_path / name, optimizers="adam,sgd", config=config, **QUICK)
        ["ranking"][0]["valid_loss"]
        for name, config in (("l", RunConfig()), ("m", rough))
    ]  # fmt: skip
    assert losses[0] != losses[1] and losses[0] == pytest.approx(losses[1], rel=0.1)
