"""The finder touches nothing, suggests something sane, and proves it."""

import copy

import pytest
import torch
from torch import nn

import bestfit
from bestfit.errors import ConfigError


def rows(scale=1.0, n=600):
    x = torch.randn(n, 5, generator=torch.Generator().manual_seed(0))
    return x * scale, (x[:, :1] * 2 + x[:, 1:2].sin()) * 3


def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.BatchNorm1d(32), nn.Linear(32, 1))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "momentum", "adagrad", "lion"])
def test_what_is_found_is_proved_and_near_the_best_of_many(optimizer):
    data = rows()
    found = bestfit.find_lr(net, train=data, optimizer=optimizer, batch_size=64)
    assert found.proved and 1e-6 < found.lr <= 10
    losses = {}
    for lr in [3e-5, 3e-4, 3e-3, 3e-2, 3e-1, found.lr]:
        done = bestfit.fit(net, train=data, optimizer=optimizer, lr=lr, batch_size=64, epochs=8)
        losses[lr] = done.metrics["valid_loss"]
    spread = max(losses.values()) - min(losses.values())
    assert losses[found.lr] <= min(losses.values()) + 0.15 * spread


def test_the_model_and_the_random_numbers_stay_as_they_were():
    model = net()
    before, state = copy.deepcopy(model.state_dict()), torch.get_rng_state()
    bestfit.find_lr(model, train=rows(), batch_size=64)
    assert torch.equal(torch.get_rng_state(), state)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_a_fit_may_ask_for_it():
    fitted = bestfit.fit(net, train=rows(), valid=rows(n=200), lr="find", epochs=3, batch_size=64)
    found = fitted.decisions["lr"]
    assert found["proved"] and found["lr"] == bestfit.find_lr(net, train=rows(), batch_size=64).lr


def test_inputs_of_another_size_ask_for_another_step_size():
    def plain():
        torch.manual_seed(0)
        return nn.Linear(5, 1)

    small, large = (
        bestfit.find_lr(plain, train=rows(s), optimizer="sgd", batch_size=64).lr for s in (1, 30)
    )
    assert small > 20 * large


def test_where_nothing_helps_nothing_is_claimed():
    x = torch.randn(200, 3)
    found = bestfit.find_lr(lambda: Stuck(), train=(x, torch.randn(200, 1)), batch_size=50)
    assert not found.proved


class Stuck(nn.Module):
    """Its output hangs on its weight by nothing."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.w * 0 * x[:, :1]


def test_a_rule_that_searches_is_refused():
    with pytest.raises(ConfigError, match="by itself"):
        bestfit.find_lr(net, train=rows(), optimizer="lbfgs")
    with pytest.raises(ConfigError, match="lr"):
        bestfit.fit(net, train=rows(), lr="guess")
