"""A config survives its file; what is no config is refused with the field's name."""

import dataclasses
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bestfit.config import RunConfig, configure, digest, dump, load, parse, set_value, to_dict
from bestfit.config.ranges import RANGES
from bestfit.errors import BestfitError, ConfigError, SourceError

SETTINGS = [
    "data.target=été \"q\" = '\\'",
    "clean.drop=['a', 'b']",
    "clean.missing_markers=['?', '']",
    "training.clip_norm=none",
    "training.batch_size=full",
    "training.batch_size=32",
    "training.time_s=60",
    "optimizer.lr=1e-3",
    "optimizer.options.beta1=0.5",
    "transform.bins=0",
    "model.activation=tanh",
    "selection.calibrate=false",
]


@given(st.lists(st.sampled_from(SETTINGS)))
def test_a_config_survives_its_file(assignments):
    config = RunConfig()
    for assignment in assignments:
        config = set_value(config, assignment)
    assert parse(tomllib.loads(dump(config))) == config
    assert digest(parse(tomllib.loads(dump(config)))) == digest(config)


def test_yaml_and_toml_say_the_same(tmp_path):
    content = {"data": {"target": "y"}, "optimizer": {"lr": 0.1}, "clean": {"drop": ["a"]}}
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(content))
    (tmp_path / "a.toml").write_text(dump(parse(content)))
    assert load(tmp_path / "a.yaml") == load(tmp_path / "a.toml") == parse(content)


@pytest.mark.parametrize("name", RANGES)
def test_a_number_out_of_its_range_is_refused_by_name(name):
    for value in ("nan", "-0.5", "-3", "inf"):
        with pytest.raises(ConfigError) as caught:
            set_value(RunConfig(), f"{name}={value}")
        assert name in str(caught.value)


FREE = (
    "optimizer.options", "loss.options", "schedule.options", "penalty.options",
    "training.clip_options", "data.options", "data.test_options", "training.precision",
)  # fmt: skip


def test_every_number_without_a_range_is_a_switch():
    """A new number in RunConfig needs a line in RANGES."""
    for section in dataclasses.fields(RunConfig):
        for setting in dataclasses.fields(type(section.default)):
            if "int" in str(setting.type) or "float" in str(setting.type):
                name = f"{section.name}.{setting.name}"
                assert name in RANGES or name in FREE


def test_an_empty_file_is_the_default(tmp_path):
    for name in ("a.yaml", "a.toml"):
        (tmp_path / name).write_text("")
        assert load(tmp_path / name) == RunConfig()


def test_every_setting_is_in_the_file():
    lines = dump(RunConfig()).splitlines()
    for section, values in to_dict(RunConfig()).items():
        assert f"[{section}]" in lines
        for key, value in values.items():
            assert value == {} or any(line.startswith((f"{key} =", f"# {key}:")) for line in lines)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"trainin": {}}, "no such setting: trainin (try: training)"),
        ({"model": {"widht": 4}}, "no such setting: model.widht (try: model.width)"),
        ({"model": {"blocks": "3"}}, 'should be a valid integer, not "3": model.blocks'),
        ({"model": {"blocks": 2.5}}, "not 2.5: model.blocks"),
        ({"model": {"blocks": True}}, "not true: model.blocks"),
        (
            {"training": {"batch_size": "half"}},
            "should be a valid integer or 'full', not \"half\": training.batch_size",
        ),
        ({"data": 3}, "a table of settings belongs here: data"),
        ([], "a table of settings belongs here"),
        ({"clean": {"drop": [1]}}, "should be a valid string, not 1: clean.drop"),
    ],
)
def test_what_is_no_config_is_refused_by_name(content, says):
    with pytest.raises(ConfigError) as caught:
        parse(content)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "[model",
        "model = 3",
        "a: [",
        "- x",
        "x: &a [1]\ny: *a",
        "!!python/object:os.system {}",
        "\x00",
    ],
)
@pytest.mark.parametrize("name", ["a.toml", "a.yaml"])
def test_broken_files_are_refused_with_their_name(text, name, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(SourceError):
        load(tmp_path / "none.toml")
    with pytest.raises(SourceError):
        load(tmp_path)


@given(st.text(max_size=40))
def test_no_assignment_raises_anything_but_a_config_error(text):
    try:
        set_value(RunConfig(), text)
    except BestfitError as error:
        assert isinstance(error, ConfigError)


def test_options_land_in_their_settings():
    config = configure(target="y", lr=0.1, time_s=5.0, metric="auc", drop=["a"], model="mlp")
    assert (config.data.target, config.optimizer.lr, config.training.time_s) == ("y", 0.1, 5.0)
    assert (config.selection.metric, config.clean.drop, config.model.name) == ("auc", ("a",), "mlp")
    assert configure(config) == config
    with pytest.raises(ConfigError):
        configure(no_such_option=1)


def test_a_config_is_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RunConfig().data = None
