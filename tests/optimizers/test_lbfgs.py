"""L-BFGS on problems that break others: bad scales, steps into nothing, one step at a time."""

import copy

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import nn

from bestfit.errors import ConfigError
from bestfit.optimizers import LBFGS, optimizer
from bestfit.optimizers.line_search import Search, Trial

D = torch.float64


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def bowl(n, condition):
    curvature = torch.logspace(0, np.log10(condition), n, dtype=D)
    return lambda x: 0.5 * (curvature * (x - 1) ** 2).sum()


def wood(x):
    a, b, c, d = x
    return (
        100 * (b - a * a) ** 2 + (1 - a) ** 2 + 90 * (d - c * c) ** 2 + (1 - c) ** 2
        + 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1)
    )  # fmt: skip


PROBLEMS = {
    "bowl 8": (bowl(8, 1e4), [0.0] * 8, 0.0),
    "bowl 50": (bowl(50, 1e5), [0.0] * 50, 0.0),
    "rosenbrock 2": (rosenbrock, [-1.2, 1.0], 0.0),
    "rosenbrock 10": (rosenbrock, [-1.2, 1.0] * 5, 0.0),
    "rosenbrock 100": (rosenbrock, [-1.2, 1.0] * 50, 0.0),
    "a millionth of rosenbrock": (lambda x: 1e-6 * rosenbrock(x), [-1.2, 1.0], 0.0),
    "a million rosenbrocks": (lambda x: 1e6 * rosenbrock(x), [-1.2, 1.0], 0.0),
    "wood": (wood, [-3.0, -1.0, -3.0, -1.0], 0.0),
    "logarithms": (lambda x: torch.log(1e-2 + x**2).sum(), [0.5, 1.0, 2.0], 3 * np.log(1e-2)),
    "nothing below zero": (lambda x: (x - torch.log(x)).sum(), [50.0], 1.0),
}


def evaluations(problem, per_call, calls):
    """Evaluations until the loss is within 1e-6 of the best, as a share of the way."""
    f, start, lowest = PROBLEMS[problem]
    w = nn.Parameter(torch.tensor(start, dtype=D))
    opt = LBFGS(max_iter=per_call).build([w])
    first, seen = float(f(w.detach())), []

    def closure():
        opt.zero_grad()
        loss = f(w)
        loss.backward()
        seen.append(float(loss.detach()) - lowest)
        return loss

    for _ in range(calls):
        opt.step(closure)
        if seen[-1] <= 1e-6 * (first - lowest):
            break
    assert opt.evaluations == len(seen)
    return next((i for i, gap in enumerate(seen, 1) if gap <= 1e-6 * (first - lowest)), None)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_it_arrives_in_one_call_or_in_many(problem):
    whole, single = evaluations(problem, 5000, 1), evaluations(problem, 1, 2000)
    assert whole is not None and single is not None
    assert single <= 2.5 * whole  # each call looks first at where it stands


@pytest.mark.parametrize("problem", ["bowl 8", "rosenbrock 10", "rosenbrock 100", "wood"])
def test_it_needs_no_more_than_scipy(problem):
    f, start, lowest = PROBLEMS[problem]
    seen = []

    def both(v):
        x = torch.tensor(v, dtype=D, requires_grad=True)
        loss = f(x)
        (g,) = torch.autograd.grad(loss, x)
        seen.append(float(loss.detach()) - lowest)
        return float(loss.detach()), g.numpy()

    options = {"ftol": 0, "gtol": 0, "maxcor": 20, "maxfun": 9999, "maxiter": 9999}
    minimize(both, np.array(start), jac=True, method="L-BFGS-B", options=options)
    first = seen[0]
    theirs = next(i for i, gap in enumerate(seen, 1) if gap <= 1e-6 * first)
    assert evaluations(problem, 5000, 1) <= 1.25 * theirs


