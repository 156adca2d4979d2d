"""How dates and times are spelt."""

import re
from itertools import product

import polars as pl

__all__ = ["forms_of", "is_day_number", "to_moments"]

MIN_SHARE = 0.95
MIN_SHARE_OF_MANY = 0.8
MAX_STRANGE = 10
SAMPLE = 200
DAY_NUMBER = "%Y%m%d"
DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y",
    "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y",
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%a, %d %b %Y", "%a %b %d %Y",
    "%A, %B %d, %Y", "%Y-%m", "%Y/%m", "%b-%Y", "%b %Y", "%B %Y", "%b-%y", "%m/%Y",
)  # fmt: skip
TIMES = (
    "",
    " %H:%M:%S%.f",
    "T%H:%M:%S%.f",
    " %H:%M",
    "T%H:%M",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
)
ZONED = ("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z",
         "%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%dT%H:%M%z")  # fmt: skip
MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
LOOK = re.compile(
    rf"\s*(\d{{1,4}}[-/.]\d{{1,2}}([-/.]\d{{1,4}})?\b.*|.*\b{MONTH}[\s,.-]+\d{{1,4}}.*"
    rf"|\d{{1,2}}[\s-]{MONTH}[\s,-]\d{{2,4}}.*)",
    re.IGNORECASE,
)


def forms_of(texts: pl.Series) -> tuple[str, ...]:
    """The forms in which the dates of a column are spelt, the usual one first; () for no dates.

    >>> forms_of(pl.Series(["31/12/2020", "01/02/2021"]))
    ('%d/%m/%Y',)
    """
    filled = texts.drop_nulls()
    sample = filled.head(20).to_list()
    if not sample or sum(bool(LOOK.fullmatch(text)) for text in sample) < 0.8 * len(sample):
        return ()
    distinct = filled.unique(maintain_order=True)
    left, chosen = distinct, []
    while len(left) and len(chosen) < 4:
        best = _best_form(left)
        if best is None:
            break
        chosen.append(best)
        left = left.filter(to_moments(left, (best,)).is_null())
    read = to_moments(filled, tuple(chosen)).is_not_null().mean() if chosen else 0.0
    enough = read >= MIN_SHARE or (read >= MIN_SHARE_OF_MANY and len(left) <= MAX_STRANGE)
    return tuple(chosen) if enough else ()


def _best_form(distinct: pl.Series) -> str | None:
    """The form that reads most of a column; of day first and month first, the likelier."""
    sample = distinct.gather_every(max(1, len(distinct) // SAMPLE))
    share = {form: _share(sample, form) for form in ZONED}
    if max(share.values()) == 0:
        share = {d + t: _share(sample, d + t) for d, t in product(DATES, TIMES)}
    top = max(share.values())
    if top < 0.02:
        return None
    ties = [form for form, value in share.items() if value >= top - 0.02]
    whole = {form: _share(distinct, form) for form in ties[:6]}
    best = max(whole, key=lambda form: whole[form])
    ties = [form for form, value in whole.items() if value == whole[best]]
    return min(ties, key=lambda form: _varied_months(distinct, form)) if len(ties) > 1 else best


def _varied_months(distinct: pl.Series, form: str) -> int:
    """Days vary more than months do: of two readings, that with fewer distinct months is right."""
    moments = to_moments(distinct, (form,))
    return 0 if moments.dt.day().n_unique() >= moments.dt.month().n_unique() else 1


def _share(texts: pl.Series, form: str) -> float:
    return float(to_moments(texts, (form,)).is_not_null().mean() or 0.0)


def to_moments(series: pl.Series, forms: tuple[str, ...]) -> pl.Series:
    """Datetime in microseconds without a zone (UTC where one was given), missing if unreadable."""
    dtype, kind = series.dtype, pl.Datetime("us")
    if isinstance(dtype, pl.Datetime):
        plain = (
            series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
            if dtype.time_zone
            else series
        )
        return plain.cast(kind)
    if dtype == pl.Date:
        return series.cast(kind)
    if dtype.is_integer() and DAY_NUMBER in forms:
        series = series.cast(pl.String)
    if series.dtype.is_float() and DAY_NUMBER in forms:
        series = series.cast(pl.Int64, strict=False).cast(pl.String)
    result = pl.Series(series.name, [None] * len(series), dtype=kind)
    if series.dtype != pl.String:
        return result
    for form in forms:
        left = result.is_null() & series.is_not_null()
        if left.any():
            result = result.scatter(left.arg_true(), _strptime(series.filter(left), form))
    return result


def _strptime(texts: pl.Series, form: str) -> pl.Series:
    if "%z" in form:
        texts = texts.str.replace(
            r"\s*(Z|UTC|GMT)$", "+0000" if not form.endswith(" %z") else " +0000"
        )
    if "%d" not in form:
        texts, form = texts + " 01", f"{form} %d"
    moments = texts.str.to_datetime(form, time_unit="us", strict=False, exact=True)
    if moments.dtype.time_zone is not None:  # type: ignore[attr-defined]
        moments = moments.dt.replace_time_zone(None)
    if "%Y" in form:  # chrono reads 13 as the year 13
        moments = moments.set((moments.dt.year() < 1000).fill_null(False), None)
    return moments


def is_day_number(series: pl.Series) -> bool:
    """Whole numbers such as 20130131, each of them a day of the calendar."""
    numbers = series.drop_nulls()
    if numbers.dtype == pl.String:
        numbers = numbers.cast(pl.Int64, strict=False)
        if numbers.null_count():
            return False
    if len(numbers) == 0 or not numbers.dtype.is_integer():
        return False
    low, high = numbers.min(), numbers.max()
    if not (isinstance(low, int) and isinstance(high, int) and 18000101 <= low <= high <= 21001231):
        return False
    distinct = numbers.unique()
    days = to_moments(distinct, (DAY_NUMBER,))
    return len(distinct) >= 10 and days.is_not_null().all()
