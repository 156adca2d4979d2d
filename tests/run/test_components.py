"""Options of components: what does not fit is refused in one line, before anything is written."""

import pytest

import bestfit
from bestfit.config import RunConfig, set_value
from bestfit.errors import ConfigError
from bestfit.losses import BinaryCrossEntropy
from bestfit.run.components import checked_options

TABLE = {"x": list(range(60)), "y": ["a", "b", "b"] * 20}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (['penalty.name="l1"', 'penalty.options.strength="x"'], "should be a number"),
        (['penalty.name="l1"', "penalty.options.strength=-1"], "strength must be ≥ 0"),
        (['penalty.name="l3"'], "no penalty is called"),
        (['schedule.name="step"', "schedule.options.falls=1.5"], "a whole number"),
        (['schedule.name="step"', "schedule.options.factor=0.0"], "factor must be"),
        (['training.clip="agc"', "training.clip_options.limit=1.0"], "no option of agc"),
        (['optimizer.name="nesterov"', 'optimizer.options.lookahead="x"'], "'scaled' or 'literal'"),
        (['optimizer.name="adam"', "optimizer.options.beta1=[0.9, 0.8]"], "one number"),
        (['optimizer.name="adam"', 'optimizer.options.convention="tf"'], "convention"),
        (['optimizer.name="lbfgs"', 'optimizer.also=["adam"]'], "alone"),
        (["loss.options.q=0.3"], "no option of binary_cross_entropy"),
        (['model.init="he"'], "no initializer is called"),
    ],
)
def test_what_does_not_fit_is_refused(settings, said, tmp_path):
    config = RunConfig()
    for assignment in settings:
        config = set_value(config, assignment)
    with pytest.raises(ConfigError, match=said) as caught:
        bestfit.train(TABLE, target="y", config=config, epochs=1, out=tmp_path / "r")
    assert "\n" not in str(caught.value) and not (tmp_path / "r").exists()


def test_a_regression_cannot_be_balanced(tmp_path):
    config = set_value(RunConfig(), "loss.balanced=true")
    with pytest.raises(ConfigError, match="balanced"):
        bestfit.train({"x": list(range(60)), "y": [i * 1.5 for i in range(60)]}, target="y",
                      config=config, epochs=1, out=tmp_path / "r")  # fmt: skip


def test_numbers_may_be_lists_where_a_component_takes_them():
    options = {"class_weight": (1, 2.5)}
    assert checked_options("loss", BinaryCrossEntropy, options) == options
    with pytest.raises(ConfigError, match="a list of numbers"):
        checked_options("loss", BinaryCrossEntropy, {"class_weight": ("a", "b")})


def test_counts_are_learnt_by_their_rate(tmp_path):
    table = {
        "x": [i % 20 for i in range(400)],
        "y": [(i % 20) // 4 + (i * 7) % 3 for i in range(400)],
    }
    config = set_value(RunConfig(), 'clean.task="regression"')
    run = bestfit.train(table, target="y", config=config, loss="poisson", epochs=40,
                        out=tmp_path / "r")  # fmt: skip
    predicted = list(run.predict({"x": [0, 19]}))
    assert 0 <= predicted[0] < 2 and 4 < predicted[1] < 7
    with pytest.raises(bestfit.InputError, match="≥ 0"):
        bestfit.train({**table, "y": [v - 3 for v in table["y"]]}, target="y", config=config,
                      loss="poisson", epochs=1, out=tmp_path / "s")  # fmt: skip
