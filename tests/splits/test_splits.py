"""One law for all splits, then what each of them promises."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from bestfit.errors import ConfigError, InputError, SchemaError, TargetError
from bestfit.splits import Group, Random, Split, Stratified, Time, choose, split
from bestfit.splits.strata import strata
from bestfit.table import Table, Target

BINARY = Target("y", "binary", ("no", "yes"))
NUMBER = Target("price", "regression")
SHARES = (0.65, 0.15, 0.2)
ODD = [("group", 20), ("given", 20)]  # whose parts are no matter of fractions
DRAWN = [name for name in split if name != "given"]


def table_of(n: int, seed: int = 0) -> Table:
    random = np.random.default_rng(seed)
    return Table(
        pl.DataFrame(
            {
                "x": random.normal(size=n),
                "patient": [f"p{i}" for i in random.integers(0, max(4, n // 10), n)],
                "day": [date(2020, 1, 1) + timedelta(int(d)) for d in random.integers(0, n, n)],
                "price": random.gamma(1.0, 100.0, n),
                "y": np.array(["no", "yes"])[(random.random(n) < 0.3).astype(int)],
                "part": np.array(["Train", "valid ", "TEST"])[random.choice(3, n, p=SHARES)],
            }
        )
    )


def make(name: str, **options):
    options |= {"group": "patient"} if name == "group" else {}
    options |= {"order": "day"} if name == "time" else {}
    options |= {"part": "part"} if name == "given" else {}
    return split[name](**options)


def same(a: Split, b: Split) -> bool:
    return all(
        np.array_equal(getattr(a, part), getattr(b, part)) for part in ("train", "valid", "test")
    )


@pytest.mark.parametrize("target", [BINARY, NUMBER])
@pytest.mark.parametrize("n", [20, 57, 1000, 30_000])
@pytest.mark.parametrize("name", split)
def test_every_row_is_in_one_part_and_sizes_are_sensible(name, n, target):
    parts = make(name).split(table_of(n), target, seed=1)
    together = np.concatenate([parts.train, parts.valid, parts.test])
    assert np.array_equal(np.sort(together), np.arange(n))
    for rows, low, high in [
        (parts.train, 0.5, 0.75),
        (parts.valid, 0.08, 0.23),
        (parts.test, 0.1, 0.3),
    ]:
        assert rows.dtype == np.int64 and (np.diff(rows) > 0).all()
        assert low * n <= len(rows) <= high * n or (name, n) in ODD


@pytest.mark.parametrize("target", [BINARY, NUMBER])
@pytest.mark.parametrize("name", split)
def test_seed_and_rows_decide_and_the_order_of_columns_does_not(name, target):
    table = table_of(500)
    parts = make(name).split(table, target, seed=7)
    turned = table.select(table.columns[::-1])
    assert same(parts, make(name).split(turned, target, seed=7))
    assert same(parts, make(name).split(table, target, seed=8)) == (name in ("time", "given"))


@pytest.mark.parametrize("target", [BINARY, NUMBER])
@pytest.mark.parametrize("name", split)
def test_a_row_goes_where_its_content_sends_it(name, target):
    """Shuffled rows lie in the same parts and folds, wherever they stand."""
    table = table_of(600)
    order = np.random.default_rng(1).permutation(600)
    parts, moved = (make(name).split(t, target, seed=3) for t in (table, table.take(order)))
    for part in ("train", "valid", "test"):
        assert set(order[getattr(moved, part)]) == set(getattr(parts, part))
    fold = make(name).fold_numbers(table, target, 3)
    assert np.array_equal(make(name).fold_numbers(table.take(order), target, 3), fold[order])


@pytest.mark.parametrize("copied", ["all", "features"])
@pytest.mark.parametrize("name", ["random", "stratified", "group"])
def test_copies_never_straddle(name, copied):
    """Rows with equal features lie in one part and one fold, whatever their target or group."""
    table = table_of(500).frame
    some = table.sample(6 if name == "group" else 120, seed=1)
    if copied == "features":
        turned = some["y"].replace({"yes": "no", "no": "yes"})
        some = some.with_columns(turned, patient=pl.lit("p1") if name == "group" else "patient")
    table = Table(pl.concat([table, some]))
    key = table.frame["x"].to_numpy()
    parts = make(name).split(table, BINARY, seed=2)
    train, valid, test = (set(key[rows]) for rows in (parts.train, parts.valid, parts.test))
    assert not train & valid and not train & test and not valid & test
    assert len(parts.test) == pytest.approx(len(key) / 5, abs=20)
    fold = make(name).fold_numbers(table, BINARY, 2)
    together = (
        pl.DataFrame({"key": key, "fold": fold}).group_by("key").agg(pl.col("fold").n_unique())
    )
    assert together["fold"].max() == 1


def test_rows_that_are_equal_by_chance_are_divided():
    """Eight kinds of rows: were each kept together, no part would be like another."""
    random = np.random.default_rng(0)
    table = Table.of({name: random.integers(0, 2, 1000).tolist() for name in ("a", "b", "y")})
    parts = Stratified().split(table, Target("y", "binary", ("0", "1")), seed=0)
    assert len(parts.test) == 200 and table.take(parts.test).frame.n_unique() == 8


@pytest.mark.parametrize("target", [BINARY, NUMBER])
@pytest.mark.parametrize("n_folds", [2, 5])
@pytest.mark.parametrize("name", split)
def test_every_row_tunes_once(name, n_folds, target):
    table = table_of(300)
    folds = make(name).folds(table, target, 1, n_folds)
    assert len(folds) == n_folds
    tuned = np.concatenate([fold.valid for fold in folds])
    assert len(set(tuned)) == len(tuned)
    day = table.frame["day"].to_numpy()
    for fold in folds:
        assert len(fold.test) == 0 and not set(fold.train) & set(fold.valid)
        assert len(fold.valid) == pytest.approx(300 / (n_folds + (name == "time")), rel=0.2)
        if name == "time":
            assert day[fold.train].max() < day[fold.valid].min()
        else:
            assert len(fold.train) + len(fold.valid) == 300
        if name == "group":
            patient = table.frame["patient"].to_numpy()
            assert not set(patient[fold.train]) & set(patient[fold.valid])
        if name in ("stratified", "group") and target is BINARY:
            share = (table.frame["y"].to_numpy()[fold.valid] == "yes").mean()
            assert share == pytest.approx((table.frame["y"] == "yes").mean(), abs=0.08)


@pytest.mark.parametrize(("name", "column"), [("group", "patient"), ("time", "day")])
def test_few_groups_or_moments_give_few_fold_numbers_and_no_five_folds(name, column):
    table = Table.of({column: [1, 2, 3] * 9, "price": list(range(27))})
    fold = make(name).fold_numbers(table, NUMBER, 0)
    assert len(set(fold)) == 3 and len(set(zip(fold, table.frame[column], strict=True))) == 3
    with pytest.raises(ConfigError, match="units that folds need"):
        make(name).folds(table, NUMBER, 0, 5)


@pytest.mark.parametrize("name", split)
def test_too_few_rows_for_the_folds_are_refused(name):
    with pytest.raises(InputError):
        make(name).folds(table_of(4), NUMBER, 0, 5)


@pytest.mark.parametrize("name", split)
def test_a_separate_test_table_leaves_no_test_rows(name):
    parts = make(name, test_fraction=0).split(table_of(400), BINARY, seed=0)
    assert len(parts.test) == 0
    assert 40 <= len(parts.valid) <= 80 and len(parts.train) == 400 - len(parts.valid)


@pytest.mark.parametrize("name", DRAWN)
def test_fractions_are_kept(name):
    parts = make(name, valid_fraction=0.3, test_fraction=0.3).split(table_of(1000), BINARY, seed=0)
    assert len(parts.valid) == pytest.approx(300, abs=12)
    assert len(parts.test) == pytest.approx(300, abs=12)


@pytest.mark.parametrize("fractions", [(0, 0.2), (1, 0), (0.5, 0.5), (0.1, -0.1), (0.9, None)])
@pytest.mark.parametrize("name", split)
def test_fractions_that_leave_nothing_are_refused(name, fractions):
    with pytest.raises(ConfigError):
        make(name, valid_fraction=fractions[0], test_fraction=fractions[1])


@pytest.mark.parametrize("name", split)
def test_too_few_rows_are_refused(name):
    for n in range(3):
        with pytest.raises(InputError):
            make(name).split(table_of(50).take(range(n)), BINARY, seed=0)


@pytest.mark.parametrize("n", [3, 4, 5, 8])
@pytest.mark.parametrize("name", ["random", "stratified", "time"])
def test_the_smallest_tables_still_have_three_parts(name, n):
    table = Table.of({"price": list(range(n)), "day": list(range(n))})
    parts = make(name).split(table, NUMBER, seed=0)
    assert min(len(parts.train), len(parts.valid), len(parts.test)) >= 1


@pytest.fixture(scope="module")
def big_table() -> Table:
    n = 10_000_000
    random = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "patient": random.integers(0, 1_000_000, n),
            "day": random.integers(0, 10**9, n).astype("datetime64[s]").astype("datetime64[us]"),
            "yes": random.random(n) < 0.3,
        }
    )
    label = pl.when("yes").then(pl.lit("yes")).otherwise(pl.lit("no")).alias("y")
    return Table(frame.with_columns(label))


@pytest.mark.parametrize("name", DRAWN)
def test_ten_million_rows_keep_small_parts_for_judging(name, big_table):
    parts = make(name).split(big_table, BINARY, seed=0)
    assert len(parts.test) == pytest.approx(50_000, abs=20)
    assert len(parts.valid) == pytest.approx(20_000, abs=20)


def test_the_summary_names_rows_and_digest():
    parts = Random().split(table_of(20), BINARY, seed=0)
    summary = parts.summary()
    assert {name: part["rows"] for name, part in summary.items()} == {
        "train": 13,
        "valid": 3,
        "test": 4,
    }
    assert len({part["digest"] for part in summary.values()}) == 3


# --- stratified


def labels(**count: int) -> tuple[Table, Target]:
    values = [label for label, n in count.items() for _ in range(n)]
    values = list(np.random.default_rng(0).permutation(values))
    task = "binary" if len(count) == 2 else "multiclass"
    return Table.of({"y": values}), Target("y", task, tuple(sorted(count)))


def counts(table: Table, rows) -> dict[str, int]:
    return dict(table.take(rows).frame["y"].value_counts().iter_rows())


def test_classes_keep_their_proportions():
    table, target = labels(a=700, b=200, c=100)
    parts = Stratified().split(table, target, seed=0)
    assert counts(table, parts.test) == {"a": 140, "b": 40, "c": 20}
    assert counts(table, parts.valid) == {"a": 105, "b": 30, "c": 15}


def test_classes_with_one_or_two_rows_only_teach():
    table, target = labels(a=50, b=50, two=2, one=1)
    for seed in range(20):
        parts = Stratified().split(table, target, seed=seed)
        taught = counts(table, parts.train)
        assert (taught["two"], taught["one"]) == (2, 1)
        assert len(parts.test) == 20 and len(parts.valid) == 15


@pytest.mark.parametrize(("common", "rare"), [(17, 3), (10, 3), (97, 3), (5000, 4), (99_995, 5)])
def test_a_rare_class_of_two_is_in_every_part(common, rare):
    """Otherwise the AUC of that part would have no answer."""
    table, target = labels(common=common, rare=rare)
    for seed in range(5):
        parts = Stratified().split(table, target, seed=seed)
        for rows in (parts.train, parts.valid, parts.test):
            assert counts(table, rows)["rare"] >= 1


def test_every_class_teaches_however_much_is_held_back():
    table, target = labels(**{f"c{i}": 3 for i in range(30)})
    parts = Stratified(valid_fraction=0.45, test_fraction=0.45).split(table, target, seed=0)
    assert len(counts(table, parts.train)) == 30


def test_only_tiny_classes_cannot_be_held_back():
    table, target = labels(**{f"c{i}": 2 for i in range(10)})
    with pytest.raises(TargetError, match="every class has fewer than 3 rows"):
        Stratified().split(table, target, seed=0)


def test_rows_without_a_label_are_a_stratum():
    table = Table.of({"y": ["no", "yes", None] * 20})
    parts = Stratified().split(table, BINARY, seed=0)
    assert counts(table, parts.test) == {"no": 4, "yes": 4, None: 4}


def test_numbers_keep_their_distribution():
    """Quantiles of the parts lie nearer together than those of a random split."""

    def spread(splitter) -> float:
        total = 0.0
        for seed in range(20):
            table = table_of(400, seed)
            parts = splitter.split(table, NUMBER, seed)
            price = table.frame["price"].to_numpy()
            total += abs(np.median(price[parts.test]) - np.median(price))
        return total

    assert spread(Stratified()) < 0.5 * spread(Random())


@pytest.mark.parametrize(
    "values", [[5.0] * 40, [0.0] * 39 + [1e9], [1.0, None, float("nan"), 2.0] * 10, [1, 2] * 20]
)
def test_odd_numbers_can_be_divided(values):
    table = Table.of({"price": pl.Series(values, strict=False).to_list()})
    parts = Stratified().split(table, NUMBER, seed=0)
    assert (len(parts.train), len(parts.valid), len(parts.test)) == (26, 6, 8)


def test_bins_follow_quantiles():
    table = Table.of({"price": list(np.arange(1000.0) ** 3)})
    assert np.bincount(strata(table, NUMBER)).tolist() == pytest.approx([50] * 20, abs=1)


# --- group


def test_groups_never_straddle():
    for seed in range(10):
        table = table_of(300, seed)
        parts = Group(group="patient").split(table, BINARY, seed)
        patients = [
            set(table.take(rows).frame["patient"])
            for rows in (parts.train, parts.valid, parts.test)
        ]
        assert not (patients[0] & patients[1] or patients[0] & patients[2])
        assert not patients[1] & patients[2]


@pytest.mark.parametrize("sizes", [[1, 1, 1], [50, 50, 50], [1000, 5, 5], [900, *[10] * 10]])
def test_few_or_uneven_groups_still_make_three_parts(sizes):
    patient = np.repeat(np.arange(len(sizes)), sizes)
    table = Table.of({"patient": patient, "price": np.arange(len(patient), dtype=float)})
    for seed in range(10):
        parts = Group(group="patient").split(table, NUMBER, seed)
        assert min(len(parts.valid), len(parts.test)) >= 1
        if max(sizes) > sum(sizes) / 2:
            assert np.isin(np.flatnonzero(patient == np.argmax(sizes)), parts.train).all()


def test_a_class_that_lives_in_two_groups_teaches():
    """Chance alone would leave it out of the training rows now and then."""
    patient = np.repeat(np.arange(20), 10)
    label = np.where(np.isin(patient, [3, 4]), "yes", "no")
    table = Table.of({"patient": patient, "y": label})
    for seed in range(20):
        parts = Group(group="patient").split(table, BINARY, seed)
        assert "yes" in counts(table, parts.train)


def test_rows_without_a_group_are_groups_of_their_own():
    patient = [None] * 60 + ["a"] * 20 + ["b"] * 20
    table = Table.of({"patient": patient, "price": list(range(100))})
    parts = Group(group="patient").split(table, NUMBER, seed=0)
    empty = [int((rows < 60).sum()) for rows in (parts.train, parts.valid, parts.test)]
    assert sum(count > 0 for count in empty) >= 2
    numbers = Table.of({"patient": [float("nan")] * 60 + [1.0] * 40, "price": list(range(100))})
    parts = Group(group="patient").split(numbers, NUMBER, seed=0)
    assert len(parts.test) == 20


@pytest.mark.parametrize(
    ("patient", "error"), [(["a"] * 9, ConfigError), (["a", "b"] * 5, ConfigError)]
)
def test_too_few_groups_are_refused(patient, error):
    table = Table.of({"patient": patient, "price": list(range(len(patient)))})
    with pytest.raises(error, match="groups, 3 are needed"):
        Group(group="patient").split(table, NUMBER, seed=0)


# --- time


def test_the_future_never_teaches():
    for seed in range(10):
        table = table_of(300, seed)
        parts = Time(order="day").split(table, BINARY, seed)
        day = table.frame["day"].to_numpy()
        assert day[parts.train].max() < day[parts.valid].min()
        assert day[parts.valid].max() < day[parts.test].min()


@pytest.mark.parametrize(
    "years", [[1, 2, 3], [1] * 98 + [2, 3], [1, 2] + [3] * 98, [1] * 40 + [2] * 30 + [3] * 30]
)
def test_ties_stay_on_one_side(years):
    table = Table.of({"day": years, "price": list(range(len(years)))})
    parts = Time(order="day").split(table, NUMBER, seed=0)
    year = np.array(years)
    seen = [set(year[rows]) for rows in (parts.train, parts.valid, parts.test)]
    assert seen == [{1}, {2}, {3}]


def test_rows_without_a_moment_teach():
    values = [None, float("nan"), *np.arange(98.0)]
    table = Table(pl.DataFrame({"day": values, "price": np.arange(100.0)}, strict=False))
    parts = Time(order="day").split(table, NUMBER, seed=0)
    assert {0, 1} <= set(parts.train.tolist())
    assert (len(parts.valid), len(parts.test)) == (15, 20)


def test_text_has_no_order_and_two_moments_are_too_few():
    table = Table.of({"day": ["1", "10", "9"] * 9, "price": list(range(27))})
    with pytest.raises(ConfigError, match="no order"):
        Time(order="day").split(table, NUMBER, seed=0)
    table = Table.of({"day": [1, 2] * 9, "price": list(range(18))})
    with pytest.raises(ConfigError, match="2 different moments, 3 are needed"):
        Time(order="day").split(table, NUMBER, seed=0)
    parts = Time(order="day", test_fraction=0).split(table, NUMBER, seed=0)
    assert (len(parts.train), len(parts.valid), len(parts.test)) == (9, 9, 0)


# --- choice


def test_the_choice_follows_what_is_given():
    table = table_of(100)
    assert choose(table, BINARY)[0] == Stratified()
    assert choose(table, BINARY, group="patient")[0] == Group(group="patient")
    assert choose(table, NUMBER, order="day", test_fraction=0)[0] == Time(
        order="day", test_fraction=0
    )
    chosen, reason = choose(table, NUMBER, name="random", valid_fraction=0.4)
    assert chosen == Random(valid_fraction=0.4) and reason.startswith("as asked: ")


def test_the_reason_names_the_column_and_counts_rare_classes():
    table, target = labels(a=20, b=20, rare=2)
    assert choose(table, target)[1].endswith("; 1 class has fewer than 3 rows and only teaches")
    assert "'day'" in choose(table_of(30), BINARY, order="day")[1]
    assert "'patient'" in choose(table_of(30), BINARY, group="patient")[1]
    assert "low, middle and high 'price'" in choose(table_of(30), NUMBER)[1]


@pytest.mark.parametrize(
    "options",
    [
        {"group": "patient", "order": "day"},
        {"name": "group"},
        {"name": "time"},
        {"name": "random", "group": "patient"},
        {"name": "stratified", "order": "day"},
        {"name": "statified"},
    ],
)
def test_what_does_not_fit_together_is_refused(options):
    with pytest.raises(ConfigError):
        choose(table_of(30), BINARY, **options)


@pytest.mark.parametrize("name", ["group", "time"])
def test_a_column_that_is_missing_or_empty_is_named(name):
    table = Table.of({"patient": [None] * 20, "day": [None] * 20, "price": list(range(20))})
    with pytest.raises(SchemaError, match="is empty"):
        make(name).split(table, NUMBER, seed=0)
    with pytest.raises(SchemaError, match="no column is called"):
        make(name).split(table.select(["price"]), NUMBER, seed=0)


# --- given


def test_the_table_says_itself_what_each_row_is_for():
    table = Table.of({"split": ["train"] * 6 + ["Validation", "TEST"] * 2, "price": [*range(10)]})
    parts = choose(table, NUMBER, part="split")[0].split(table, NUMBER, seed=0)
    assert parts.valid.tolist() == [6, 8] and parts.test.tolist() == [7, 9]
    without = split["given"](part="split", test_fraction=0).split(table, NUMBER, seed=0)
    assert without.valid.tolist() == [6, 8] and 7 in without.train


@pytest.mark.parametrize(("named", "drawn"), [("valid", "test"), ("test", "valid")])
def test_a_part_that_is_never_named_is_drawn_from_the_rows_that_train(named, drawn):
    table = Table.of({"split": ["train"] * 80 + [named] * 20, "price": [*range(100)]})
    parts = split["given"](part="split").split(table, NUMBER, seed=0)
    assert getattr(parts, named).tolist() == [*range(80, 100)]
    assert len(getattr(parts, drawn)) >= 10 and getattr(parts, drawn).max() < 80


@pytest.mark.parametrize("cells", [["train", "judge me"] * 10, ["train", None] * 10, ["test"] * 20])
def test_words_that_name_no_part_are_refused(cells):
    table = Table.of({"split": cells, "price": [*range(20)]})
    with pytest.raises(ConfigError, match=r"name no part|says train"):
        split["given"](part="split").split(table, NUMBER, seed=0)
