"""Of many columns as many stay as a smooth model can use on rows held back."""

import json

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_friedman1

import bestfit
from bestfit.config import RunConfig, set_value
from bestfit.selectors.thinning import is_wide, thinned

RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(240, 300))
LINE = NOISE[:, 0] + NOISE[:, 1] + 0.3 * RNG.normal(size=240)


def of(x, y):
    return thinned(x, y, {f"c{i}": np.array([i]) for i in range(x.shape[1])}, seed=0)


def kept(found):
    return sorted(found.scores, key=lambda column: -found.scores[column])[: found.k]


@pytest.mark.parametrize("y", [LINE, (LINE > 0).astype(int), np.digitize(LINE, [-1, 1])])
def test_what_says_nothing_goes(y):
    found = of(NOISE, y)
    assert found.sure and found.k <= 6 and found.share > 0.2
    assert {"c0", "c1"} <= set(kept(found))


def test_columns_that_matter_together_are_ranked_by_trees():
    x, y = make_classification(
        900, 120, n_informative=4, n_redundant=0, n_clusters_per_class=4, class_sep=1.5,
        shuffle=False, random_state=0,
    )  # fmt: skip
    found = of(x, y)
    assert found.ranking == "forest" and {f"c{i}" for i in range(4)} <= set(kept(found))
    x, y = make_friedman1(300, 100, random_state=0)
    assert len({f"c{i}" for i in range(5)} & set(kept(of(x, y)))) >= 4


@pytest.mark.parametrize("y", [RNG.normal(size=240), RNG.integers(0, 2, 240), np.zeros(240)])
def test_chance_leaves_all(y):
    assert not of(NOISE, y).sure


def test_many_weak_columns_stay():
    y = (NOISE @ RNG.normal(size=300) > 0).astype(int)
    assert not of(NOISE, y).sure


def test_a_column_is_all_its_numbers():
    places = {"pair": np.array([0, 1])} | {f"c{i}": np.array([i]) for i in range(2, 300)}
    assert "pair" in kept(thinned(NOISE, LINE, places, seed=0))


def test_which_tables_are_wide():
    assert is_wide(50, 499) and not is_wide(50, 500) and not is_wide(49, 10)


def test_a_run_tells_what_went(tmp_path):
    rows = {f"c{i}": NOISE[:, i] for i in range(80)}
    rows["y"] = np.where(LINE > 0, "yes", "no")
    run = bestfit.train(rows, target="y", epochs=1, out=tmp_path / "run")
    found = json.loads((run.folder.path / "profile.json").read_text())
    assert "less is lost" in found["selection"]["reason"]
    left = {field["name"] for field in found["fields"] if field["role"] == "feature"}
    assert {"c0", "c1"} <= left and len(left) <= 12
    all_of_them = set_value(RunConfig(), "select.thin=false")
    kept = bestfit.train(rows, target="y", config=all_of_them, epochs=1, out=tmp_path / "all")
    assert len(bestfit.load(kept.folder.path).columns) == 80
    assert bestfit.load(run.folder.path).columns == [c for c in rows if c in left]
