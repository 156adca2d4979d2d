"""How often each value occurs, whatever the column is called."""

import polars as pl

__all__ = ["counts_of", "ranked"]


def counts_of(series: pl.Series) -> pl.DataFrame:
    """Columns ``value`` and ``rows``, in no order."""
    return series.alias("value").value_counts(name="rows")


def ranked(series: pl.Series) -> pl.DataFrame:
    """The same, the most frequent first; ties in the order of the values, so that runs agree.

    >>> ranked(pl.Series("count", ["b", "a", "c", "c"])).rows()
    [('c', 2), ('a', 1), ('b', 1)]
    """
    return counts_of(series).sort(["rows", "value"], descending=[True, False])
