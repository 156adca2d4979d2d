"""Losses against closed forms and torch's own, also far out."""

import math

import pytest
import torch
from torch.nn import functional

from bestfit.errors import ShapeError
from bestfit.losses import CrossEntropy, Huber, loss, slope_by_autograd


@pytest.mark.parametrize("name", loss)
def test_a_loss_is_not_reduced_and_keeps_members_apart(name):
    outputs = 4 if name == "cross_entropy" else 1
    prediction = torch.randn(3, 5, outputs)
    regression = "regression" in loss[name].tasks
    target = torch.randn(5, 1) if regression else torch.randint(0, min(outputs + 1, 2), (5,))
    each = loss[name]()(prediction, target)
    assert each.shape == (3, 5)
    assert torch.allclose(each[1], loss[name]()(prediction[1], target))


@pytest.mark.parametrize("name", loss)
def test_shapes_that_do_not_fit_are_refused(name):
    with pytest.raises(ShapeError):
        loss[name]()(torch.zeros(5, 1), torch.zeros(4, dtype=torch.int64))


def _target(name, shape, outputs):
    if "regression" in loss[name].tasks:
        return torch.randn(*shape, outputs, dtype=torch.float64)
    return torch.randint(0, max(outputs, 2), shape)


OTHERS = [CrossEntropy(label_smoothing=0.2), Huber(delta=0.3)]


@pytest.mark.parametrize("rows", [(5,), (3, 5)], ids=["one target for all", "one a member"])
@pytest.mark.parametrize("chosen", [*(cls() for cls in loss.values()), *OTHERS], ids=repr)
def test_the_slope_is_the_derivative_that_autograd_finds(chosen, rows):
    outputs = 4 if chosen.name == "cross_entropy" else 1
    prediction = 2 * torch.randn(3, 5, outputs, dtype=torch.float64)
    target = _target(chosen.name, rows, outputs)
    before = prediction.clone()
    found = chosen.slope(prediction, target)
    assert torch.allclose(found, slope_by_autograd(chosen, prediction, target), atol=1e-12)
    assert torch.equal(prediction, before)


@pytest.mark.parametrize("name", loss)
def test_each_member_may_have_targets_of_its_own(name):
    outputs = 4 if name == "cross_entropy" else 1
    prediction, target = torch.randn(3, 5, outputs).double(), _target(name, (3, 5), outputs)
    together = loss[name]()(prediction, target)
    for j in range(3):
        assert torch.allclose(together[j], loss[name]()(prediction[j], target[j]))


@pytest.mark.parametrize("z", [-1e4, -30.0, 0.0, 30.0, 1e4])
@pytest.mark.parametrize("y", [0, 1])
def test_binary_cross_entropy_is_exact_far_out(z, y):
    found = loss["binary_cross_entropy"]()(
        torch.tensor([[z]], dtype=torch.float64), torch.tensor([y])
    )
    signed = -z if y else z
    exact = math.log1p(math.exp(signed)) if signed < 700 else signed
    assert found.item() == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_equals_torch(smoothing):
    z, y = torch.randn(7, 5), torch.randint(0, 5, (7,))
    ours = CrossEntropy(label_smoothing=smoothing)(z, y)
    theirs = functional.cross_entropy(z, y, reduction="none", label_smoothing=smoothing)
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_huber_equals_torch():
    p, y = torch.randn(50, 1) * 4, torch.randn(50, 1)
    theirs = functional.huber_loss(p, y, reduction="none", delta=0.7)[:, 0]
    assert torch.allclose(Huber(delta=0.7)(p, y), theirs, atol=1e-6)
