"""The bundle: the same answer in every company of rows, a clear word for every bad input."""

import json
import shutil

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

import bestfit
from bestfit.bundle import greedy_weights, temperature
from bestfit.bundle.ensemble import apply_temperature
from bestfit.errors import FolderError, SchemaError
from bestfit.files import digest

N = 400


def rows(n=N, seed=0):
    random = np.random.default_rng(seed)
    number = random.normal(size=n) * 10
    city = random.choice([f"city {i}" for i in range(30)], n)
    size = random.choice(["small", "large"], n)
    sick = (number + 8 * (size == "large") + random.normal(size=n) * 4) > 3
    return pl.DataFrame(
        {
            "number": [
                None if u < 0.1 else float(x)
                for u, x in zip(random.random(n), number, strict=True)
            ],
            "size": size.tolist(),
            "city": city.tolist(),
            "day": [f"2024-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(n)],
            "sick": np.where(sick, "01", "NA ?").tolist(),
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bundle") / "run"
    return bestfit.train(rows(), target="sick", epochs=4, out=path).path


@pytest.fixture(scope="module")
def predictor(folder):
    return bestfit.load(folder)


def proba(predictor, frame):
    return predictor.frame(frame).drop("prediction").to_numpy()


def test_row_order_batch_and_extra_columns_change_nothing(predictor):
    new = rows(300, seed=1).drop("sick")
    expected = proba(predictor, new)
    order = np.random.default_rng(0).permutation(300)
    shuffled = new[order].select(*reversed(new.columns)).with_columns(extra=pl.lit("?"))
    assert np.array_equal(proba(predictor, shuffled), expected[order])
    for part in (1, 7, 64, 65):
        pieces = [proba(predictor, new[i : i + part]) for i in range(0, 300, part)]
        assert np.array_equal(np.concatenate(pieces), expected)
    for i in (0, 299):
        assert np.array_equal(proba(predictor, new[i : i + 1])[0], expected[i])


def test_the_bundle_needs_nothing_else(folder, predictor, tmp_path):
    shutil.copytree(folder / "model", tmp_path / "elsewhere")
    new = rows(50, seed=2).drop("sick")
    assert np.array_equal(proba(bestfit.load(tmp_path / "elsewhere"), new), proba(predictor, new))


def test_answers_come_in_the_callers_kind_with_labels_byte_for_byte(predictor):
    new = rows(40, seed=3).drop("sick")
    labels = predictor.predict(new)
    assert isinstance(labels, pl.Series) and set(labels) <= {"01", "NA ?"}
    frame = new.to_pandas()
    frame.index = frame.index + 100
    found = predictor.predict(frame)
    assert isinstance(found, pd.Series) and found.index[0] == 100
    assert found.tolist() == labels.to_list()
    chances = predictor.predict_proba(frame)
    assert list(chances.columns) == ["01", "NA ?"]
    assert np.allclose(chances.sum(axis=1), 1)
    arrow = predictor.predict(new.to_arrow())
    assert arrow.to_pylist() == labels.to_list()
    assert predictor.predict(new.to_dicts()).to_list() == labels.to_list()
    assert predictor.predict(new.lazy()).to_list() == labels.to_list()


def test_no_rows_give_no_answers(predictor):
    assert len(predictor.predict(rows(5).drop("sick").head(0))) == 0


def test_a_missing_column_is_named(predictor):
    with pytest.raises(SchemaError, match="number"):
        predictor.predict(rows(5).drop("sick", "number"))


def test_unseen_categories_gaps_and_other_types_have_an_answer(predictor):
    new = rows(8, seed=4).drop("sick")
    strange = new.with_columns(city=pl.lit("never seen"), size=pl.lit(None, dtype=pl.String))
    assert np.isfinite(proba(predictor, strange)).all()
    as_text = new.with_columns(pl.col("number").cast(pl.String))
    assert np.array_equal(proba(predictor, as_text), proba(predictor, new))


def test_a_column_of_another_type_is_refused(predictor):
    wrong = rows(60, seed=4).drop("sick").with_columns(number=pl.lit("abc"))
    with pytest.raises(SchemaError, match="number"):
        predictor.predict(wrong)


def test_a_regression_has_no_probabilities(tmp_path):
    table = rows(120).drop("sick").with_columns(price=pl.col("number").fill_null(0) * 3)
    done = bestfit.train(table, target="price", epochs=1, out=tmp_path / "r")
    assert done.predict(table.head(3)).dtype == pl.Float64
    with pytest.raises(SchemaError, match="no probabilities"):
        done.predict_proba(table)


def damaged(folder, tmp_path, change):
    copy = tmp_path / "model"
    shutil.copytree(folder / "model", copy)
    change(copy)
    return copy


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def resealed(path, change):
    """A manifest changed by somebody who also mends the digest."""
    manifest = json.loads(path.read_bytes())
    del manifest["digest"]
    change(manifest)
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
    path.write_text(json.dumps({**manifest, "digest": digest(text.encode())}))


DAMAGE = {
    "weights cut": lambda f: (f / "weights.safetensors").write_bytes(b"123"),
    "a bit of the weights": lambda f: flip(f / "weights.safetensors"),
    "a bit of the manifest": lambda f: flip(f / "manifest.json"),
    "no manifest": lambda f: (f / "manifest.json").unlink(),
    "no weights": lambda f: (f / "weights.safetensors").unlink(),
    "not json": lambda f: (f / "manifest.json").write_text("[" * 100_000),
    "a pickle": lambda f: (f / "manifest.json").write_bytes(b"\x80\x04cos\nsystem\n."),
    "another class": lambda f: resealed(
        f / "manifest.json", lambda m: m["model"].update(name="os.system")
    ),
    "another setting": lambda f: resealed(
        f / "manifest.json", lambda m: m["model"]["settings"].update(path="/etc/passwd")
    ),
    "a huge network": lambda f: resealed(
        f / "manifest.json", lambda m: m["model"]["settings"].update(width=10**9)
    ),
    "another transform": lambda f: resealed(
        f / "manifest.json", lambda m: m["encoder"]["parts"][0].update(kind="eval")
    ),
    "parts that do not fit together": lambda f: resealed(
        f / "manifest.json", lambda m: m["encoder"]["parts"][0].update(fill="zz")
    ),
    "no classes": lambda f: resealed(
        f / "manifest.json", lambda m: m["plan"]["schema"]["target"].update(classes=[])
    ),
    "no target": lambda f: resealed(
        f / "manifest.json", lambda m: m["plan"]["schema"].pop("target")
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_or_hostile_bundle_is_refused_in_one_line(folder, tmp_path, name):
    copy = damaged(folder, tmp_path, DAMAGE[name])
    with pytest.raises((FolderError, SchemaError, bestfit.ConfigError)) as refused:
        bestfit.load(copy)
    assert "\n" not in str(refused.value)


def test_greedy_selection_finds_the_helpful_members():
    y = np.linspace(-1, 1, 50)
    noise = np.random.default_rng(0).normal(size=50)
    members = np.stack([y + noise, y - noise, y * 0 + 9])
    weights = greedy_weights(members, lambda p: -float(np.square(p - y).mean()), 8, np.arange(3))
    assert weights.tolist() == [0.5, 0.5, 0.0]


def test_temperature_mends_a_model_that_is_too_sure():
    random = np.random.default_rng(0)
    truth = random.dirichlet(np.ones(3), 4000)
    y = np.array([random.choice(3, p=p) for p in truth])
    sure = apply_temperature(truth, 0.5)
    assert temperature(sure, y) == pytest.approx(2.0, rel=0.1)
    assert np.allclose(apply_temperature(sure, 2.0), truth, atol=1e-6)


def test_loading_leaves_the_global_stream_alone(folder):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    bestfit.load(folder)
    assert torch.equal(torch.rand(3), expected)
