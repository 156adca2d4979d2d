"""How dates and times are spelt."""

import re
from functools import cache
from itertools import product

import polars as pl

__all__ = ["DAY_NUMBER", "ISO", "forms_of", "is_day_number", "to_moments"]

MIN_SHARE = 0.95
MIN_SHARE_OF_MANY = 0.8
MAX_STRANGE = 10
SAMPLE = 200
MAX_CHARS = 64
LOOKS = 20
YEARS = (1500, 2500)
MAX_FORMS = 4
MIN_FORM_SHARE = 0.02
DAY_NUMBER = "%Y%m%d"
DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y",
    "%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y",
    "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%a, %d %b %Y", "%a %b %d %Y",
    "%A, %B %d, %Y", "%Y-%m", "%Y/%m", "%b-%Y", "%b %Y", "%B %Y", "%b-%y", "%m/%Y",
)  # fmt: skip
CLOCKS = ("%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p")
TIMES = (
    "", " %H:%M:%S%.f", "T%H:%M:%S%.f", " %H:%M", "T%H:%M", " %I:%M %p", " %I:%M:%S %p", ", %H:%M"
)  # fmt: skip
ZONED = ("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f %z",
         "%a, %d %b %Y %H:%M:%S %z", "%Y-%m-%dT%H:%M%z")  # fmt: skip
ISO = (
    *ZONED[:3], "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d", "%H:%M:%S%.f", "%H:%M"
)  # fmt: skip
SHAPES = {
    "%.f": r"(\.\d+)?", "%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{1,2}", "%d": r"\d{1,2}",
    "%H": r"\d{1,2}", "%I": r"\d{1,2}", "%M": r"\d{2}", "%S": r"\d{2}", "%p": r"[ap]m",
    "%b": r"[a-z]{3}", "%B": r"[a-z]{3,9}", "%a": r"[a-z]{3}", "%A": r"[a-z]{6,9}",
}  # fmt: skip
MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
LOOK = re.compile(
    rf"\s*(\d{{1,4}}[-/.]\d{{1,4}}([-/.]\d{{1,4}})?\b.*|.*\b{MONTH}[\s,.-]+\d{{1,4}}.*"
    rf"|\d{{1,2}}[\s-]{MONTH}[\s,-]\d{{2,4}}.*|\d{{1,2}}:\d{{2}}(:\d{{2}}.*)?(\s*[ap]m)?)\s*",
    re.IGNORECASE,
)


def forms_of(texts: pl.Series) -> tuple[str, ...]:
    """The forms in which the dates of a column are spelt, the usual one first; () for no dates.

    >>> forms_of(pl.Series(["31/12/2020", "01/02/2021"]))
    ('%d/%m/%Y',)
    """
    filled = texts.drop_nulls()
    sample = filled.head(20).to_list()
    alike = [text for text in sample if len(text) <= MAX_CHARS and LOOK.fullmatch(text)]
    if not sample or len(alike) < 0.8 * len(sample):
        return ()
    left = filled.unique(maintain_order=True)
    chosen: list[str] = []
    while len(left) and len(chosen) < MAX_FORMS and (best := _best_form(left)):
        chosen.append(best)
        left = left.filter(to_moments(left, (best,)).is_null())
    read = _share(filled, *chosen)
    enough = read >= MIN_SHARE or (read >= MIN_SHARE_OF_MANY and len(left) <= MAX_STRANGE)
    return tuple(chosen) if chosen and enough else ()


def _best_form(distinct: pl.Series) -> str | None:
    """The form that reads most; where day or month may stand first, the likelier one."""
    sample = distinct.gather_every(max(1, len(distinct) // SAMPLE))
    looks = sample.gather_every(max(1, len(sample) // LOOKS)).to_list()
    share = {form: _share(sample, form) for form in _candidates(looks)}
    top = max(share.values(), default=0.0)
    if top < MIN_FORM_SHARE:
        return None
    near = [form for form, value in share.items() if value >= top - MIN_FORM_SHARE]
    exact = {form: _share(distinct, form) for form in near}
    best = [form for form, value in exact.items() if value == max(exact.values())]
    oddity = [_oddity(to_moments(distinct, (form,))) for form in best]
    return best[oddity.index(min(oddity))]


def _candidates(texts: list[str]) -> list[str]:
    """Forms that one of the texts may be spelt in: signs and digits stand where they should."""
    found = {
        date + time
        for text, date in product(texts, DATES)
        if (start := _pattern(date).match(text))
        for time in TIMES
        if _pattern(time).fullmatch(text, start.end())
    }
    dates = [date + time for date, time in product(DATES, TIMES) if date + time in found]
    return [*ZONED, *CLOCKS, *dates]


@cache
def _pattern(form: str) -> re.Pattern[str]:
    pattern = re.escape(form)
    for directive, digits in SHAPES.items():
        pattern = pattern.replace(re.escape(directive), digits)
    return re.compile(pattern, re.IGNORECASE)


def _oddity(moments: pl.Series) -> int:
    """Days vary more than months do, unless all are firsts of a month."""
    days, months = moments.dt.day().n_unique(), moments.dt.month().n_unique()
    return 0 if days >= months > 1 or days == 1 else 1


def _share(texts: pl.Series, *forms: str) -> float:
    return int(to_moments(texts, forms).is_not_null().sum()) / len(texts)


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
    if dtype == pl.Time or (dtype.is_integer() and DAY_NUMBER in forms):
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
    """One form; what it leaves open is the first of the month, or the first day of 1970."""
    if "%z" in form:
        blank = " " if form.endswith(" %z") else ""
        texts = texts.str.replace(r"\s*(Z|UTC|GMT)$", f"{blank}+0000")
    if "%y" in form:  # two digits: 1.2.3 is no date
        two = texts.str.contains(r"[-/.]\d{2}(\s|,|$)").fill_null(False)
        texts = texts.set(~two, None)
    if form in CLOCKS:
        texts, form = "1970-01-01 " + texts, f"%Y-%m-%d {form}"
    elif "%d" not in form:
        texts, form = texts + " 01", f"{form} %d"
    moments = texts.str.to_datetime(form, time_unit="us", strict=False)
    if "%z" in form:
        moments = moments.dt.replace_time_zone(None)
    if "%Y" in form:  # chrono takes 13 for the year 13
        moments = moments.set(~moments.dt.year().is_between(*YEARS).fill_null(True), None)
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
