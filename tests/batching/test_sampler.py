"""Orders that are computed as they are needed."""

import numpy as np
import pytest

from bestfit.batching.sampler import shuffled


@pytest.mark.parametrize("n", [1, 2, 5, 17, 1000, 4096, 4097])
def test_every_row_comes_once_however_the_order_is_asked_for(n):
    order = shuffled(n, seed=3, epoch=1, many=1)
    parts = [order(i, min(n, i + 7)) for i in range(0, n, 7)]
    assert np.array_equal(np.concatenate(parts), order(0, n))
    assert sorted(order(0, n)) == list(range(n))


def test_each_row_is_as_likely_in_each_place():
    n, draws = 30, 3000
    counts = np.zeros((n, n))
    for seed in range(draws):
        counts[np.arange(n), shuffled(n, seed, 0, many=1)(0, n)] += 1
    squares = ((counts - draws / n) ** 2 / (draws / n)).sum()
    assert abs(squares - (n - 1) ** 2) < 5 * np.sqrt(2 * (n - 1) ** 2)


def test_neighbours_have_nothing_to_do_with_each_other():
    rows = shuffled(100_003, seed=1, epoch=0, many=1)(0, 100_003)
    assert abs(np.corrcoef(rows[:-1], rows[1:])[0, 1]) < 0.02
    assert abs(np.corrcoef(np.arange(len(rows)), rows)[0, 1]) < 0.02
