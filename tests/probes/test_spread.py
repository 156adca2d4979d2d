"""A standard deviation that is as exact as torch's."""

import torch

from bestfit.probes.spread import spread_of


def test_is_the_standard_deviation_far_from_zero_too():
    x = 1e4 + torch.randn(500, 7, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(spread_of(x), x.double().std(dim=0).float(), rtol=1e-3)
    assert torch.allclose(spread_of(x - 1e4), (x - 1e4).std(dim=0), rtol=1e-5)


def test_one_row_has_none():
    assert bool(spread_of(torch.ones(1, 3)).isnan().all())
