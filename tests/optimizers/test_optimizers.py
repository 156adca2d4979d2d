"""Laws of the optimizer room, and each rule against torch or a slow, plain transcription."""

import copy
import math
import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

from bestfit.errors import ConfigError
from bestfit.optimizers import (
    FTRL,
    AdaGrad,
    Adam,
    AdamW,
    Momentum,
    Nadam,
    RMSProp,
    lay_out,
    optimizer,
)
from bestfit.optimizers import Adadelta as OurAdadelta

STEPS = 25
RULES = [name for name in optimizer if not optimizer[name].searches]


def descend(build, steps=STEPS, checkpoint_at=None, dtype=torch.float64):
    """Weights after some steps on a noisy quadratic, perhaps through a saved state."""
    generator = torch.Generator().manual_seed(0)
    w = nn.Parameter(torch.randn(3, 4, dtype=dtype, generator=generator))
    scale = torch.logspace(-2, 1, 12, dtype=dtype).view(3, 4)
    opt = build([w])
    for step in range(steps):
        if step == checkpoint_at:
            saved = copy.deepcopy(opt.state_dict())
            w = nn.Parameter(w.detach().clone())
            opt = build([w])
            opt.load_state_dict(saved)
        noise = torch.randn(3, 4, dtype=dtype, generator=generator)
        w.grad = scale * (w.detach() - 1) + 0.1 * noise
        before = w.grad.clone()
        opt.step()
        assert torch.equal(w.grad, before), "an optimizer must not write the gradient"
    return w.detach()


@pytest.mark.parametrize("name", RULES)
def test_resuming_equals_never_stopping(name):
    build = optimizer[name]().build
    assert torch.equal(descend(build), descend(build, checkpoint_at=10))


@pytest.mark.parametrize("name", RULES)
def test_each_member_moves_as_if_it_were_alone(name):
    rates = [0.003, 0.03]
    torch.manual_seed(1)
    start = torch.randn(2, 3, 4, dtype=torch.float64)
    together = nn.Parameter(start.clone())
    lr = torch.tensor(rates, dtype=torch.float64)
    groups = [{"params": [together], "lr": lr, "members": 2}]
    opts = [optimizer[name]().build(groups)]
    alone = [nn.Parameter(start[j].clone()) for j in range(2)]
    opts += [optimizer[name](lr=rates[j]).build([alone[j]]) for j in range(2)]
    for _ in range(STEPS):
        together.grad = together.detach() - 1
        for w in alone:
            w.grad = w.detach() - 1
        for opt in opts:
            opt.step()
    for j in range(2):
        # Axes of equal weight are any axes: rounding turns them.
        assert torch.allclose(together[j], alone[j], rtol=1e-4 if name == "soap" else 1e-10)


@pytest.mark.parametrize("name", RULES)
def test_it_goes_down(name):
    def loss(w: Tensor) -> float:
        return float((w - 1).square().sum())

    lr = {"adadelta": 100.0, "sgd": 0.05, "momentum": 0.05, "nesterov": 0.05, "prodigy": 1.0}.get(
        name, 0.1
    )
    assert loss(descend(optimizer[name](lr=lr).build, 200)) < loss(
        descend(optimizer[name](lr=0.0 if name != "ftrl" else 1e-6).build, 1)
    )


TORCH = {
    "momentum": (
        Momentum(lr=0.1, beta=0.8),
        lambda p: torch.optim.SGD(p, lr=0.1 * (1 - 0.8), momentum=0.8),
    ),
    "adagrad": (
        AdaGrad(lr=0.1, eps=1e-3),
        lambda p: torch.optim.Adagrad(p, lr=0.1, initial_accumulator_value=1e-3, eps=0),
    ),
    "adam": (Adam(lr=0.01), lambda p: torch.optim.Adam(p, lr=0.01)),
    "adamw": (
        AdamW(lr=0.01, weight_decay=0.1),
        lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1),
    ),
    "nadam": (Nadam(lr=0.01), lambda p: torch.optim.NAdam(p, lr=0.01)),
    "adadelta": (OurAdadelta(lr=1.0), lambda p: torch.optim.Adadelta(p, lr=1.0, rho=0.9)),
}


@pytest.mark.parametrize("name", TORCH)
def test_trajectories_equal_torch(name):
    ours, theirs = TORCH[name]
    gap = (descend(ours.build) - descend(theirs)).abs().max()
    assert float(gap) < 1e-9  # torch keeps Nadam's momentum product in single precision


def test_rmsprop_follows_its_formula():
    rule, w, s = RMSProp(lr=0.01, rho=0.9, eps=1e-4), 2.0, 0.0
    tensor = nn.Parameter(torch.tensor([w], dtype=torch.float64))
    opt = rule.build([tensor])
    for _ in range(STEPS):
        g = 3 * (w - 1)
        s = 0.9 * s + 0.1 * g * g
        w -= 0.01 * g / math.sqrt(s + 1e-4)
        tensor.grad = 3 * (tensor.detach() - 1)
        opt.step()
    assert tensor.item() == pytest.approx(w, rel=1e-12)


