"""Convolutional populations: each member is as it would be alone."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from bestfit.errors import ConfigError
from bestfit.models import CNN
from bestfit.transforms import Grid, Layout

LAYOUT = Layout(
    ("a", "b"),
    ((), (-1.0, 0.0, 2.0)),
    (5,),
    Grid(3, 12, 10, (100.0, 90.0, 80.0), (50.0, 40.0, 60.0)),
)
PLAIN = Layout((), (), (), Grid(1, 8, 8, (100.0,), (50.0,), False))


def inputs(layout, n=7, seed=0):
    random = torch.Generator().manual_seed(seed)
    grid = layout.grid
    return (
        torch.randint(0, 256, (n, grid.channels, grid.height, grid.width), generator=random).byte(),
        torch.randn(n, len(layout.names), generator=random),
        torch.randint(0, 5, (n, len(layout.levels)), generator=random),
    )


def stirred(population):
    """Statistics and weights of a network that has learnt something."""
    random = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, tensor in population.state_dict().items():
            tensor += 0.1 * torch.rand(tensor.shape, generator=random) * (1 + ("gain" in name))
    return population.eval()


@pytest.mark.parametrize("layout", [LAYOUT, PLAIN])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_a_lifted_member_gives_the_same_answers(layout, activation):
    shape = CNN(width=4, blocks=2, activation=activation, activation_scale=(1.0, 2.0, 0.5))
    population = stirred(shape.build(layout, 3, 3, seed=1))
    x = inputs(layout)
    together = population(*x)
    assert together.shape == (3, 7, 3)
    for j in range(3):
        alone = population.lift(j).eval()(*x)
        assert torch.allclose(alone, together[j], atol=2e-5)


def test_members_are_independent_and_can_be_dropped_and_replaced():
    population = stirred(CNN(width=4, blocks=2).build(LAYOUT, 2, 3, seed=1))
    x = inputs(LAYOUT)
    before = population(*x).detach()
    other = stirred(CNN(width=4, blocks=2).build(LAYOUT, 2, 1, seed=9))
    population.put(1, other)
    after = population(*x).detach()
    assert torch.equal(after[[0, 2]], before[[0, 2]]) and not torch.equal(after[1], before[1])
    assert torch.allclose(after[1], other(*x)[0], atol=1e-6)
    population.keep(torch.tensor([2, 0]))
    assert torch.equal(population(*x), before[[2, 0]])


def test_each_member_may_see_rows_of_its_own():
    population = stirred(CNN(width=4, blocks=2).build(LAYOUT, 2, 2, seed=1))
    one, two = inputs(LAYOUT, seed=1), inputs(LAYOUT, seed=2)
    own = population(*(torch.stack(pair) for pair in zip(one, two, strict=True)))
    assert torch.allclose(own[0], population(*one)[0], atol=1e-5)
    assert torch.allclose(own[1], population(*two)[1], atol=1e-5)


def test_gradients_are_those_of_the_lifted_network():
    """In training mode, against the plain modules of torch: losses, gradients and statistics."""
    population = CNN(width=4, blocks=2).build(LAYOUT, 3, 2, seed=1).train()
    x, y = inputs(LAYOUT, n=9), torch.arange(9) % 3
    plain = [population.lift(j).train() for j in range(2)]
    output = population.compute(population.encode(x), None)
    sum(cross_entropy(out, y) for out in output).backward()
    for j, network in enumerate(plain):
        cross_entropy(network(*x), y).backward()
        conv, norm = network.blocks[1]
        block = population.blocks[1]
        assert torch.allclose(block.weight.grad[j], conv.weight.grad, atol=1e-5)
        assert torch.allclose(block.gain.grad[j], norm.weight.grad, atol=1e-5)
        assert torch.allclose(block.member_mean[j], norm.running_mean, atol=1e-5)
        assert torch.allclose(block.member_variance[j], norm.running_var, atol=1e-4)


def test_statistics_are_kept_where_autocast_computes_in_less():
    population = CNN(width=4, blocks=2).build(LAYOUT, 3, 1, seed=1).train()
    x = inputs(LAYOUT, n=16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for _ in range(60):
            population.compute(population.encode(x), None)
    output = population.compute(population.encode(x), None)
    population.eval()
    assert torch.allclose(output, population(*x), atol=0.05)
    for block in population.blocks:
        assert (block.member_variance != 1).all()


def test_answers_do_not_hang_on_who_else_is_asked_about():
    population = stirred(CNN(width=16, blocks=3).build(PLAIN, 3, 2, seed=1)).double()
    pixels, dense, codes = inputs(PLAIN, n=33)
    together = population(pixels, dense.double(), codes).float()
    for places in ([0], [32], [5, 4], list(range(32, -1, -1))):
        part = population(pixels[places], dense[places].double(), codes[places]).float()
        assert torch.equal(part, together[:, places])


def test_products_are_those_of_the_convolutions():
    by_hand = 12 * 10 * 9 * 3 * 4 + 6 * 5 * 9 * 4 * 8
    assert CNN(width=4, blocks=2).products(LAYOUT) == by_hand
    assert (CNN.usual_blocks(PLAIN), CNN.usual_blocks(LAYOUT)) == (1, 1)
    big = Layout((), (), (), Grid(3, 64, 64, (0.0,) * 3, (1.0,) * 3))
    assert CNN.usual_blocks(big) == 4


@pytest.mark.parametrize("side", [1, 2, 3, 5])
def test_tiny_pictures(side):
    layout = Layout((), (), (), Grid(1, side, side, (0.0,), (1.0,)))
    population = CNN(width=4, blocks=3).build(layout, 2, 1, seed=0)
    x = (
        torch.zeros(1, 1, side, side, dtype=torch.uint8),
        torch.zeros(1, 0),
        torch.zeros(1, 0).long(),
    )
    assert torch.isfinite(population(*x)).all()
    assert np.isfinite(population.eval()(*x).detach().numpy()).all()


@pytest.mark.parametrize("setting", [{"width": 0}, {"blocks": -1}, {"blocks": 99}])
def test_what_cannot_be_built_is_refused(setting):
    with pytest.raises(ConfigError, match="cannot be built"):
        CNN(**setting)
