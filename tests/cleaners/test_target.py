"""What is asked of a target, and why it cannot be asked."""

import random

import polars as pl
import pytest

from bestfit.cleaners import Settings, prepare
from bestfit.cleaners.target import ask, make_target
from bestfit.errors import SchemaError, TargetError
from bestfit.table import Table

DRAW = random.Random(0)


def drawn(counts):
    """Values by how often they occur, shuffled."""
    values = [value for value, times in counts.items() for _ in range(times)]
    DRAW.shuffle(values)
    return values


# Counts of real tables, where the right answer is known.
QUESTIONS = {
    "labels": ("y", drawn({"no": 60, "yes": 40}), "binary"),
    "three labels": ("Species", drawn({"setosa": 50, "virginica": 50, "other": 50}), "multiclass"),
    "zero and one": ("Survived", drawn({0: 549, 1: 342}), "binary"),
    "zero and one as texts": ("Survived", drawn({"0": 549, "1": 342}), "binary"),
    "one and two": ("default", drawn({1: 700, 2: 300}), "binary"),
    "truths": ("sold", drawn({True: 30, False: 70}), "binary"),
    "iris codes": ("target", drawn({0: 50, 1: 50, 2: 50}), "multiclass"),
    "digits": ("target", drawn({i: 178 + i for i in range(10)}), "multiclass"),
    "cover types": (
        "Cover_Type",
        drawn({1: 2118, 2: 2833, 3: 357, 4: 27, 5: 94, 6: 173, 7: 205}),
        "multiclass",
    ),
    "stage": ("stage", drawn({1: 40, 2: 30, 3: 20, 4: 10}), "multiclass"),
    "languages": ("language", drawn({0: 40, 1: 30, 2: 20, 3: 10}), "multiclass"),
    "ages": ("Age_of_horse", drawn({1: 40, 2: 30, 3: 20}), "regression"),
    "few rows": ("y", [1, 2, 3, 4, 5, 6, 7, 8, 9, 9], "regression"),
    "signs": ("move", drawn({-1: 30, 0: 40, 1: 30}), "multiclass"),
    "wine quality": (
        "quality",
        drawn({3: 30, 4: 216, 5: 2138, 6: 2836, 7: 1079, 8: 193, 9: 5}),
        "regression",
    ),
    "wine without a telling name": (
        "label",
        drawn({3: 30, 4: 216, 5: 2138, 6: 2836, 7: 1079, 8: 193, 9: 5}),
        "regression",
    ),
    "abalone rings": ("Rings", [DRAW.randint(1, 29) for _ in range(4000)], "regression"),
    "counts": ("bought", drawn({0: 500, 1: 300, 2: 150, 3: 60, 4: 25, 5: 9, 6: 3}), "regression"),
    "prices": ("price", [DRAW.randint(300, 20000) for _ in range(500)], "regression"),
    "fractions": ("y", drawn({0.5: 30, 1.5: 30, 2.5: 30}), "regression"),
    "money": ("y", [f"${DRAW.randint(1000, 9999):,}" for _ in range(100)], "regression"),
    "codes with zeros": ("y", drawn({"01": 30, "02": 30, "10": 30}), "multiclass"),
    "labels like markers": ("y", drawn({"NA": 30, "EU": 30, "AS": 30}), "multiclass"),
}  # fmt: skip


@pytest.mark.parametrize("kind", QUESTIONS)
def test_the_task_goes_by_the_target(kind):
    name, values, task = QUESTIONS[kind]
    question = ask(pl.Series(name, values), None)
    assert question.task == task and question.reason


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["10", "9", "2"], ("2", "9", "10")),
        (["b", "a"], ("a", "b")),
        (["01", "1", "1.0"], ("01", "1", "1.0")),
        (["nan", "1", "inf"], ("1", "inf", "nan")),
        (["négatif", "NA", "True"], ("NA", "True", "négatif")),
    ],
)
def test_classes_are_sorted_and_kept_byte_for_byte(values, classes):
    assert make_target(pl.Series("y", values * 10), "multiclass").classes == classes


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        ([1, 0], ("0", "1")),
        ([1.0, 0.0], ("0", "1")),
        ([True, False], ("False", "True")),
        (["1.0", "0.0"], ("0.0", "1.0")),
        (["true", "false"], ("false", "true")),
    ],
)
def test_labels_of_any_type_are_texts_and_replay_to_the_same(values, classes):
    table = Table.of({"x": [DRAW.random() for _ in range(40)], "y": values * 20})
    cleaned = prepare(table, "y")
    assert cleaned.plan.schema.target.classes == classes
    for same in ([1, 0], [1.0, 0.0], [True, False]):
        if classes[0] in ("0", "0.0") or same[0] is True:
            again = cleaned.plan.replay(Table.of({"x": [0.5, 1.5], "y": same}))
            wanted = tuple(sorted(classes, reverse=True))
            if same[0] is not True or classes[0] not in ("0", "0.0"):
                assert tuple(again.frame["y"]) == wanted


