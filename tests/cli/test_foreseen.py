"""`inspect` tells of every kind of column that training may make."""

import numpy as np
import polars as pl

import bestfit
from bestfit.cli.foreseen import foreseen
from bestfit.transforms import FORMULAS


def test_every_formula_is_proposed_with_a_reason():
    random = np.random.default_rng(0)
    n = 600
    x = random.normal(size=(n, 2)).round(4)
    days = [pl.Series(random.integers(0, 5000, n)).cast(pl.Int32).cast(pl.Date) for _ in range(2)]
    frame = pl.DataFrame({
        "a": x[:, 0], "b": x[:, 1], "town": [f"town {k}" for k in random.integers(0, 12, n)],
        "began": days[0], "ended": days[1], "y": x[:, 0] + random.normal(size=n),
    })  # fmt: skip
    found = foreseen(bestfit.inspect(frame, target="y"))["proposals"]
    assert {proposal["formula"] for proposal in found} == set(FORMULAS)
    assert all(proposal["reason"] and proposal["column"] for proposal in found)
