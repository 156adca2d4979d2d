"""Each scheme has the variance it is known for, whoever draws beside it."""

import math

import pytest
import torch
from torch import nn

from bestfit.errors import ConfigError
from bestfit.initializers import DataDependent, gain_of, initializer

OUT, IN, GAIN = 300, 500, math.sqrt(2)
DEVIATIONS = {
    "torch": 1 / math.sqrt(3 * IN), "xavier_uniform": GAIN * math.sqrt(2 / (IN + OUT)),
    "xavier_normal": GAIN * math.sqrt(2 / (IN + OUT)), "he_uniform": GAIN / math.sqrt(IN),
    "he_normal": GAIN / math.sqrt(IN), "lecun_uniform": 1 / math.sqrt(IN),
    "lecun_normal": 1 / math.sqrt(IN), "zero_last": GAIN / math.sqrt(IN),
    "orthogonal": GAIN / math.sqrt(IN), "data_dependent": GAIN / math.sqrt(IN),
}  # fmt: skip


@pytest.mark.parametrize("name", initializer)
def test_weights_vary_as_the_scheme_says(name):
    w = torch.zeros(2, OUT, IN)
    initializer[name]().draw(w, torch.Generator().manual_seed(0), GAIN)
    for own in w:
        assert float(own.std()) == pytest.approx(DEVIATIONS[name], rel=0.02)
        assert abs(float(own.mean())) < 0.02 * DEVIATIONS[name]
    assert not torch.equal(w[0], w[1])
    again = torch.zeros(2, OUT, IN)
    initializer[name]().draw(again, torch.Generator().manual_seed(0), GAIN)
    assert torch.equal(w, again)


@pytest.mark.parametrize("uniform", ["torch", "xavier_uniform", "he_uniform", "lecun_uniform"])
def test_uniform_ones_have_edges(uniform):
    w = torch.zeros(OUT, IN)
    initializer[uniform]().draw(w, torch.Generator().manual_seed(0), GAIN)
    assert float(w.abs().max()) <= math.sqrt(3) * DEVIATIONS[uniform] * 1.001


@pytest.mark.parametrize("shape", [(7, 4), (4, 7), (3, 5, 5)])
def test_orthogonal_ones_are_orthogonal(shape):
    w = torch.zeros(shape)
    initializer["orthogonal"]().draw(w, torch.Generator().manual_seed(0), 2.0)
    small = min(shape[-2:])
    product = w @ w.mT if shape[-2] <= shape[-1] else w.mT @ w
    assert torch.allclose(product, 4 * torch.eye(small).expand_as(product), atol=1e-5)


def test_a_deep_network_keeps_its_signal():
    def deep():
        parts = [nn.Linear(64, 64) for _ in range(30)]
        return nn.Sequential(*[m for p in parts for m in (p, nn.ReLU())], nn.Linear(64, 1))

    x = torch.randn(256, 64, generator=torch.Generator().manual_seed(1))
    kept = initializer["he_normal"]().apply(deep(), seed=3)
    lost = initializer["torch"]().apply(deep(), seed=3)
    with torch.no_grad():
        assert 0.05 < float(kept[:-1](x).std()) < 5
        assert float(lost[:-1](x).std()) < 1e-6


def test_the_last_layer_may_begin_at_zero_and_convolutions_count_their_window():
    net = nn.Sequential(nn.Conv2d(8, 300, 5), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    net(torch.zeros(1, 8, 6, 6))
    initializer["zero_last"]().apply(net)
    assert float(net[0].weight.detach().std()) == pytest.approx(math.sqrt(2 / (8 * 25)), rel=0.02)
    assert not net[3].weight.any() and not net[0].bias.any()


def test_data_decide_the_scale():
    x = 50 * torch.randn(256, 20, generator=torch.Generator().manual_seed(0)) + 7
    net = nn.Sequential(
        nn.Linear(20, 40), nn.Tanh(), nn.Linear(40, 40), nn.Tanh(), nn.Linear(40, 1)
    )
    DataDependent().fit(net, x, activation="tanh")
    with torch.no_grad():
        assert float(net[0](x).std()) == pytest.approx(1, rel=1e-3)
        assert float(net[:3](x).std()) == pytest.approx(1, rel=1e-3)


def test_an_unknown_activation_is_refused():
    with pytest.raises(ConfigError, match="swish2"):
        gain_of("swish2")
