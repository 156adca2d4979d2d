"""Rows that are equal: by copying, or by chance because their columns are coarse."""

import polars as pl

__all__ = ["by_chance", "expected_repeats"]

MAX_EXPECTED_FRACTION = 0.001
MAX_ROWS = 1_000_000  # that chances are counted in


def by_chance(frame: pl.DataFrame) -> bool:
    """Whether equal rows are to be expected: more than one in a thousand. Pictures never are."""
    if frame.width and pl.Binary in frame.dtypes:
        return False
    return expected_repeats(frame) > MAX_EXPECTED_FRACTION * frame.height


def expected_repeats(frame: pl.DataFrame) -> float:
    """How many pairs of rows would be equal if the columns had nothing to do with each other.

    >>> expected_repeats(pl.DataFrame({"coin": ["heads", "tails"] * 2}))
    2.0
    """
    some = frame.gather_every(-(-max(frame.height, 1) // MAX_ROWS))
    pairs = some.height * (some.height - 1) / 2
    chance = 1.0
    for series in some:
        counts = series.alias("value").value_counts(name="rows")["rows"].cast(pl.Float64)
        chance *= float((counts * (counts - 1)).sum()) / 2 / pairs
    return chance * frame.height * (frame.height - 1) / 2