@pytest.mark.parametrize(
    ("values", "wanted", "message"),
    [
        (["a"] * 30, None, "one value only, 'a'"),
        ([None] * 30, None, "every cell of the target is missing"),
        ([f"name {i}" for i in range(100)], None, "100 different texts in 100 rows"),
        (list("abcdefgh"), None, "8 different texts in 8 rows"),
        (["2020-01-01", "2020-01-02", "2021-05-05"] * 10, None, "a date"),
        (["a", "b"] * 30, "regression", "regression needs numbers"),
        (["a", "b", "c"] * 30, "binary", "2 classes, not 3"),
        (["a", "b"] * 30, "ranking", "no task is called 'ranking'"),
    ],
)
def test_what_cannot_be_learnt_is_refused_in_one_line(values, wanted, message):
    with pytest.raises(TargetError, match=message) as caught:
        ask(pl.Series("y", values), wanted)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_numbers_whose_squares_are_no_numbers_are_refused(size):
    with pytest.raises(TargetError, match="cannot be squared"):
        make_target(pl.Series("y", [size, -size / 2, 0.0]), "regression")


def test_a_task_can_be_asked_for():
    stars = pl.Series("y", [1, 2, 3, 4, 5] * 20)
    assert ask(stars, None).task == ask(stars, "classification").task == "multiclass"
    assert ask(stars, "regression").task == "regression"


def test_a_missing_target_is_said_with_what_may_be_meant():
    table = Table.of({"income": ["a", "b"], "age": [1, 2]}, "adult.csv")
    with pytest.raises(TargetError, match=r"no column 'Incme': adult\.csv .*did you mean 'income'"):
        prepare(table, "Incme")
    assert prepare(Table.of({"income": ANSWERS, "age": AGES}), " income ").plan.schema.target


ANSWERS, AGES = ["a", "b"] * 20, [float(i * i) for i in range(40)]


def test_rows_without_a_target_are_left_out_and_counted():
    cleaned = prepare(Table.of({"y": [*ANSWERS, "", None], "x": [*AGES, 1.0, 2.0]}), "y")
    assert cleaned.table.n_rows == 40
    assert [(c.cleaner, c.rows) for c in cleaned.changes] == [("without_target", 2)]


def test_a_label_that_looks_missing_is_kept_with_a_warning():
    cleaned = prepare(Table.of({"y": ["NA", "EU"] * 20, "x": AGES}), "y")
    assert cleaned.plan.schema.target.classes == ("EU", "NA")
    assert cleaned.profile["warnings"][0]["name"] == "label_noise"


def test_among_numbers_a_marker_is_missing_in_the_target_too():
    cleaned = prepare(Table.of({"y": ["1", "0", "NA", "1"] * 10, "x": AGES}), "y")
    assert cleaned.plan.schema.target.classes == ("0", "1")
    assert cleaned.table.n_rows == 30


def test_a_rare_class_is_warned_of():
    cleaned = prepare(Table.of({"y": ["a"] * 39 + ["b"], "x": AGES}), "y")
    assert cleaned.profile["warnings"] == [
        {
            "name": "class_imbalance",
            "column": "y",
            "what": "the class 'b' is rare: 1 of 40 rows",
            "evidence": {"class": "b", "rows": 1, "fraction": 0.025},
        }
    ]


def test_without_a_target_the_columns_are_looked_at_only():
    cleaned = prepare(Table.of({"y": ANSWERS, "x": AGES}))
    assert cleaned.plan.schema.target is None and cleaned.profile["target"] is None
    assert [column.name for column in cleaned.plan.schema.columns] == ["y", "x"]


def test_settings_ask_for_regression_of_strange_numbers():
    y = [*map(str, range(38)), "broken", "lost"]
    cleaned = prepare(Table.of({"y": y, "x": AGES}), "y", Settings(task="regression"))
    assert cleaned.table.n_rows == 38
    with pytest.raises(SchemaError):
        prepare(Table.of({"y": y, "x": AGES}), "y", Settings(keep=("z",)))
