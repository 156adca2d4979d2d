"""How numbers are spelt: the decimal sign, thousands apart, money, percent, units."""

import re
from collections import Counter
from dataclasses import dataclass

import polars as pl

from .counts import ranked

__all__ = ["Numerals", "numerals_of", "to_numbers"]

MIN_SHARE = 0.95
MIN_SHARE_OF_MANY = 0.8
MANY_NUMBERS = 20
MAX_STRANGE = 10
MAX_SPELT = 2000
MAX_CHARS = 64
EXACT = 2**53

MONEY = r"(?:US\$|R\$|A\$|C\$|CA\$|AU\$|HK\$|[$€£¥₹₽₩₺฿]|USD|EUR|GBP|CHF|JPY|CNY|INR|Rs\.?)"
GAP = r"[\s\u00a0\u202f'’_]"
SPELT = re.compile(
    rf"\(?\s*(?:{MONEY})?\s*([-+−]?)\s*(?:{MONEY})?\s*"
    rf"((?:\d[\d.,]*(?:{GAP}\d{{3}}\b)*(?:[.,]\d+)?|[.,]\d+)(?:[eE][-+]?\d+)?)"
    rf"\s*(?:{MONEY})?\s*([^\d\s.,()+-][^\d,()+]{{0,15}}?)?\s*\)?",
    re.ASCII,
)
GROUPED_BY_COMMA = re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?")
GROUPED_BY_POINT = re.compile(r"\d{1,3}(\.\d{3})+(,\d*)?")
DECIMAL_COMMA = re.compile(r"\d*,\d+")
SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "bn": 1e9}


@dataclass(frozen=True)
class Numerals:
    """One way to spell numbers.

    Args:
        decimal: ``"."`` or ``","``; the other sign sets thousands apart.
        unit: a text after every number, for instance ``"km/h"``.
        scaled: numbers end in K, M or B for thousands, millions, billions.
    """

    decimal: str = "."
    unit: str = ""
    scaled: bool = False


def numerals_of(texts: pl.Series, *, comma: str = "") -> Numerals | None:
    """How the numbers in a column of texts are spelt; None if the column holds no numbers.

    A few strange cells among many numbers are allowed. Codes are no numbers: what starts with
    a zero, or does not fit into a float exactly.

    Args:
        texts: the cells, trimmed.
        comma: ``","`` where the rest of the table suggests that 1,234 is a little more than 1.

    >>> numerals_of(pl.Series(["$1,200.50", "$7", "-"])) is None
    True
    >>> numerals_of(pl.Series(["1,5", "2,25", "3"]))
    Numerals(decimal=',', unit='', scaled=False)
    """
    filled = texts.drop_nulls()
    numbers = filled.cast(pl.Float64, strict=False)
    rest = filled.filter(numbers.is_null())
    plain = len(filled) - len(rest)
    if not len(filled) or (plain and _are_codes(filled)):
        return None
    if not len(rest):
        return Numerals()
    if plain == 0 and not any(SPELT.fullmatch(text) for text in rest.head(100).unique()):
        return None  # the first hundred cells are words: so is the column
    spelt = ranked(rest)
    style, cells, known = _style(dict(spelt.head(MAX_SPELT).iter_rows()), comma)
    strange = len(spelt) - known
    share = (plain + cells) / len(filled)
    if share >= MIN_SHARE:
        return style
    many = numbers.n_unique() > MANY_NUMBERS and strange <= MAX_STRANGE
    return style if share >= MIN_SHARE_OF_MANY and many else None


def _are_codes(filled: pl.Series) -> bool:
    """Zeros in front, or more digits than a float holds."""
    suspects = filled.filter(filled.str.contains(r"^0\d|^[-+]?\d{16,}$"))
    if not len(suspects):
        return False
    if suspects.str.contains(r"^[-+]?\d{16,}$").any() or len(suspects) >= 0.01 * len(filled):
        return True
    lengths = filled.str.len_chars()
    return lengths.min() == lengths.max()


