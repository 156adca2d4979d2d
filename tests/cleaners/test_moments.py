"""How dates are spelt: Python's datetime is the judge."""

import datetime as dt

import polars as pl
import pytest

from bestfit.cleaners.moments import DATES, ISO, forms_of, is_day_number, to_moments

DAYS = [dt.datetime(2019, 1, 1) + dt.timedelta(days=37 * i, hours=i % 24) for i in range(80)]


@pytest.mark.parametrize(
    "form", [*DATES, "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p"]
)
def test_every_form_is_found_and_read(form):
    texts = pl.Series("a", [day.strftime(form) for day in DAYS])
    expected = [dt.datetime.strptime(text, form) for text in texts]
    assert to_moments(texts, forms_of(texts)).to_list() == expected


@pytest.mark.parametrize(
    ("texts", "first"),
    [
        (["1/2/2013", "31/12/2013"], dt.datetime(2013, 2, 1)),
        (["1/2/2013", "12/31/2013"], dt.datetime(2013, 1, 2)),
        ([f"01/{month:02}/2013" for month in range(1, 13)][::-1], dt.datetime(2013, 12, 1)),
        (["2013-01-01T05:00:00Z"], dt.datetime(2013, 1, 1, 5)),
        (["2013-01-01T05:00:00+02:00", "2013-01-01T05:00:00.5Z"], dt.datetime(2013, 1, 1, 3)),
        (["2013-01-01 05:00:00 UTC"], dt.datetime(2013, 1, 1, 5)),
        (["Mon, 07 Jan 2013 10:00:00 GMT"], dt.datetime(2013, 1, 7, 10)),
        (["05:30", "17:45"], dt.datetime(1970, 1, 1, 5, 30)),
        (["5:30 PM", "6:30 am"], dt.datetime(1970, 1, 1, 17, 30)),
        (["2013-01-01", "2/1/2013", "2014-05-05"], dt.datetime(2013, 1, 1)),
    ],
)
def test_the_likely_reading_wins(texts, first):
    moments = to_moments(pl.Series(texts), forms_of(pl.Series(texts)))
    assert moments[0] == first and moments.null_count() == 0


@pytest.mark.parametrize(
    "texts",
    [
        ["1.2.3", "2.3.4"],
        ["25-34", "35-44"],
        ["10-12", "12-11"],
        ["192.168.1.1"],
        ["3-1", "2-0"],
        ["may", "june"],
        ["555-12-3456"],
        ["13-01-01 x"],
        ["0013-01-01"],
        ["2013-13-01"],
        [],
    ],
    ids=str,
)
def test_what_only_looks_like_dates_is_left_alone(texts):
    assert forms_of(pl.Series("a", texts, dtype=pl.String)) == ()


def test_typed_moments_lose_their_zone_and_nothing_else():
    berlin = pl.Series([dt.datetime(2020, 7, 1, 12)]).dt.replace_time_zone("Europe/Berlin")
    assert to_moments(berlin, ()).to_list() == [dt.datetime(2020, 7, 1, 10)]
    assert to_moments(pl.Series([dt.date(2020, 7, 1)]), ()).to_list() == [dt.datetime(2020, 7, 1)]
    assert to_moments(pl.Series([1.5]), ISO).to_list() == [None]


def test_whole_numbers_may_be_days():
    days = [int(day.strftime("%Y%m%d")) for day in DAYS]
    assert is_day_number(pl.Series(days)) and is_day_number(pl.Series(list(map(str, days))))
    assert not is_day_number(pl.Series([*days, 20191301]))
    assert not is_day_number(pl.Series([19000000 + i for i in range(50)]))
    read = to_moments(pl.Series(days), ("%Y%m%d",)).to_list()
    assert read == [day.replace(hour=0) for day in DAYS]