def test_ftrl_follows_algorithm_1_from_zero():
    """McMahan et al. 2013, Algorithm 1, in plain Python; all weights begin at zero."""
    alpha, beta, l1, l2 = 0.5, 1.0, 0.05, 0.2
    z = n = w = 0.0
    tensor = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    opt = FTRL(lr=alpha, beta=beta, l1=l1, l2=l2).build([tensor])
    for step in range(STEPS):
        g = (w - 1) + math.sin(step)
        sigma = (math.sqrt(n + g * g) - math.sqrt(n)) / alpha
        z += g - sigma * w
        n += g * g
        w = (
            0.0
            if abs(z) <= l1
            else -(z - math.copysign(l1, z)) / ((beta + math.sqrt(n)) / alpha + l2)
        )
        tensor.grad = (tensor.detach() - 1) + math.sin(step)
        opt.step()
        assert tensor.item() == pytest.approx(w, rel=1e-12, abs=1e-15)


def test_ftrl_leaves_untouched_weights_where_they_were():
    w = nn.Parameter(torch.tensor([0.3, -0.7]))
    w.grad = torch.zeros(2)
    opt = FTRL(l1=0.01, l2=0.1).build([w])
    opt.step()
    assert torch.allclose(w.detach(), torch.tensor([0.3, -0.7]))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("adamw", {"beta1": 5.0}), ("adam", {"lr": -1.0}), ("sgd", {"lr": float("nan")}),
        ("momentum", {"beta": 1.0}), ("rmsprop", {"rho": 1.0}), ("ftrl", {"l1": -0.1}),
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(name, wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        optimizer[name](**wrong)


def side_by_side(shapes=((3, 4), (5,), (2, 2, 2))):
    """Parameters and gradients that lie in one buffer each, and twins that do not."""
    shapes = [torch.Size(shape) for shape in shapes]
    (_, w), (_, g) = lay_out(shapes, torch.zeros(0)), lay_out(shapes, torch.zeros(0))
    near = [nn.Parameter(part) for part in w]
    for p, grad in zip(near, g, strict=True):
        p.data.copy_(torch.randn(p.shape))
        p.grad = grad
    far = [nn.Parameter(p.detach().clone()) for p in near]
    return near, far


def walk(pairs, near, far, steps):
    for _ in range(steps):
        for p, q in zip(near, far, strict=True):
            p.grad.copy_(torch.randn(p.shape) + p.detach())
            q.grad = p.grad.clone()
        for opt in pairs:
            opt.step()


@pytest.mark.parametrize("name", RULES)
def test_neighbours_move_as_one_and_as_if_they_were_alone(name):
    near, far = side_by_side()
    build = optimizer[name](weight_decay=0.1).build
    opts = [build(near), build(far)]
    walk(opts, near, far, 5)
    merges, gathers = opts[0].merges, opts[1].gathers
    if merges:
        assert len(opts[0]._spans[0]) == 1 and len(opts[1]._spans[0]) == (1 if gathers else 3)
    saved = [copy.deepcopy(opt.state_dict()) for opt in opts]
    again = [build(near), build(far)]
    for opt, state in zip(again, saved, strict=True):
        opt.load_state_dict(state)
    walk(again, near, far, 5)
    if merges:
        assert len(again[0]._spans[0]) == 1, "what was loaded is joined again"
    for p, q in zip(near, far, strict=True):
        assert torch.allclose(p, q, rtol=1e-6, atol=1e-7)
        assert again[0].state[p].keys() == again[1].state[q].keys()
        for key, value in again[0].state[p].items():
            assert torch.allclose(value, again[1].state[q][key], rtol=1e-5, atol=1e-7), key


@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("name", RULES)
def test_a_deep_copy_goes_on_like_the_original(name, each):
    near, _ = side_by_side(((3, 4), (3, 5), (3, 2, 2)))
    group = {"params": near}
    if each:
        group |= {"lr": torch.linspace(0.001, 0.01, len(near[0])), "members": len(near[0])}
    opts = [optimizer[name]().build([group])]
    walk(opts, near, near, 3)
    model, opt = copy.deepcopy((near, opts[0]))
    for p, q in zip(near, model, strict=True):
        q.grad = p.grad.clone()
    opts[0].step()
    opt.step()
    for p, q in zip(near, model, strict=True):
        assert torch.equal(p, q)


def test_a_gradient_that_leaves_its_place_or_stays_away_is_noticed():
    near, far = side_by_side()
    opts = [optimizer["adamw"]().build(near), optimizer["adamw"]().build(far)]
    walk(opts, near, far, 3)
    near[1].grad = near[1].grad.clone()
    walk(opts, near, far, 3)
    near[0].grad, far[0].grad = None, None
    before = near[0].detach().clone()
    for opt in opts:
        opt.step()
    assert torch.equal(near[0], before)
    for p, q in zip(near, far, strict=True):
        assert torch.allclose(p, q, rtol=1e-6, atol=1e-7)


def test_building_and_stepping_loads_no_compiler():
    """torch's own optimizers load it when they are built, which takes seconds."""
    code = (
        "import sys, torch\n"
        "from bestfit.optimizers import optimizer\n"
        "for name in optimizer:\n"
        "    w = torch.nn.Parameter(torch.ones(2, 2)); w.grad = torch.ones(2, 2)\n"
        "    optimizer[name]().build([w]).step(lambda: (w.detach() ** 2).sum())\n"
        "assert 'torch._dynamo' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["muon", "soap", "schedulefree_adamw"])
def test_a_decay_that_cannot_be_had_is_refused(name):
    with pytest.raises(ConfigError, match="decoupled"):
        optimizer[name](decoupled=False)
