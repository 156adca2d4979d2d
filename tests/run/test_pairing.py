"""A loss of numbers is asked itself whether right answers cost least."""

import pytest
import torch
from torch.nn import functional

from bestfit.losses import Custom
from bestfit.run.pairing import flaw_of

Y = torch.randn(40, 1, generator=torch.Generator().manual_seed(0)) * 3
COUNTS = torch.poisson(Y.exp().clamp(max=5), generator=torch.Generator().manual_seed(0))


def pinball(o, y, q=0.9):
    return torch.maximum(q * (y - o), (q - 1) * (y - o))


def correlation(o, y):
    o, y = o - o.mean(), y - y.mean()
    return 1 - (o * y).sum() / (o.norm() * y.norm() + 1e-12)


SOUND = {
    "squares": lambda o, y: (o - y) ** 2,
    "their root": lambda o, y: ((o - y) ** 2).mean().sqrt(),
    "absolute": lambda o, y: (o - y).abs().mean(),
    "huber": lambda o, y: functional.huber_loss(o, y),
    "log cosh": lambda o, y: (o - y).cosh().log(),
    "pinball": pinball,
    "tolerant": lambda o, y: ((o - y).abs() - 0.1).clamp(min=0),
    "relative": lambda o, y: (o - y).abs() / (y.abs() + 1),
    "correlation": correlation,
}
FAULTY = {
    "signed": (lambda o, y: (o - y).mean(), "unbounded"),
    "cancelling": (lambda o, y: (o - y).mean().abs(), "unrelated"),
    "of means": (lambda o, y: (o.mean() - y.mean()) ** 2, "unrelated"),
    "of shares": (functional.binary_cross_entropy_with_logits, "unbounded"),
    "upside down": (lambda o, y: -((o - y) ** 2), "unbounded"),
    "without the target": (lambda o, y: o.square().mean() + 0 * y.sum(), "unrelated"),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_is_least_at_the_right_answers_is_believed(name):
    assert flaw_of(Custom(SOUND[name]), Y) == ""


def test_likelihoods_of_counts_are_believed():
    assert flaw_of(Custom(lambda o, y: functional.poisson_nll_loss(o, y)), COUNTS) == ""


@pytest.mark.parametrize("name", FAULTY)
def test_what_is_not_is_named(name):
    loss, flaw = FAULTY[name]
    assert flaw_of(Custom(loss), Y) == flaw