def _style(counts: dict[str, int], comma: str) -> tuple[Numerals, int, int]:
    """The style that texts which are no plain numbers share; how many cells, texts it reads."""
    short = [text for text in counts if len(text) <= MAX_CHARS]
    matches = {text: match for text in short if (match := SPELT.fullmatch(text))}
    units: Counter[str] = Counter()
    for text, match in matches.items():
        units[(match[3] or "").strip()] += counts[text]
    scaled = _are_scales(units)
    unit = "" if scaled or not units else units.most_common(1)[0][0]
    alike = [t for t, m in matches.items() if scaled or (m[3] or "").strip() in ("", unit)]
    decimal = _decimal([re.sub(GAP, "", matches[text][2]) for text in alike], comma)
    if not alike or decimal is None:
        return Numerals(), 0, 0
    style = Numerals(decimal, unit, scaled)
    texts = pl.Series(alike)
    read = texts.filter(to_numbers(texts, style).is_not_null()).to_list()
    return style, sum(counts[text] for text in read), len(read)


def _are_scales(units: Counter[str]) -> bool:
    named = {unit for unit in units if unit}
    return bool(named) and named <= set(SCALES) and (len(units) > 1 or bool(named - {"k", "K"}))


def _decimal(cores: list[str], comma: str) -> str | None:
    """The decimal sign that fits all cores with a comma; None if no one does."""
    commas = [core for core in cores if "," in core or core.count(".") > 1]
    grouped = all(GROUPED_BY_COMMA.fullmatch(core) for core in commas)
    decimal = all(DECIMAL_COMMA.fullmatch(c) or GROUPED_BY_POINT.fullmatch(c) for c in commas)
    if commas and decimal and (comma or not grouped):
        return ","
    return "." if grouped else None


def to_numbers(series: pl.Series, style: Numerals) -> pl.Series:
    """Float64, missing where the cell is no finite number."""
    dtype = series.dtype
    if dtype == pl.Duration:
        numbers = series.dt.total_microseconds().cast(pl.Float64) / 1e6
    elif dtype.is_numeric() or dtype in (pl.Boolean, pl.Null):
        numbers = series.cast(pl.Float64)
    elif dtype == pl.String:
        numbers = _parsed(series, style)
    else:
        numbers = pl.Series(series.name, [None] * len(series), dtype=pl.Float64)
    return numbers.set(~numbers.is_finite(), None) if len(numbers) else numbers


def _parsed(texts: pl.Series, style: Numerals) -> pl.Series:
    plain = texts.cast(pl.Float64, strict=False)
    if style.decimal == ",":
        grouped = texts.str.contains(f"^[-+]?{GROUPED_BY_POINT.pattern}$").fill_null(False)
        plain = plain.set(grouped, None)
    left = plain.is_null() & texts.is_not_null()
    if not left.any():
        return plain
    rest = texts.filter(left)
    distinct = rest.unique()
    spelt = pl.DataFrame({"text": distinct, "number": _spelt(distinct, style)})
    numbers = pl.DataFrame({"text": rest}).join(spelt, on="text", how="left", maintain_order="left")
    return plain.scatter(left.arg_true(), numbers["number"])


def _spelt(texts: pl.Series, style: Numerals) -> pl.Series:
    """The numbers in texts that are dressed up: money, thousands, units."""
    t = pl.col("text")
    negative = t.str.contains(r"^\(.*\)$") | t.str.contains(rf"^(?:{MONEY})?\s*[-−]")
    core = (
        t.str.replace_all(r"^\(|\)$", "")
        .str.replace_all(MONEY, "")
        .str.strip_chars_start(" \u00a0-+−")
        .str.strip_chars_end(" \u00a0")
        .str.strip_suffix("%")
        .str.strip_suffix(style.unit)
        .str.strip_chars(" \u00a0")
    )
    scale = pl.lit(1.0)
    if style.scaled:
        ending = core.str.extract(r"([kKMB]|bn)$").replace_strict(SCALES, default=1.0)
        scale, core = ending.cast(pl.Float64), core.str.replace(r"\s*([kKMB]|bn)$", "")
    for _ in range(2):  # groups that share a digit's border are found at the second turn
        core = core.str.replace_all(rf"(\d){GAP}(\d{{3}})\b", "$1$2")
    if style.decimal == ",":
        grouped = core.str.contains(f"^{GROUPED_BY_POINT.pattern}$")
        core = pl.when(grouped).then(core.str.replace_all(".", "", literal=True)).otherwise(core)
        core = core.str.replace(",", ".", literal=True)
    else:
        grouped = core.str.contains(f"^{GROUPED_BY_COMMA.pattern}$")
        core = pl.when(grouped).then(core.str.replace_all(",", "", literal=True)).otherwise(core)
    number = core.cast(pl.Float64, strict=False) * scale
    signed = pl.when(negative).then(-number).otherwise(number)
    return pl.DataFrame({"text": texts}).select(signed.alias("number")).to_series()
