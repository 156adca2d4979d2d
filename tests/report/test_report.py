"""The page as a whole: what it holds, what it never does, and what it survives."""

import base64
import hashlib
import json
import random
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from bestfit.errors import FolderError
from bestfit.folder import RunFolder
from bestfit.report import write_report
from bestfit.report.curves import Curves
from bestfit.report.node import Node
from bestfit.report.page import SECTIONS, page
from bestfit.report.run_data import read_run

sys.path.insert(0, str(Path(__file__).parent))
from sample_run import sample_run

TASKS = ["binary", "multiclass", "regression"]
ALL = [name for name, _, _ in SECTIONS]
VOID = {"meta", "link", "br"}
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '"><img src=x onerror=alert(1)>',
    "quote": "'\" onmouseover='alert(1)",
    "template": "{{7*7}}{% for x in y %}",
    "direction": "safe\u202egpj.exe\u2066",
    "control": "a\x00b\x1b[31m\r\nc",
    "close": "</style></title></svg></pre><b>bold</b>",
    "comment": "<!-- --> <![CDATA[ x ]]>",
    "long": "long" * 2500,
    "entity": "&lt;b&gt; &amp; &#60;",
}


class Parsed(HTMLParser):
    """Elements, ids, visible text; fails where a tag is closed that is not open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        assert len({key for key, _ in attrs}) == len(attrs), f"an attribute twice in {tag}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def sections(self) -> list[str]:
        return [a["id"] for tag, a in self.elements if tag == "section" and a.get("id")]


def written(folder: RunFolder) -> str:
    return write_report(folder).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    return {task: sample_run(place / f"{task}-1", task) for task in TASKS}


@pytest.fixture(scope="module")
def pages(runs):
    return {task: written(folder) for task, folder in runs.items()}


@pytest.mark.parametrize("task", TASKS)
class TestPage:
    def test_has_every_section_in_order(self, pages, task):
        assert Parsed(pages[task]).sections() == ALL

    def test_is_small(self, pages, task):
        assert len(pages[task].encode()) < 400_000

    def test_shows_the_number_and_the_verdict_first(self, runs, pages, task):
        metrics = json.loads(runs[task].metrics.read_text())
        value = metrics["test"][metrics["metric"]]["value"]
        shown = f"{value:,.3f}" if value < 10 else f"{value:,.0f}"
        cover = pages[task].split('<section id="data"')[0]
        assert f'<p class="value">{shown}</p>' in cover
        assert metrics["verdict"]["sentence"] in cover
        assert 'class="here bestfit"' in cover

    def test_asks_nobody_and_runs_nothing(self, pages, task):
        found = Parsed(pages[task])
        for tag, attributes in found.elements:
            assert tag not in {"script", "img", "iframe", "object", "embed", "form", "base", "use"}
            for key, value in attributes.items():
                assert not key.startswith("on") and key not in {"style", "src", "action"}
                if key == "href":
                    assert value.startswith("#") or value == "data:,"
        assert "http://" not in pages[task] and "https://" not in pages[task]
        assert "url(" not in pages[task] and "@import" not in pages[task]

    def test_policy_allows_only_its_own_style(self, pages, task):
        (style,) = re.findall(r"<style>(.*?)</style>", pages[task], re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        tags = [a for t, a in Parsed(pages[task]).elements if t == "meta" and "http-equiv" in a]
        (policy,) = [tag["content"] for tag in tags]
        assert policy.split("; ") == [
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
        # a policy holds for what comes after it
        assert pages[task].index("Content-Security-Policy") < pages[task].index("<style>")

    def test_is_readable_without_eyes(self, pages, task):
        found = Parsed(pages[task])
        pictures = [a for tag, a in found.elements if tag == "svg" and a.get("class")]
        assert pictures and all(a["role"] == "img" and a["aria-label"] for a in pictures)
        headings = [int(t[1]) for t, _ in found.elements if re.fullmatch(r"h[1-6]", t)]
        assert headings[0] == 1 and headings.count(1) == 1
        assert all(b - a <= 1 for a, b in pairwise(headings))
        ids = [a["id"] for _, a in found.elements if "id" in a]
        assert len(ids) == len(set(ids))
        targets = [a["href"][1:] for t, a in found.elements if t == "a"]
        assert set(targets) <= set(ids)

    def test_no_number_is_left_raw(self, pages, task):
        text = Parsed(pages[task]).text
        assert not re.search(r"\b(nan|inf|None|True|False|undefined)\b", text)
        assert not re.search(r"\d\.\d{8,}", text)

    def test_is_the_same_each_time(self, runs, pages, task):
        assert written(runs[task]) == pages[task]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("task", ["binary", "regression"])
def test_hostile_names_are_shown_as_text(tmp_path, task, name):
    canary = HOSTILE[name]
    names = {"target": canary, "column": canary, "label": canary, "source": f"{canary}.csv"}
    folder = sample_run(tmp_path / "run", task, **names)
    told = json.loads(folder.findings.read_text())
    for key in ("name", "subject", "harm", "cause", "advice", canary):
        told[0][key] = canary
    told[0]["evidence"] = {canary: canary}
    folder.findings.write_text(json.dumps(told))
    html = written(folder)
    found = Parsed(html)
    assert {tag for tag, _ in found.elements}.isdisjoint({"script", "img", "b2", "object"})
    assert not [key for _, a in found.elements for key in a if key.startswith("on")]
    assert found.sections() == ALL
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e\u2066-\u2069]", html)
    assert len(html) < 500_000
    start = canary.encode("unicode_escape").decode() if name in ("direction", "control") else canary
    assert " ".join(start[:16].split()) in found.text


def test_bold_from_data_is_not_bold(tmp_path):
    folder = sample_run(tmp_path / "run", "binary", target=HOSTILE["close"])
    assert "<b>bold</b>" not in written(folder)


FILES = [
    *("profile.json", "cleaning.json", "split.json", "findings.json", "metrics.json"),
    *("environment.json", "predictions.parquet", "attempts/01/history.sqlite"),
]
GONE = {
    "profile.json": {"data"},
    "findings.json": {"findings"},
    "environment.json": set(),
    "attempts/01/history.sqlite": {"learning", "gradients"},
    "metrics.json": {
        *("quality", "importance", "more_rows", "members", "verdict", "anchors", "usage"),
    },
}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("how", ["missing", "empty", "broken"])
def test_what_is_missing_is_left_out_and_said(tmp_path, file, how):
    folder = sample_run(tmp_path / "run", "binary")
    path = folder.path / file
    path.unlink()
    if how != "missing":
        path.write_bytes(b"" if how == "empty" else b"\x00\xff{ not what it should be" * 50)
    found = Parsed(written(folder))
    gone = GONE.get(file, set())
    assert found.sections() == [name for name in ALL if name not in gone]
    assert "so left out above" in found.text and Path(file).name in found.text


def test_a_run_that_has_only_begun(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.config.write_text('[data]\nsource = "adult.csv"\ntarget = "income"\n')
    found = Parsed(written(folder))
    assert found.sections() == ["settings"]
    assert "has not finished" in found.text and "adult.csv" in found.text


def test_no_run_is_an_error(tmp_path):
    with pytest.raises(FolderError, match="no run here"):
        write_report(RunFolder(tmp_path))
    assert list(tmp_path.iterdir()) == []


STRANGE = [None, "text", -1, 1e300, True, [], {}, ["a", 1, None], {"value": "x"}, 10**400]


def places(value, path=()):
    """Every place in a JSON document."""
    yield path
    if isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(child, (*path, key))


def changed(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(copy[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("part", ["profile", "cleaning", "split", "repairs", "findings", "metrics"])
@pytest.mark.parametrize("task", ["multiclass", "regression"])
def test_no_value_of_any_type_breaks_the_page(runs, task, part):
    run = read_run(runs[task])
    value = getattr(run, part).value
    dice = random.Random(part + task)
    everywhere = list(places(value))
    for path in dice.sample(everywhere, min(14, len(everywhere))):
        strange = Node(changed(value, path, dice.choice(STRANGE)))
        Parsed(page(replace(run, **{part: strange})))


def test_predictions_of_unknown_labels_and_missing_numbers(runs):
    run = read_run(runs["binary"])
    odd = run.predictions.with_columns(
        pl.lit("never seen").alias("target"), pl.lit(None, pl.Float32).alias("p:>50K")
    )
    for frame in (odd, run.predictions.head(1), run.predictions.drop("part", "p:<=50K")):
        Parsed(page(replace(run, predictions=frame)))


def test_a_huge_run_still_makes_a_page_of_a_megabyte(tmp_path):
    """3,000 columns, 150 classes, 64 members over 300 epochs, 20,000 test rows."""
    folder = sample_run(tmp_path / "run", "multiclass")
    run = read_run(folder)
    profile, metrics = run.profile.value, run.metrics.value
    names = [f"column {i} of a rather wide table" for i in range(3000)]
    profile["fields"] = [{**profile["fields"][i % 2], "name": name} for i, name in enumerate(names)]
    profile["fields"] += [{**profile["fields"][0], "role": "dropped", "reason": "x"}] * 999
    metrics["importance"] = [{"column": n, "mean": 0.1, "low": 0, "high": 0.2} for n in names]
    metrics["classes"] = [f"class {i:03d}" for i in range(150)]
    metrics["members"] = metrics["members"] * 4
    plan = {"changes": [{"cleaner": n, "column": n, "what": f"{i}"} for i, n in enumerate(names)]}
    labels = [f"class {i % 150:03d}" for i in range(20_000)]
    rows = pl.DataFrame({"target": labels, "prediction": labels[::-1]})
    waves = {
        (name, member, ""): [(epoch / 3, 1 + member / 9 + epoch % 7) for epoch in range(900)]
        for name in ("train_loss", "valid_loss", "valid_log_loss", "lr")
        for member in range(-1, 64)
    }
    html = page(
        replace(
            run,
            profile=Node(profile),
            cleaning=Node(plan),
            metrics=Node(metrics),
            predictions=rows,
            curves=Curves(waves),
        )
    )
    assert len(html.encode()) < 1_000_000
    found = Parsed(html)
    assert "2976 more columns" in found.text and "And 2760 more, all in profile.json" in found.text
    assert "139 rarer classes are taken together" in found.text


@pytest.mark.parametrize(
    ("task", "last", "words"),
    [
        ("binary", 0.960, "better by 0.035: more rows would most likely help"),
        ("binary", 0.926, "more rows of this kind would hardly help"),
        ("binary", 0.800, "more rows of this kind would hardly help"),
        ("regression", 40_000, "would most likely help"),
        ("regression", 60_000, "worse by"),
    ],
)
def test_more_rows_help_where_the_curve_still_climbs(runs, task, last, words):
    run = read_run(runs[task])
    curve = json.loads(runs[task].metrics.read_text())["learning_curve"]
    curve[-2]["valid"] = 0.925 if task == "binary" else 50_000
    curve[-1]["valid"] = last
    told = changed(run.metrics.value, ("learning_curve",), curve)
    assert words in Parsed(page(replace(run, metrics=Node(told)))).text


def test_the_report_needs_no_heavy_library():
    heavy = "{'torch', 'sklearn', 'pandas', 'matplotlib'}"
    code = f"import sys, bestfit.report; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_repair_is_shown_before_and_after(pages):
    text = Parsed(pages["binary"]).text
    assert "Learning rate too high" in text and "lr 10 → 1" in text
    assert "35 % of what a constant guess misses" in text


def test_a_check_that_found_nothing_says_so(runs):
    run = read_run(runs["binary"])
    whole = {**run.repairs.value, "findings": []}
    assert (
        "None was: the run is as it was asked for"
        in Parsed(page(replace(run, repairs=Node(whole)))).text
    )
