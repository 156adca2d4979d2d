"""Each kind of dirt, one by one: found, mended or left alone, and counted."""

import random

import polars as pl
import pytest

from bestfit.cleaners import Settings, prepare
from bestfit.cleaners.labels import merges
from bestfit.cleaners.sentinels import sentinel_of
from bestfit.errors import SchemaError, TargetError
from bestfit.repeats import expected_repeats
from bestfit.table import Column, Table

ANSWER = ["no", "yes"] * 60


def clean(settings=None, target="y", **features):
    """Prepare a few columns beside an answer."""
    data = {**features, "y": ANSWER[: len(next(iter(features.values())))]}
    return prepare(Table.of(data), target, settings or Settings())


def numbers(n=120, seed=0):
    draw = random.Random(seed)
    return [draw.gauss(0, 1) for _ in range(n)]


def changes(cleaned, cleaner):
    return [change for change in cleaned.changes if change.cleaner == cleaner]


class TestTheDirtyTable:
    @pytest.fixture
    def cleaned(self, table):
        return prepare(table, "label")

    def test_every_column_gets_its_kind(self, cleaned):
        assert cleaned.plan.schema.columns == tuple(
            Column(name, kind)
            for name, kind in {
                "age": "number", "price": "number", "ratio": "number", "score": "number",
                "days": "number", "when": "date", "city": "category", "code": "category",
                "flag": "category", "prose": "text",
            }.items()
        )  # fmt: skip

    def test_every_dropped_column_has_its_reason(self, cleaned):
        fields = {field["name"]: field for field in cleaned.profile["fields"]}
        reasons = {n: f["reason"] for n, f in fields.items() if f["role"] == "dropped"}
        assert reasons.keys() == {"uid", "row", "same", "void", "twin"}
        assert "text of its own" in reasons["uid"]
        assert "named like an id" in reasons["row"]
        assert reasons["same"].endswith("'x'")
        assert "missing" in reasons["void"]
        assert "the target under another name" in reasons["twin"]

    def test_labels_are_merged_into_the_usual_spelling(self, cleaned, table):
        target = cleaned.plan.schema.target
        raw = table.frame["label"][:240].str.strip_chars().to_list()
        kept = {max(("yes", "Yes"), key=raw.count), max(("no", "no."), key=raw.count)}
        assert (target.task, set(target.classes)) == ("binary", kept)

    def test_every_count_agrees_with_the_raw_cells(self, cleaned, table):
        raw = table.frame
        counted = {(c.cleaner, c.column, c.what.split(",")[0]): c.cells for c in cleaned.changes}
        sign = "a sign for a missing value"
        assert counted["markers", "age", sign] == (raw["age"] == "?").sum()
        assert counted["numbers", "score", "infinite"] == (raw["score"] == "inf").sum()
        assert (
            counted["sentinels", "days", "far from the other numbers"]
            == (raw["days"] == "-1").sum()
        )
        assert counted["labels", "city", "another spelling of the same label"] == min(
            (raw["city"] == "Paris").sum(), (raw["city"] == "paris ").sum()
        )
        assert sum(change.rows for change in cleaned.changes) == 4
        assert cleaned.table.n_rows == 240

    def test_cells_hold_what_a_person_reads(self, cleaned, table):
        raw, frame = table.frame, cleaned.table.frame
        price = [float(text[1:].replace(",", "")) for text in raw["price"][:240]]
        ratio = [float(text.replace(",", ".")) for text in raw["ratio"][:240]]
        assert frame["price"].to_list() == price and frame["ratio"].to_list() == ratio
        assert frame["when"][0].isoformat() == "2020-01-01T00:00:00"
        assert frame["code"].to_list() == raw["code"][:240].to_list()


def test_each_cleaner_can_be_switched_off(table):
    off = Settings(
        merge_labels=False,
        drop_duplicates=False,
        drop_ids=False,
        drop_constants=False,
        drop_leaks=False,
        missing_markers=(),
    )
    cleaned = prepare(table, "label", off)
    assert {change.cleaner for change in cleaned.changes} <= {
        "blanks", "numbers", "dates", "without_target",
    }  # fmt: skip
    assert cleaned.table.columns == table.columns
    assert len(cleaned.plan.schema.target.classes) == 4


def test_own_markers_replace_the_usual_ones():
    cells = ["unknown", "-7", "?", *["a"] * 40, *["b"] * 41]
    found = clean(Settings(missing_markers=("?",)), a=cells, b=numbers(84))
    assert found.table.frame["a"].null_count() == 1
    ages = [*range(20, 100), -7, -7, -7, -7]
    found = clean(Settings(missing_markers=("-7",)), a=ages, b=numbers(84))
    assert found.table.frame["a"].null_count() == 4


