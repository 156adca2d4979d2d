"""The chain rule written out gives what autograd gives, for every link and every shape."""

import pytest
import torch
from torch import nn

from bestfit.models import MLP, Autograd, Chain, Linear, Own, propagation_of
from bestfit.models.activations import BY_NAME
from bestfit.transforms import Layout

B = 24
PLAIN = Layout(("a", "b", "c"), ((-1.0, 0.0, 1.0), (), ()), ())
CODED = Layout(("a", "b", "c"), ((-1.0, 0.0, 1.0), (), ()), (5, 3))
NONE_DENSE = Layout((), (), (5, 3))


def built(shape, layout, outputs, k):
    population = shape.build(layout, outputs, k, seed=0).double()
    for p in population.parameters():
        p.grad = torch.zeros_like(p)
    return population


def inputs(layout, k=0):
    generator = torch.Generator().manual_seed(1)
    own = (k,) if k else ()
    dense = torch.randn(*own, B, len(layout.names), generator=generator, dtype=torch.float64)
    sizes = [torch.randint(0, n, (*own, B, 1), generator=generator) for n in layout.levels]
    codes = torch.cat(sizes, dim=-1) if sizes else torch.zeros(*own, B, 0, dtype=torch.int64)
    return dense, codes


def masks_of(population, rows=B):
    k = population.members
    return [
        layer.masks(torch.randint(0, 256, (k, rows * layer.width), dtype=torch.uint8))
        .double()
        .view(k, rows, layer.width)
        for layer in population.dropouts
    ]


def gradients(propagation, population, encoded, masks, slope, parts=1):
    with torch.inference_mode() if isinstance(propagation, Chain) else torch.no_grad():
        outputs = []
        for i in range(parts):
            part = slice(i * B // parts, (i + 1) * B // parts)
            own = [x[part] for x in encoded] if parts > 1 else encoded
            output = propagation.forward(own, [m[:, part] for m in masks])
            propagation.backward(slope[:, part], add=i > 0)
            outputs.append(output.clone())
    return torch.cat(outputs, dim=1), [p.grad.clone() for p in population.parameters()]


def assert_same(population, encoded, outputs, parts=1):
    masks = masks_of(population)
    slope = torch.randn(population.members, B, outputs, dtype=torch.float64)
    chain = Chain(population, torch.float64)
    ours, grads = gradients(chain, population, encoded, masks, slope, parts)
    before = [p.grad for p in population.parameters()]
    theirs, expected = gradients(
        Autograd(population, torch.float64), population, encoded, masks, slope
    )
    assert torch.allclose(ours, theirs, atol=1e-12)
    for mine, theirs in zip(grads, expected, strict=True):
        assert torch.allclose(mine, theirs, atol=1e-11)
    for p, grad in zip(population.parameters(), before, strict=True):
        p.grad = grad
    again, grads_again = gradients(chain, population, encoded, masks, slope, parts)
    assert torch.equal(ours, again) and all(map(torch.equal, grads, grads_again))


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("scale", [1.0, 0.7])
@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("activation", BY_NAME)
def test_activations_dropout_and_scales(activation, dropout, scale, k):
    shape = MLP(width=8, activation=activation, dropout=dropout, activation_scale=scale)
    population = built(shape, PLAIN, 2, k)
    assert_same(population, population.encode(inputs(PLAIN)), 2)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("outputs", [1, 2, 5])
@pytest.mark.parametrize("layout", [PLAIN, CODED, NONE_DENSE])
@pytest.mark.parametrize("shape", [MLP(width=8, blocks=3, dropout=0.2), MLP(blocks=1), Linear()])
def test_shapes_codes_and_rows_in_parts(shape, layout, outputs, k):
    population = built(shape, layout, outputs, k)
    encoded = population.encode(inputs(layout))
    assert_same(population, encoded, outputs)
    assert_same(population, encoded, outputs, parts=3)


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("layout", [PLAIN, CODED])
def test_each_member_may_have_rows_of_its_own(layout, k):
    population = built(MLP(width=8), layout, 2, k)
    assert_same(population, population.encode(inputs(layout, k)), 2)


def test_a_member_of_its_own_rate_keeps_its_mean():
    population = MLP(width=64, dropout=(0.0, 0.5)).build(PLAIN, 1, 2, 0)
    masks = masks_of(population, 4000)[0]
    assert torch.equal(masks[0], torch.ones_like(masks[0]))
    assert masks[1].mean().item() == pytest.approx(1, abs=0.02)
    assert set(masks[1].unique().tolist()) == {0.0, 2.0}


STACKS = {
    "plain": lambda: [nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2)],
    "without bias": lambda: [nn.Linear(3, 8, bias=False), nn.Tanh(), nn.Linear(8, 1)],
    "nested": lambda: [nn.Sequential(nn.Linear(3, 4), nn.GELU("tanh")), nn.Linear(4, 2)],
    "elu and leaky": lambda: [nn.Linear(3, 4), nn.ELU(0.5), nn.Linear(4, 4), nn.LeakyReLU(0.2),
                              nn.Identity(), nn.Linear(4, 1)],
    "selu, silu": lambda: [nn.Linear(3, 4), nn.SELU(), nn.Linear(4, 4), nn.SiLU(), nn.Linear(4, 1)],
    "dropout": lambda: [nn.Linear(3, 8), nn.Sigmoid(), nn.Dropout(0.3), nn.Linear(8, 2)],
    "dropout first": lambda: [nn.Linear(3, 8), nn.Dropout(0.3), nn.ReLU(), nn.Linear(8, 2)],
    "linear": lambda: [nn.Linear(3, 1)],
}  # fmt: skip


