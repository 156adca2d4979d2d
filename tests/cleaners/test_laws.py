"""Laws that every cleaner and every plan keep."""

import json
import random
from dataclasses import fields

import polars as pl
import pytest

from bestfit.cleaners import Plan, Settings, cleaner, prepare
from bestfit.errors import SchemaError
from bestfit.table import Table

SETTINGS = Settings(drop=("ratio",), keep=("row",), reserve=("city",))


@pytest.fixture(scope="module")
def cleaned(table):
    return prepare(table, "label", SETTINGS)


@pytest.fixture(scope="module")
def names(cleaned):
    return [column.name for column in cleaned.plan.schema.columns]


def steps_of(cleaned, name):
    return [step for step in cleaned.plan.steps if step.name == name]


def test_the_dirty_table_needs_every_cleaner(cleaned, table):
    assert {step.name for step in cleaned.plan.steps} == set(cleaner)


@pytest.mark.parametrize("name", cleaner)
class TestCleaner:
    def test_passes_over_what_is_not_there(self, cleaned, name, table):
        other = Table.of({"other": ["a", "b"], "label": ["no", "yes"]})
        for step in steps_of(cleaned, name):
            after, changes = step.clean(other)
            assert after.frame.equals(other.frame) and changes == []

    def test_cleans_an_empty_table(self, cleaned, name, table):
        empty = table.take([])
        for step in steps_of(cleaned, name):
            after, changes = step.clean(empty)
            assert after.n_rows == 0
            assert sum(change.cells + change.rows for change in changes) == 0

    def test_has_nothing_left_to_do_after_itself(self, cleaned, name, table):
        work = table
        for step in cleaned.plan.steps:
            work, _ = step.clean(work)
            if step.name == name:
                again, changes = step.clean(work)
                assert again.frame.equals(work.frame) and changes == []

    def test_says_what_it_did(self, cleaned, name, table):
        changes = [change for change in cleaned.changes if change.cleaner == name]
        assert changes or name == "texts"  # which only changes types
        for change in changes:
            assert change.what and (change.cells or change.rows or change.column)
            assert len(change.examples) <= 3 and all(len(e) <= 100 for e in change.examples)

    def test_can_be_written_down_and_read_strictly(self, cleaned, name, table):
        for step in steps_of(cleaned, name):
            plan = Plan((step,), cleaned.plan.schema)
            written = plan.to_dict()
            assert Plan.from_dict(json.loads(json.dumps(written))) == plan
            for field in fields(step):
                spoilt = json.loads(json.dumps(written))
                spoilt["steps"][0][field.name] = object
                with pytest.raises(SchemaError):
                    Plan.from_dict(spoilt)
                del spoilt["steps"][0][field.name]
                with pytest.raises(SchemaError):
                    Plan.from_dict(spoilt)


def test_replaying_the_training_rows_gives_the_training_table(cleaned, names, table):
    """Exactly: to the last bit of every cell."""
    again = cleaned.plan.replay(table)
    kept = again.take(cleaned.rows)
    assert again.n_rows == table.n_rows
    assert kept.frame.select([*names, "label"]).equals(
        cleaned.table.frame.select([*names, "label"])
    )


def test_rows_know_their_place_in_the_file(cleaned, table):
    raw = table.frame[cleaned.rows.tolist()]
    assert raw["code"].to_list() == cleaned.table.frame["code"].to_list()
    assert cleaned.rows.tolist() == list(range(240))


def test_a_row_is_cleaned_without_a_look_at_the_others(cleaned, table):
    whole = cleaned.plan.replay(table)
    alone = [cleaned.plan.replay(table.take([i])).frame for i in range(0, 240, 7)]
    assert pl.concat(alone).equals(whole.frame[list(range(0, 240, 7))])


def test_order_and_company_of_columns_do_not_matter(cleaned, table):
    raw = table.frame
    shuffled = raw.select(random.Random(1).sample(raw.columns, len(raw.columns)))
    extended = shuffled.with_columns(pl.lit("x").alias("extra"))
    expected = cleaned.plan.replay(table)
    assert cleaned.plan.replay(Table.of(extended)).frame.equals(expected.frame)


def test_columns_that_were_dropped_are_not_asked_for(cleaned, names, table):
    fewer = Table(table.frame.select([*names, "label"]))
    assert cleaned.plan.replay(fewer).frame.equals(cleaned.plan.replay(table).frame)
    without_label = cleaned.plan.replay(Table(table.frame.select(names)))
    assert without_label.columns == names


def test_rows_never_seen_get_a_defined_answer(cleaned, names, table):
    fresh = Table.of({name: ["", "new", "newer", "1e999", "01", "?"] for name in table.columns})
    after = cleaned.plan.replay(Table.of(pl.concat([table.frame[:50], fresh.frame])))
    assert after.frame[50].select(names).null_count().sum_horizontal().item() == len(names)
    assert after.frame["code"][-2] == "01" and after.frame["label"][51] == "new"
    assert after.reading["unreadable"]["price"] == 2
    with pytest.raises(SchemaError, match="12 cells of column 'row' are no numbers"):
        cleaned.plan.replay(Table.of(pl.concat([fresh.frame] * 6)))


def test_an_empty_table_is_replayed_with_its_types(cleaned, table):
    empty = cleaned.plan.replay(table.take([]))
    assert empty.n_rows == 0
    assert empty.frame.schema == cleaned.plan.replay(table).frame.schema


def test_preparing_is_a_pure_function(table):
    one, other = (prepare(table, "label", SETTINGS) for _ in range(2))
    assert one.profile == other.profile and one.plan == other.plan
    assert one.table.frame.equals(other.table.frame)
    assert json.loads(json.dumps(one.profile, allow_nan=False)) == one.profile


def test_a_clean_table_is_left_as_it_is(cleaned, table):
    again = prepare(Table(cleaned.table.frame), "label", SETTINGS_AGAIN)
    assert again.table.frame.equals(cleaned.table.frame)
    assert again.changes == ()


SETTINGS_AGAIN = Settings(keep=("row",), reserve=("city",))