@pytest.mark.parametrize("blood", ["+", "++"])
def test_a_minus_beside_a_plus_is_a_sign(blood):
    assert clean(a=["-", blood, blood] * 20, b=numbers(60)).table.frame["a"].null_count() == 0
    assert clean(a=["-", "x", "z"] * 20, b=numbers(60)).table.frame["a"].null_count() == 20


def test_none_is_a_level_among_words_and_missing_among_numbers():
    words = clean(a=["None", "Brick", "Stone"] * 20, b=numbers(60))
    assert words.table.frame["a"].null_count() == 0
    mixed = clean(a=["None", "1", "2.5"] * 20, b=numbers(60))
    assert mixed.table.frame["a"].null_count() == 20
    assert mixed.plan.schema.columns[0].kind == "number"


@pytest.mark.parametrize(
    ("counts", "merged"),
    [
        ({"yes": 5, "Yes": 7, "no": 4, "No": 1}, {"yes": "Yes", "No": "no"}),
        ({"<=50K": 9, "<=50K.": 4, ">50K": 3, ">50K.": 2}, {"<=50K.": "<=50K", ">50K.": ">50K"}),
        ({"New York": 3, "new  york": 1}, {"new  york": "New York"}),
        ({"é": 1, "e\u0301": 2}, {"é": "e\u0301"}),
        ({"Y": 5, "yes": 7, "N": 4, "no": 1, "1": 1}, {"Y": "yes", "1": "yes", "no": "N"}),
        ({"01": 2, "1": 3}, {}),
        ({"1": 2, "1.0": 3}, {}),
        ({"M": 5, "m": 1, "F": 2}, {}),
        ({"t": 5, "f": 1, "n": 2}, {}),
        ({"0": 5, "1": 1, "2": 2}, {}),
        ({"NoSewr": 5, "NoSeWa": 1}, {}),
        ({".": 5, "..": 1}, {}),
    ],
)
def test_spellings_are_merged_and_codes_are_not(counts, merged):
    assert merges(counts) == merged


@pytest.mark.parametrize(
    ("values", "sentinel"),
    [
        ([-1.0] * 5 + [float(i) for i in range(50)], -1.0),
        ([999.0] * 5 + [float(i) for i in range(30)], 999.0),
        ([-999.0] * 5 + [float(i) for i in range(50)], -999.0),
        ([-1.0] * 5 + [float(i) for i in range(-3, 50)], None),
        ([-1.0, 0.0, 1.0] * 30, None),
        ([999.0] * 5 + [float(10 * i) for i in range(80)], None),
        ([-1.0] * 5 + [i / 7 for i in range(50)], None),
        ([-1.0] + [float(i) for i in range(500)], None),
        ([], None),
    ],
)
def test_numbers_that_mean_missing_need_evidence(values, sentinel):
    assert sentinel_of(pl.Series("a", values, dtype=pl.Float64)) == sentinel


class TestDuplicates:
    def test_later_ones_go_and_the_first_stays(self):
        a, b = numbers(60), numbers(60, seed=1)
        again = [*range(60), 3, 3, 7]
        found = clean(a=[a[i] for i in again], b=[b[i] for i in again])
        # The answer alternates by position, so that only one of the repeats agrees with it.
        assert found.rows.tolist() == [i for i in range(63) if i not in (61,)]

    def test_equal_rows_of_a_coarse_table_stay(self):
        found = clean(a=["x", "y", "z"] * 20, b=["u", "v"] * 30)
        assert found.table.n_rows == 60

    def test_chance_is_reckoned_from_the_columns(self):
        frame = pl.DataFrame({"a": ["x", "y"] * 50, "b": [1, 1, 2, 2] * 25})
        assert expected_repeats(frame) == pytest.approx(4950 * (2450 / 4950) ** 2)


class TestIds:
    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("PassengerId", range(1, 61)),
            ("", range(60)),
            ("PID", [1000 + 7 * i % 9999 for i in range(60)]),
            ("customerID", [f"{i:04d}-ABC" for i in range(60)]),
            ("anything", [f"x{i:04x}" for i in range(60)]),
        ],
    )
    def test_what_only_numbers_the_rows_goes(self, name, values):
        found = clean(**{name: list(values), "b": numbers(60)})
        assert [column.name for column in found.plan.schema.columns] == ["b"]

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("year", range(1960, 2020)),
            ("x", range(60)),
            ("size", [i / 2 for i in range(60)]),
            ("price", [1000 + 7 * i for i in range(60)]),
            ("humid", random.Random(0).sample(range(1000), 60)),
            ("title", [f"a book called {i}" for i in range(60)]),
            ("city id", [i % 50 for i in range(60)]),
        ],
    )
    def test_what_may_carry_meaning_stays(self, name, values):
        found = clean(**{name: list(values), "b": numbers(60)})
        assert [column.name for column in found.plan.schema.columns] == [name, "b"]

    def test_a_table_of_ids_only_keeps_them(self):
        found = clean(id=list(range(60)))
        assert [column.name for column in found.plan.schema.columns] == ["id"]