def modular(module, x):
    population = Own(module, (x,))
    for p in population.parameters():
        p.grad = torch.zeros_like(p)
    return population


@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("name", STACKS)
def test_a_plain_stack_of_the_users_own_is_chained(name, parts):
    torch.manual_seed(0)
    x = torch.randn(B, 3, dtype=torch.float64)
    layers = STACKS[name]()
    population = modular(nn.Sequential(*layers).double(), x)
    assert population.chainable
    population.eval()  # what torch's dropout draws is not ours to repeat
    if population.dropouts:
        masks = masks_of(population)
        slope = torch.randn(1, B, 2, dtype=torch.float64)
        chain = Chain(population, torch.float64)
        ours, grads = gradients(chain, population, (x,), masks, slope)
        by_hand = x
        for layer in layers:
            by_hand = by_hand * masks[0][0] if isinstance(layer, nn.Dropout) else layer(by_hand)
        assert torch.allclose(ours[0], by_hand)
        expected = torch.autograd.grad(by_hand, list(population.parameters()), slope[0])
        assert all(torch.allclose(a, b) for a, b in zip(grads, expected, strict=True))
    else:
        assert_same(population, (x,), layers[-1].out_features, parts)


def test_a_frozen_layer_gets_no_gradient_and_lets_others_have_theirs():
    x = torch.randn(B, 3, dtype=torch.float64)
    module = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1))
    module = module.double()
    module[2].requires_grad_(False)
    population = Own(module, (x,))
    for p in population.parameters():
        p.grad = torch.zeros_like(p) if p.requires_grad else None
    with torch.inference_mode():
        chain = Chain(population, torch.float64)
        output = chain.forward((x,), [])
        chain.backward(torch.ones_like(output))
    trained = [p for p in module.parameters() if p.requires_grad]
    expected = torch.autograd.grad(module(x).sum(), trained)
    assert module[2].weight.grad is None
    assert all(torch.allclose(p.grad, g) for p, g in zip(trained, expected, strict=True))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 3), nn.Linear(3, 1)

    def forward(self, x):
        return self.b(x + torch.relu(self.a(x)))


def hooked():
    stack = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1))
    stack[1].register_forward_hook(lambda *_: None)
    return stack


def shared():
    layer = nn.Linear(3, 3)
    return nn.Sequential(layer, nn.ReLU(), layer)


@pytest.mark.parametrize(
    "make",
    [
        Residual, hooked, shared,
        lambda: nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)),
        lambda: nn.Sequential(nn.ReLU(), nn.Linear(3, 1)),
        lambda: nn.Sequential(nn.Linear(3, 1), nn.Sigmoid()),
        lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 1)),
    ],
)  # fmt: skip
def test_anything_else_is_left_to_autograd(make):
    x = torch.randn(B, 3)
    population = Own(make(), (x,))
    assert not population.chainable
    propagation = propagation_of(population, torch.float32)
    with torch.no_grad():
        output = propagation.forward((x,), [])
        propagation.backward(torch.ones_like(output))
    trained = list(population.parameters())
    expected = torch.autograd.grad(population.module(x).sum(), trained)
    assert all(torch.allclose(p.grad, g) for p, g in zip(trained, expected, strict=True))


def test_rows_of_more_than_one_axis_are_left_to_autograd_unless_they_are_flattened_first():
    x = torch.randn(B, 2, 3)
    stack = [nn.Linear(3, 4), nn.ReLU(), nn.Flatten(), nn.Linear(8, 1)]
    assert not Own(nn.Sequential(*stack), (x,)).chainable
    flat = Own(nn.Sequential(nn.Flatten(), nn.Linear(6, 1)), (x,))
    assert flat.chainable
    assert flat.encode((x,))[0].shape == (B, 6)
    assert torch.allclose(flat(x), flat.module(x)[None])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("k", [1, 3])
def test_lower_precision_is_near_and_leaves_weights_and_gradients_in_single(k, dtype):
    population = MLP(width=16, dropout=0.2).build(CODED, 2, k, seed=0)
    for p in population.parameters():
        p.grad = torch.zeros_like(p)
    dense, codes = inputs(CODED)
    encoded = population.encode((dense.float(), codes))
    masks = [m.float() for m in masks_of(population)]
    slope = torch.randn(k, B, 2)
    exact, grads = gradients(Chain(population, torch.float32), population, encoded, masks, slope)
    near, rough = gradients(Chain(population, dtype), population, encoded, masks, slope)
    assert near.dtype == torch.float32 and all(g.dtype == torch.float32 for g in rough)
    assert torch.allclose(exact, near, atol=0.05)
    for mine, theirs in zip(rough, grads, strict=True):
        assert (mine - theirs).norm() <= 0.03 * theirs.norm()
        assert not torch.equal(mine, theirs)
