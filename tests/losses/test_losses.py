"""Losses against closed forms and torch's own, also far out."""

import math

import pytest
import torch
from torch.nn import functional

from bestfit.errors import ConfigError, ShapeError
from bestfit.losses import (
    BinaryCrossEntropy,
    CrossEntropy,
    Focal,
    Hinge,
    Huber,
    Ordinal,
    Poisson,
    Quantile,
    loss,
    slope_by_autograd,
)


def outputs_of(name):
    return 1 if {"binary", "regression"} & set(loss[name].tasks) else 4


@pytest.mark.parametrize("name", loss)
def test_a_loss_is_not_reduced_and_keeps_members_apart(name):
    outputs = outputs_of(name)
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


OTHERS = [
    CrossEntropy(label_smoothing=0.2), CrossEntropy(class_weight=(1.0, 2.0, 0.5, 3.0)),
    BinaryCrossEntropy(class_weight=(0.5, 4.0)), BinaryCrossEntropy(label_smoothing=0.1),
    Huber(delta=0.3), Quantile(q=0.9), Focal(gamma=0.0), Focal(class_weight=(1.0, 3.0)),
    Hinge(squared=True),
]  # fmt: skip


@pytest.mark.parametrize("rows", [(5,), (3, 5)], ids=["one target for all", "one a member"])
@pytest.mark.parametrize("chosen", [*(cls() for cls in loss.values()), *OTHERS], ids=repr)
def test_the_slope_is_the_derivative_that_autograd_finds(chosen, rows):
    outputs = outputs_of(chosen.name)
    torch.manual_seed(0)  # where terms cancel, the last digits are luck
    prediction = 2 * torch.randn(3, 5, outputs, dtype=torch.float64)
    target = _target(chosen.name, rows, outputs)
    before = prediction.clone()
    found = chosen.slope(prediction, target)
    assert torch.allclose(found, slope_by_autograd(chosen, prediction, target), atol=1e-12)
    assert torch.equal(prediction, before)


@pytest.mark.parametrize("name", loss)
def test_each_member_may_have_targets_of_its_own(name):
    outputs = outputs_of(name)
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


def test_weights_and_smoothing_equal_torch():
    z, y, weight = torch.randn(9, 4), torch.randint(0, 4, (9,)), (1.0, 0.2, 3.0, 0.5)
    ours = CrossEntropy(class_weight=weight)(z, y)
    theirs = functional.cross_entropy(z, y, weight=torch.tensor(weight), reduction="none")
    assert torch.allclose(ours, theirs, atol=1e-6)
    z, y = torch.randn(9, 1), torch.randint(0, 2, (9,))
    pos = torch.tensor(3.0)
    theirs = functional.binary_cross_entropy_with_logits(
        z[:, 0], y.float(), pos_weight=pos, reduction="none"
    )
    assert torch.allclose(BinaryCrossEntropy(class_weight=(1.0, 3.0))(z, y), theirs, atol=1e-6)
    soft = functional.binary_cross_entropy_with_logits(z[:, 0], y * 0.8 + 0.1, reduction="none")
    assert torch.allclose(BinaryCrossEntropy(label_smoothing=0.2)(z, y), soft, atol=1e-6)


def test_poisson_and_quantile_equal_what_others_compute():
    z, y = torch.randn(9, 1), torch.rand(9, 1) * 5
    theirs = functional.poisson_nll_loss(z, y, log_input=True, reduction="none")[:, 0]
    assert torch.allclose(Poisson()(z, y), theirs, atol=1e-6)
    p = z.double()
    by_hand = [max(0.3 * (b - a), -0.7 * (b - a)) for a, b in zip(p[:, 0], y[:, 0], strict=True)]
    assert torch.allclose(Quantile(q=0.3)(p, y.double()), torch.stack(by_hand).double())
    with pytest.raises(ConfigError, match="q"):
        Quantile(q=1.0)


def test_without_focus_the_focal_loss_is_the_cross_entropy():
    z, y = torch.randn(9, 4), torch.randint(0, 4, (9,))
    assert torch.allclose(Focal(gamma=0.0)(z, y), CrossEntropy()(z, y), atol=1e-6)
    p = z.softmax(1).gather(1, y[:, None])[:, 0]
    assert torch.allclose(Focal(gamma=3.0)(z, y), -((1 - p) ** 3) * p.log(), atol=1e-5)


def test_hinge_of_several_classes_equals_torch():
    z, y = torch.randn(9, 4), torch.randint(0, 4, (9,))
    own = z.gather(1, y[:, None])[:, 0]
    others = z.masked_fill(functional.one_hot(y, 4).bool(), -torch.inf).amax(1)
    assert torch.allclose(Hinge()(z, y), (1 - own + others).clamp(min=0))


def test_the_ordinal_loss_is_least_at_the_true_probabilities():
    p = torch.tensor([0.1, 0.5, 0.15, 0.25], dtype=torch.float64)
    z = p.log().clone().requires_grad_()
    each = Ordinal()(z.expand(4, 4), torch.arange(4))
    (slope,) = torch.autograd.grad((p * each).sum(), z)
    assert float(slope.abs().max()) < 1e-12
    far = Ordinal()(torch.tensor([[2e4, 0.0, -1e4, 0.0]], dtype=torch.float64), torch.tensor([3]))
    assert torch.isfinite(far).all()


def test_class_weights_must_fit_the_classes():
    with pytest.raises(ShapeError, match="3 class weights"):
        CrossEntropy(class_weight=(1.0, 1.0, 1.0))(torch.zeros(2, 4), torch.zeros(2).long())