class TestLeaks:
    def features(self, **more):
        return {"b": numbers(120), **more}

    @pytest.mark.parametrize(
        "copy",
        [
            [1.0 if text == "yes" else 0.0 for text in ANSWER],
            ["oui" if text == "yes" else "non" for text in ANSWER],
            ["2020-01-05" if text == "yes" else None for text in ANSWER],
            [text == "yes" for text in ANSWER],
        ],
    )
    def test_a_copy_of_the_classes_goes_with_a_warning(self, copy):
        found = clean(**self.features(a=copy))
        assert [column.name for column in found.plan.schema.columns] == ["b"]
        warning = found.profile["warnings"][0]
        assert (warning["name"], warning["column"]) == ("data_leakage", "a")

    @pytest.mark.parametrize(
        "scale", [lambda v: v, lambda v: 2 * v + 1, lambda v: -v, lambda v: v**3]
    )
    def test_a_number_on_another_scale_goes(self, scale):
        y = numbers(200)
        data = {"a": [scale(v) for v in y], "b": numbers(200, seed=1), "y": y}
        found = prepare(Table.of(data), "y")
        assert [column.name for column in found.plan.schema.columns] == ["b"]

    def test_a_column_that_is_only_good_stays(self):
        nearly = ["1" if (text == "yes") != (i % 8 == 5) else "0" for i, text in enumerate(ANSWER)]
        y = numbers(200)
        data = {"a": [v + 0.1 * w for v, w in zip(y, numbers(200, seed=2), strict=True)], "y": y}
        assert clean(**self.features(a=nearly)).profile["warnings"] == []
        found = prepare(Table.of({**data, "b": numbers(200, seed=1)}), "y")
        assert [column.name for column in found.plan.schema.columns] == ["a", "b"]

    @pytest.mark.parametrize(
        "giveaway",
        [
            [(1.0 if text == "yes" else -1.0) + 0.5 * i / 120 for i, text in enumerate(ANSWER)],
            [("a" if i % 3 else "b") if text == "yes" else "c" for i, text in enumerate(ANSWER)],
        ],
    )
    def test_a_column_that_gives_the_answer_away_stays_with_a_warning(self, giveaway):
        found = clean(**self.features(a=giveaway))
        assert [column.name for column in found.plan.schema.columns] == ["b", "a"]
        assert [(w["name"], w["column"]) for w in found.profile["warnings"]] == [
            ("data_leakage", "a")
        ]


def test_a_number_on_a_line_with_the_target_stays_with_a_warning():
    y = numbers(200)
    data = {"a": [round(3 * v, 2) for v in y], "b": numbers(200, seed=1), "y": y}
    found = prepare(Table.of(data), "y")
    assert [column.name for column in found.plan.schema.columns] == ["a", "b"]
    assert [(w["name"], w["column"]) for w in found.profile["warnings"]] == [("data_leakage", "a")]


def test_what_the_user_keeps_is_never_dropped(table):
    settings = Settings(keep=("uid", "same", "twin"), reserve=("row",))
    cleaned = prepare(table, "label", settings)
    features = {column.name for column in cleaned.plan.schema.columns}
    assert {"uid", "same", "twin"} <= features
    assert "row" not in features and cleaned.table.frame["row"].dtype == pl.Float64
    roles = {field["name"]: field["role"] for field in cleaned.profile["fields"]}
    assert roles["row"] == "reserved"


def test_codes_can_be_declared_categories():
    found = clean(Settings(categories=("a",)), a=[1, 2, 3] * 20, b=numbers(60))
    assert found.plan.schema.columns[0].kind == "category"
    assert found.table.frame["a"][:3].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize("field", ["drop", "keep", "reserve", "categories"])
def test_settings_may_only_name_columns_that_are_there(table, field):
    with pytest.raises(SchemaError, match="missing column 'agee'"):
        prepare(table, "label", Settings(**{field: ("agee",)}))


def test_the_target_cannot_be_left_out(table):
    with pytest.raises(SchemaError, match="the target"):
        prepare(table, "label", Settings(drop=("label",)))


def test_a_table_with_nothing_to_learn_from_is_refused():
    with pytest.raises(SchemaError, match="no column is left"):
        prepare(Table.of({"a": ["x"] * 30, "y": ANSWER[:30]}), "y")
    with pytest.raises(TargetError, match="every cell of the target is missing"):
        prepare(Table.of({"a": numbers(5), "y": ["", None, " ", "", ""]}), "y")