def trained(k, steps, at=None, batches=False):
    """k members of a small regression, side by side, perhaps through a saved state."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(60, 3, dtype=D, generator=generator)
    y = x.sum(dim=1, keepdim=True).sin()
    first = torch.randn(3, 4, 3, dtype=D, generator=generator)
    second = torch.randn(3, 1, 4, dtype=D, generator=generator)
    params = [nn.Parameter(t[list(k)].clone()) for t in (first, second)]
    group = [{"params": params, "members": len(k)}]
    opt = LBFGS(max_iter=1).build(group)
    for step in range(steps):
        if step == at:
            saved = copy.deepcopy(opt.state_dict())
            opt = LBFGS(max_iter=1).build(group)
            opt.load_state_dict(saved)
        rows = slice(step % 3 * 20, step % 3 * 20 + 20) if batches else slice(None)

        def closure(rows=rows, opt=opt):
            opt.zero_grad()
            out = torch.tanh(x[rows] @ params[0].mT) @ params[1].mT
            loss = (out - y[rows]).square().mean(dim=(1, 2))
            loss.sum().backward()
            return loss.detach()

        loss = opt.step(closure)
    return [p.detach() for p in params], loss


def test_members_are_searched_for_side_by_side_as_if_they_were_alone():
    together, _ = trained([0, 1, 2], 12)
    for j in range(3):
        alone, _ = trained([j], 12)
        for a, b in zip(together, alone, strict=True):
            assert torch.allclose(a[j], b[0], rtol=1e-7, atol=1e-9)


def test_resuming_equals_never_stopping():
    for a, b in zip(trained([0, 1], 14)[0], trained([0, 1], 14, at=6)[0], strict=True):
        assert torch.equal(a, b)


def test_other_rows_in_each_call_do_no_harm():
    losses = [trained([0], steps, batches=True)[1].item() for steps in (1, 60)]
    assert losses[1] < 0.2 * losses[0]


def test_a_copy_goes_on_like_the_original():
    w = nn.Parameter(torch.tensor([-1.2, 1.0], dtype=D))
    opt = LBFGS(max_iter=3).build([w])

    def step(w, opt):
        def closure():
            opt.zero_grad()
            loss = rosenbrock(w)
            loss.backward()
            return loss

        opt.step(closure)

    step(w, opt)
    v, other = copy.deepcopy((w, opt))
    step(w, opt), step(v, other)
    assert torch.equal(w, v)


def test_weight_decay_is_half_the_square_of_the_weights():
    w = nn.Parameter(torch.tensor([5.0], dtype=D))
    opt = LBFGS(weight_decay=0.5).build([w])

    def closure():
        opt.zero_grad()
        loss = 0.5 * (w - 3).square().sum()
        loss.backward()
        return loss

    opt.step(closure)
    assert w.item() == pytest.approx(2.0, abs=1e-6)  # (w − 3) + w/2 = 0


def test_what_it_cannot_do_is_refused():
    with pytest.raises(ConfigError, match="max_iter"):
        optimizer["lbfgs"](max_iter=0)
    w = nn.Parameter(torch.zeros(2))
    w.grad = torch.zeros(2)
    with pytest.raises(ConfigError, match="2 losses"):
        LBFGS().build([w]).step(lambda: torch.zeros(2))


def test_nothing_moves_where_the_loss_is_not_finite():
    w = nn.Parameter(torch.tensor([1.0]))
    opt = LBFGS().build([w])

    def closure():
        w.grad = torch.tensor([float("nan")])
        return torch.tensor(float("nan"))

    opt.step(closure)
    assert w.item() == 1.0


def test_a_search_turns_back_from_what_is_not_finite():
    search = Search(Trial(0.0, 1.0, -1.0), t=64.0)
    while not search.done:
        t = search.t
        search.tell(*((float("inf"), float("nan")) if t > 3 else ((t - 1) ** 2 / 2 + 0.5, t - 1)))
    assert search.won and 0 < search.best.t <= 3
