"""Pictures from end to end: trained, judged, killed and resumed, predicted, explained."""

import io
import json
import shutil

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image

import bestfit
from bestfit.bundle import load as load_bundle
from bestfit.cli import main
from bestfit.config import configure, set_value
from bestfit.errors import ConfigError, FolderError, SchemaError, SourceError, Stopped, TargetError
from bestfit.folder import RunFolder, claimed
from bestfit.frames.pictures import picture_cell
from bestfit.run import resume
from bestfit.run import train as train_run
from bestfit.stopping import StopRequest

SIDE = 16


def pictures(n=120, colour=True, seed=0):
    """Crosses and squares anywhere in noise: (n, SIDE, SIDE, C) and their names."""
    random = np.random.default_rng(seed)
    x = random.integers(0, 90, (n, SIDE, SIDE, 3 if colour else 1), dtype=np.uint8)
    names = []
    for one in x:
        cross, r, c = random.random() < 0.5, *random.integers(2, SIDE - 7, 2)
        if cross:
            one[r + 2, c : c + 5] = one[r : r + 5, c + 2] = 230
        else:
            one[r : r + 5, [c, c + 4]] = one[[r, r + 4], c : c + 5] = 230
        names.append("cross" if cross else "square")
    return x, names


def folder_of(root, n=120, **options):
    x, names = pictures(n, **options)
    for i, (one, name) in enumerate(zip(x, names, strict=True)):
        (root / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(one.squeeze()).save(root / name / f"{i:04}.png")
    return root


def small(**options):
    config = configure(epochs=options.pop("epochs", 4), **options)
    for setting in ("model.width=8", "model.members=2"):
        config = set_value(config, setting)
    return config


def train(source, config, out, **options):
    with claimed(out, "memory") as folder:
        return train_run(source, config, folder, StopRequest(), **options)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return folder_of(tmp_path_factory.mktemp("shapes") / "all", n=200)


@pytest.fixture(scope="module")
def run(root, tmp_path_factory):
    return train(str(root), small(epochs=25), tmp_path_factory.mktemp("runs") / "run")


def test_a_folder_of_pictures_needs_no_further_word(run):
    config = (run.path / "config.toml").read_text()
    assert 'target = "label"' in config and 'name = "cnn"' in config
    assert 'augment = [\n    "shift",\n    "flip",\n]' in config
    assert run.metrics["model"]["name"] == "cnn"
    assert run.metrics["test"]["accuracy"]["value"] > 0.9
    best = min(a["test"]["log_loss"]["value"] for a in run.metrics["anchors"])
    assert run.metrics["test"]["log_loss"]["value"] < best
    assert [item["column"] for item in run.metrics["importance"]] == ["picture"]


def test_the_bundle_predicts_what_the_run_did(run, root):
    model = bestfit.load(run.path)
    held = pl.read_parquet(run.path / "predictions.parquet").filter(pl.col("part") == "test")
    from bestfit.sources import read

    table = read(str(root)).take(held["row"].to_numpy())
    answers = model.frame(table)
    assert answers["prediction"].to_list() == held["prediction"].to_list()
    assert np.array_equal(answers["p:cross"].cast(pl.Float32), held["p:cross"])


def test_a_row_is_answered_alike_alone_and_among_others(run, root):
    from bestfit.sources import read

    model, table = bestfit.load(run.path), read(str(root)).take(np.arange(40))
    together = model.frame(table)
    for places in ([7], [7, 3], list(range(39, -1, -1))):
        assert model.frame(table.take(places)).equals(together[places])


def test_predicting_from_files_arrays_and_pillow(run, root):
    model = bestfit.load(run.path)
    x, names = pictures(60, seed=9)
    answers = model.predict(x)
    assert np.mean(answers == np.array(names)) > 0.85
    images = [Image.fromarray(one) for one in x]
    assert model.predict({"picture": images}).to_list() == answers.tolist()
    assert model.predict(torch.from_numpy(x).permute(0, 3, 1, 2)).to_list() == answers.tolist()
    first = next(iter(sorted((root / "cross").iterdir())))
    assert len(model.predict(str(first))) == 1
    none = model.frame({"picture": [None, x[0]]})
    assert none.height == 2 and np.isfinite(none["p:cross"].to_numpy()).all()
    with pytest.raises(SchemaError, match="should hold pictures"):
        model.predict({"picture": ["a.png", "b.png"]})


def test_the_command_line_names_the_files(run, root, capsys):
    assert main(["predict", str(run.path), str(root / "cross")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "file,prediction,p:cross,p:square"
    assert lines[1].split(",")[0] == sorted(p.name for p in (root / "cross").iterdir())[0]


def test_resumed_after_a_kill_it_is_the_same_to_the_last_bit(root, tmp_path):
    config = set_value(small(), f"data.source={root}")
    whole = train(str(root), config, tmp_path / "whole")
    stop = StopRequest()

    def interrupt(event):
        if event.stage == "train" and (event.fraction or 0) > 0.4:
            stop.number = 15

    with claimed(tmp_path / "cut", "memory") as folder, pytest.raises(Stopped):
        train_run(str(root), config, folder, stop, progress=interrupt)

    cut = RunFolder.existing(tmp_path / "cut")
    with cut.lock():
        again = resume(cut, StopRequest())
    for name in ("model/weights.safetensors", "predictions.parquet"):
        assert (again.path / name).read_bytes() == (whole.path / name).read_bytes()


@pytest.mark.parametrize("model", ["mlp", "linear"])
def test_other_models_see_pixels_as_numbers(root, tmp_path, model):
    done = train(str(root), configure(epochs=2, model=model), tmp_path / "run")
    assert done.metrics["model"]["name"] == model
    loaded = bestfit.load(done.path)
    assert len(loaded.predict(pictures(5)[0])) == 5


def test_pictures_beside_numbers_and_categories_and_a_number_to_predict(tmp_path):
    x, names = pictures(160, colour=False)
    random = np.random.default_rng(3)
    size = random.normal(size=160)
    colour = random.choice(["red", "blue"], 160)
    price = 3.0 * (np.array(names) == "cross") + size + (colour == "red")
    columns = {
        "photo": list(x),
        "back": list(x[::-1]),
        "size": size,
        "colour": colour,
        "price": price,
    }
    done = train(columns, small(target="price", epochs=30), tmp_path / "run")
    assert (done.metrics["task"], done.metrics["columns"]) == ("regression", 4)
    assert 'augment = [\n    "shift",\n]' in (done.path / "config.toml").read_text()
    matters = {item["column"]: item["mean"] for item in done.metrics["importance"]}
    assert set(matters) == {"photo", "back", "size", "colour"}
    model = load_bundle(done.path)
    assert model.encoder.layout.grid.channels == 2
    gone = {name: cells[:3] for name, cells in columns.items() if name != "price"}
    gone["photo"] = [None, *gone["photo"][1:]]
    assert model.predict(gone).is_finite().all()


def test_what_does_not_fit_is_refused(root, tmp_path):
    rows = {"a": list(range(40)), "y": ["x", "z"] * 20}
    with pytest.raises(ConfigError, match="the cnn model is for pictures"):
        train(rows, configure(target="y", model="cnn"), tmp_path / "a")
    with pytest.raises(ConfigError, match="'flip' changes pictures"):
        config = set_value(configure(model="mlp"), 'training.augment=["flip"]')
        train(str(root), config, tmp_path / "b")
    with pytest.raises(TargetError, match="no column to predict is named"):
        train(rows, configure(), tmp_path / "c")
    empty = tmp_path / "none"
    empty.mkdir()
    with pytest.raises(SourceError, match="no files in this folder"):
        train(str(empty), configure(), tmp_path / "d")


def test_a_bundle_that_claims_another_size_is_refused(run, tmp_path):
    folder = tmp_path / "model"
    for key, value in (("height", 10**7), ("channels", [2]), ("mean", [1.0])):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(run.path / "model", folder)
        manifest = json.loads((folder / "manifest.json").read_text())
        part = next(p for p in manifest["encoder"]["parts"] if p["kind"] == "pixels")
        part[key] = value
        from bestfit.bundle.disk import _canonical
        from bestfit.files import digest

        manifest.pop("digest")
        manifest["digest"] = digest(_canonical(manifest))
        (folder / "manifest.json").write_text(json.dumps(manifest))
        with pytest.raises(FolderError):
            load_bundle(folder)


def test_the_report_shows_pictures(run):
    from bestfit.report import write_report

    write_report(run.folder)
    page = (run.path / "report.html").read_text()
    assert page.count('<img src="data:image/png;base64,') == 12


def test_a_second_folder_judges(root, tmp_path):
    other = folder_of(tmp_path / "other", n=40, seed=5)
    done = train(str(root), small(), tmp_path / "run", test=str(other))
    assert done.metrics["rows"]["test"] == 40


def test_equal_pictures_with_two_labels_are_told(tmp_path):
    x, names = pictures(60)
    cells = [picture_cell(one) for one in x]
    cleaned = bestfit.inspect(
        {"p": [*cells, *cells[:5]], "y": [*names, *("cross",) * 5]}, target="y"
    )
    noisy = [w for w in cleaned.profile["warnings"] if w["name"] == "label_noise"]
    wrong = sum(name == "square" for name in names[:5])
    assert [w["evidence"]["pictures"] for w in noisy] == [wrong]


def test_a_stream_of_bytes_is_a_picture(run):
    buffer = io.BytesIO()
    Image.fromarray(pictures(1)[0][0]).save(buffer, "PNG")
    assert len(bestfit.load(run.path).predict({"picture": [buffer.getvalue()]})) == 1
