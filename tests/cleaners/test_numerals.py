"""How numbers are spelt: expected values are what a person reads."""

import random

import polars as pl
import pytest

from bestfit.cleaners.numerals import Numerals, numerals_of, to_numbers


def read(texts, **options):
    series = pl.Series("a", texts, dtype=pl.String)
    style = numerals_of(series, **options)
    return None if style is None else to_numbers(series, style).to_list()


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1", "-2.5", "+3", ".5", "5.", "1e3", "2E-2"], [1, -2.5, 3, 0.5, 5, 1000, 0.02]),
        (["1,200", "3", "4,500,000.25"], [1200, 3, 4500000.25]),
        (["1,5", "2,25", "3"], [1.5, 2.25, 3]),
        (["1.234,5", "1.234", "3,5"], [1234.5, 1234, 3.5]),
        (["1.234.567", "2.345.678"], [1234567, 2345678]),
        (["1 234", "5 678 901"], [1234, 5678901]),
        (["1 000,50", "2 000,75"], [1000.5, 2000.75]),
        (["1'234.50", "2'000"], [1234.5, 2000]),
        (["1_000", "2"], [1000, 2]),
        (["$1,200", "-$3", "$-4.50", "USD 5"], [1200, -3, -4.5, 5]),
        (["€ 5", "7,5 €"], [5, 7.5]),
        (["(5)", "3", "(1,200.50)"], [-5, 3, -1200.5]),
        (["−5", "3"], [-5, 3]),
        (["12%", "50 %", "7"], [12, 50, 7]),
        (["5 km/h", "7.5km/h", "9"], [5, 7.5, 9]),
        (["36 months", "60 months"], [36, 60]),
        (["10K", "1.5M", "3"], [10_000, 1_500_000, 3]),
        (["€110.5M", "€565K"], [110_500_000, 565_000]),
        (["inf", "1", "NaN", "-inf"], [None, 1, None, None]),
        (["007", *map(str, range(200))], [7, *range(200)]),
    ],
)
def test_numbers_are_read_as_people_write_them(texts, numbers):
    assert read(texts) == numbers


@pytest.mark.parametrize(
    "texts",
    [
        ["a", "b"],
        ["C85", "E46", "G6"],
        ["A/5 21171", "17599", "113803"],
        ["1st", "2nd", "3rd"],
        ["0", "1", "2", "3+"],
        ["10-20", "20-30"],
        ["1/2", "3/4"],
        ["5'11", "6'1"],
        ["12:30", "13:40"],
        ["192.168.1.1", "10.0.0.1"],
        ["1.2.3", "2.3.4"],
        ["1,2,3", "4,5"],
        ["<=50K", ">50K"],
        ["02139", "10001"],
        ["01", "02", "12"],
        ["12345678901234567", "2"],
        ["٣", "٤"],
        ["23 kmpl", "11 km/kg"],
        [],
    ],
    ids=str,
)
def test_codes_words_and_ranges_are_no_numbers(texts):
    assert read(texts) is None


def test_an_unclear_comma_goes_by_the_rest_of_the_table():
    assert read(["1,234", "5,678"]) == [1234, 5678]
    assert read(["1,234", "5,678"], comma=",") == [1.234, 5.678]
    assert read(["1,234,567", "5,678"], comma=",") == [1234567, 5678]


def test_a_few_strange_cells_among_many_numbers_are_missing():
    texts = [str(i) for i in range(95)] + ["broken"] * 5
    assert read(texts) == [*range(95), *[None] * 5]
    assert read([str(i % 3) for i in range(80)] + ["none"] * 20) is None


def test_the_way_a_cell_is_read_does_not_depend_on_the_others():
    draw = random.Random(0)
    pool = ["1,5", "2.000,25", "3", "1.5", "$4", "x", "5 kg", "1,234", None]
    texts = pl.Series("a", [draw.choice(pool) for _ in range(200)], dtype=pl.String)
    for style in (Numerals(), Numerals(","), Numerals(".", "kg"), Numerals(scaled=True)):
        whole = to_numbers(texts, style).to_list()
        alone = [to_numbers(texts[i : i + 1], style).item() for i in range(len(texts))]
        assert whole == alone


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        (pl.Series([1, 2]), [1.0, 2.0]),
        (pl.Series([True, False]), [1.0, 0.0]),
        (pl.Series([1.5, float("inf"), float("nan")]), [1.5, None, None]),
        (pl.Series([None, None]), [None, None]),
        (pl.Series([90_000_000], dtype=pl.Duration("us")), [90.0]),
        (pl.Series(["2020-01-01"]).str.to_date(), [None]),
        (pl.Series([], dtype=pl.String), []),
    ],
)
def test_any_type_becomes_numbers(series, expected):
    numbers = to_numbers(series, Numerals())
    assert numbers.dtype == pl.Float64 and numbers.to_list() == expected
