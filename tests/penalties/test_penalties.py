"""Each penalty: its slope is its derivative, its proximal step the nearest cheap point."""

import pytest
import torch

from bestfit.errors import ConfigError
from bestfit.penalties import L1, L2, Elastic, Group, penalty


@pytest.mark.parametrize("shape", [(3, 4, 5), (3, 6)])
@pytest.mark.parametrize("name", penalty)
def test_the_slope_is_the_derivative(name, shape):
    made = penalty[name](strength=0.3)
    w = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(made(w).sum(), w)
    assert torch.allclose(made.slope(w.detach()), slope)
    assert made(w).shape == (3,)


@pytest.mark.parametrize("shape", [(1, 4, 5), (1, 6)])
@pytest.mark.parametrize("name", penalty)
def test_no_point_near_the_proximal_one_is_better(name, shape):
    """shrink(w) minimises ½‖x − w‖² + lr · penalty(x)."""
    made, lr = penalty[name](strength=0.4), 0.7
    w = torch.randn(shape, dtype=torch.float64)
    x = w.clone()
    made.shrink(x, lr)

    def cost(point):
        return 0.5 * (point - w).square().sum() + lr * made(point).sum()

    for _ in range(200):
        near = x + 1e-3 * torch.randn(shape, dtype=torch.float64)
        assert cost(x) <= cost(near) + 1e-12


def test_values_are_the_documents():
    w = torch.tensor([[3.0, -4.0]])
    assert float(L1(strength=0.5)(w)) == 3.5
    assert float(L2(strength=0.5)(w)) == 12.5 and torch.equal(L2(strength=0.5).slope(w), w)
    assert float(Elastic(strength=1.0, ratio=0.25)(w)) == pytest.approx(0.25 * 7 + 0.75 * 25)
    matrix = torch.tensor([[[3.0, 0.0], [4.0, 0.0]]])
    assert float(Group(strength=1.0)(matrix)) == pytest.approx(5 * 2**0.5)


def test_whole_inputs_go():
    w = torch.tensor([[[3.0, 0.1], [4.0, -0.1]]])
    Group(strength=1.0).shrink(w, 0.5)
    assert torch.equal(w[0, :, 1], torch.zeros(2)) and (w[0, :, 0] > 2).all()


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ConfigError, match="strength"):
        L1(strength=-1.0)
    with pytest.raises(ConfigError, match="ratio"):
        Elastic(ratio=2.0)
