"""The page of a comparison: whatever its file holds, it is drawn, and every name is text."""

import copy
import json
import random

import pytest

from bestfit.errors import FolderError
from bestfit.folder import RunFolder
from bestfit.report import write_comparison

from .test_report import STRANGE, Parsed, changed, places


def arm(name, place, **more):
    return {
        "name": name, "place": place, "tied": place < 3, "score": [0.9 - 0.01 * place, 0.85, 0.93],
        "behind": [0.01 * (place - 1), -0.01, 0.02], "seeds": [0.9, 0.91], "lr": 0.01,
        "at_edge": place == 2, "rates": [0.003, 0.01, 0.03], "by_rate": [0.88, 0.9, None],
        "epochs": [0, 1, 2], "seconds": [0, 0.1, 0.2], "train_loss": [None, 0.5, 0.4],
        "valid_loss": [0.7, 0.5, 0.4], "metric": [0.5, 0.8, 0.9], "failed": place % 2,
        "networks": 6, **more,
    }  # fmt: skip


FOUND = {
    "bestfit": "0.1.0", "axis": "optimizers", "task": "binary", "target": "y", "source": "a.csv",
    "metric": "auc", "higher_is_better": True, "seeds": 2, "epochs": 2.0, "networks": 18,
    "rows": {"train": 500, "choose": 50, "judge": 50}, "same_loss": True,
    "seconds": {"train": 3.0}, "config": {},
    "ranking": [arm(name, i) for i, name in enumerate(("adam", "<script>x</script>", "sgd"), 1)],
    "landscape": {
        "share": 0.7, "xs": [-1.0, 0.0, 1.0, 2.0], "ys": [-1.0, 0.0, 1.0, 2.0],
        "loss": [[0.1 * i * j + 0.2 for i in range(4)] for j in range(4)],
        "paths": [{"name": "adam", "points": [[0, 0], [1, 1]]}],
    },
}  # fmt: skip


def drawn(tmp_path, found):
    (tmp_path / "comparison.json").write_text(json.dumps(found))
    return write_comparison(RunFolder(tmp_path)).read_text()


def test_the_page_shows_what_the_file_says_and_runs_nothing(tmp_path):
    html = drawn(tmp_path, FOUND)
    Parsed(html)
    assert "<script" not in html and "&lt;script&gt;" in html
    assert html.count('class="chart"') == 5 and "comes first" not in html
    assert "adam and &lt;script&gt;x&lt;/script&gt; come out first" in html


def test_no_value_of_any_type_breaks_it(tmp_path):
    dice = random.Random(0)
    for path in dice.sample(list(places(FOUND)), 90):
        found = changed(copy.deepcopy(FOUND), path, dice.choice(STRANGE[:-1]))
        Parsed(drawn(tmp_path, found))


def test_one_that_always_diverged_is_told(tmp_path):
    gone = arm("sgd", 3, score=[None, None, None], behind=[None, None, None], failed=6)
    found = {**FOUND, "ranking": [*FOUND["ranking"][:2], gone]}
    html = drawn(tmp_path, found)
    assert "6 of 6" in html
    all_gone = {**FOUND, "ranking": [gone, gone]}
    assert "Every optimizer diverged" in drawn(tmp_path, all_gone)


def test_many_ties_are_counted_not_listed(tmp_path):
    names = [f"rule{i}" for i in range(9)]
    ranking = [arm(n, i, tied=i < 8) for i, n in enumerate(names, 1)]
    html = drawn(tmp_path, {**FOUND, "ranking": ranking})
    assert "but 6 others may be as good" in html and "rule7 and rule8 are behind" in html


@pytest.mark.parametrize("text", [None, "{", "\xff"])
def test_without_a_file_that_can_be_read_there_is_no_page(tmp_path, text):
    if text is not None:
        (tmp_path / "comparison.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(FolderError, match="no comparison"):
        write_comparison(RunFolder(tmp_path))
