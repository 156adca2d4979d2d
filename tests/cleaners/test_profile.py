"""The profile tells a table in plain JSON; NumPy and plain Python are the judges."""

import json
import statistics

import numpy as np
import pytest

from bestfit.cleaners import Settings, prepare
from bestfit.cleaners.profile import histogram
from bestfit.table import Table


@pytest.fixture
def profile(table):
    return prepare(table, "label", Settings(reserve=("city",))).profile


def test_it_names_the_source_and_how_it_was_read(profile, table):
    head = {key: profile[key] for key in ("source", "rows", "columns", "digest", "reading")}
    assert head == {
        "source": "dirty.csv",
        "rows": 244,
        "columns": 16,
        "digest": table.digest(),
        "reading": {"format": "memory"},
    }


def test_every_column_is_described_in_the_order_of_the_table(profile, table):
    assert [field["name"] for field in profile["fields"]] == table.columns
    for field in profile["fields"]:
        assert {"name", "kind", "role", "reason", "missing", "distinct", "examples"} <= field.keys()
        assert field["role"] in {"feature", "target", "dropped", "reserved"}
        assert (field["reason"] is None) is (field["role"] != "dropped")
        assert len(field["examples"]) <= 3


def test_numbers_are_summed_up(profile, table):
    field = next(field for field in profile["fields"] if field["name"] == "ratio")
    values = [float(text.replace(",", ".")) for text in table.frame["ratio"]]
    assert field["min"] == min(values) and field["max"] == max(values)
    assert field["mean"] == pytest.approx(statistics.fmean(values), abs=1e-12)
    assert field["median"] == pytest.approx(statistics.median(values), abs=1e-12)
    assert field["distinct"] == len(set(values)) and field["missing"] == 0
    assert len(field["histogram"]["edges"]) == 25 and sum(field["histogram"]["counts"]) == 244


def test_dates_categories_and_texts_are_summed_up(profile, table):
    fields = {field["name"]: field for field in profile["fields"]}
    assert fields["when"]["first"] == "2020-01-01 00:00:00"
    assert fields["code"]["top"][0][1] == max(
        map(table.frame["code"].to_list().count, ["01", "02", "10"])
    )
    assert len(fields["prose"]["top"]) == 8
    assert fields["void"]["missing"] == 244 and fields["void"]["examples"] == []


def test_the_target_has_its_classes_with_their_rows(profile):
    target = profile["target"]
    assert (target["name"], target["task"]) == ("label", "binary")
    assert target["reason"] == "the target holds 2 labels"
    assert sum(rows for _, rows in target["classes"]) == 240


def test_a_number_to_predict_has_a_histogram():
    values = [i**1.5 for i in range(100)]
    table = Table.of({"x": values[::-1][:50] + values[:50], "y": values})
    target = prepare(table, "y").profile["target"]
    assert target["task"] == "regression" and sum(target["histogram"]["counts"]) == 100


def test_hostile_cells_stay_valid_json_of_bounded_size():
    table = Table.of(
        {
            "<script>": ["</script>" * 50, "\x00\x1b[31m", "é\u202e"] * 20,
            "huge": [1e308, -1e308, 5.0] * 20,
            "y": ["a", "b"] * 30,
        }
    )
    text = json.dumps(prepare(table, "y").profile, allow_nan=False)
    assert len(text) < 5000


@pytest.mark.parametrize(
    ("values", "counts"),
    [([1.0, 2.0, 2.0, 4.0], [1, 2, 0, 1]), ([5.0, 5.0], [2]), ([0.0, 100.0], [1] + [0] * 22 + [1])],
)
def test_histograms(values, counts):
    found = histogram(np.array(values))
    assert found["counts"] == counts
    assert len(found["edges"]) == max(2, len(counts) + 1)
