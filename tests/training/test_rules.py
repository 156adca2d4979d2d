"""Penalties, clippers, searches, averages inside the loop: they resume, and members stay apart."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bestfit.batching import Sampler
from bestfit.clippers import clipper
from bestfit.optimizers import optimizer
from bestfit.penalties import penalty
from bestfit.training import Best, Snapshot, load_checkpoint, train

from .test_training import close, fresh, plan, rows, run, weights

CHANGES = [
    *({"penalty": penalty[name](strength=0.01, proximal=p)} for name in penalty for p in (0, 1)),
    *(
        {"clipper": clipper[name](**tight), "clip_norm": None}
        for name, tight in (
            ("norm", {"limit": 0.01}),
            ("tensor_norm", {"limit": 0.01}),
            ("value", {"limit": 1e-3}),
            ("agc", {}),
            ("running", {"warm_up": 3, "z": 0.1}),
        )
    ),
]


@pytest.mark.parametrize("changes", CHANGES, ids=repr)
def test_it_resumes_to_the_last_bit(tmp_path, changes):
    whole, half = run(fresh(), **changes), run(fresh(), 11, **changes)
    Snapshot(half, Best.empty(4), {}).write(tmp_path / "c")
    again = fresh()
    load_checkpoint(tmp_path / "c", again, Best.empty(4), {})
    run(again, **changes)
    assert torch.equal(weights(whole), weights(again))
    assert not torch.equal(weights(whole), weights(run(fresh())))


@pytest.mark.parametrize("changes", CHANGES, ids=repr)
def test_members_do_not_touch_each_other(changes):
    whole, part = run(fresh(), **changes), run(fresh(), 11, **changes)
    part.keep([1, 3])
    run(part, **changes)
    assert close(weights(whole)[[1, 3]], weights(part))


def test_the_proximal_step_gives_exact_zeros():
    lasso = penalty["l1"](strength=0.5, proximal=True)
    state = run(fresh(name="sgd"), penalty=lasso, clip_norm=None)
    plain = run(fresh(name="sgd"), penalty=penalty["l1"](strength=0.5), clip_norm=None)
    named = dict(state.population.named_parameters())
    share = float((named["blocks.1.weight"] == 0).float().mean())
    assert share > 0.05 and bool((named["blocks.1.bias"] != 0).all())
    assert not (dict(plain.population.named_parameters())["blocks.1.weight"] == 0).any()


def test_l2_is_weight_decay_of_twice_its_size_for_gradient_descent():
    state = run(fresh(name="sgd"), penalty=penalty["l2"](strength=0.05), clip_norm=None)
    other = fresh(name="sgd")
    other.members = [replace(m, weight_decay=m.weight_decay + 0.1) for m in other.members]
    other.settle()
    assert close(weights(state), weights(run(other, clip_norm=None)))


def test_searching_members_go_on_when_others_leave_and_resume(tmp_path):
    whole = run(fresh(name="lbfgs", dropout=0.0), 9)
    whole.keep([0, 2])
    Snapshot(whole, Best.empty(4), {}).write(tmp_path / "c")
    again = fresh(name="lbfgs", dropout=0.0)
    load_checkpoint(tmp_path / "c", again, Best.empty(4), {})
    run(whole, 15), run(again, 15)
    assert torch.equal(weights(whole), weights(again))


@pytest.mark.parametrize("name", ["nesterov", "schedulefree_adamw"])
def test_looks_are_at_the_judged_weights_and_leave_no_trace(name):
    looked, plain = run(fresh(name=name), 12), run(fresh(name=name), 12)
    trained = weights(looked).clone()
    with looked.judged():
        assert not torch.equal(weights(looked), trained)
    assert torch.equal(weights(looked), trained)
    assert torch.equal(weights(run(looked)), weights(run(plain)))


def test_lower_step_sizes_are_kept_and_everything_else_goes_on(tmp_path):
    state, plain = run(fresh(), 12), run(fresh(), 12)
    state.set_rates({1: state.members[1].lr * 0.1, 3: state.members[3].lr * 0.1})
    Snapshot(state, Best.empty(4), {}).write(tmp_path / "c")
    again = fresh()
    load_checkpoint(tmp_path / "c", again, Best.empty(4), {})
    run(state), run(again), run(plain)
    assert torch.equal(weights(state), weights(again))
    assert close(weights(state)[[0, 2]], weights(plain)[[0, 2]])
    assert not close(weights(state)[[1, 3]], weights(plain)[[1, 3]])
    assert np.isclose(again.members[1].lr, plain.members[1].lr * 0.1)


@pytest.mark.parametrize("name", [n for n in optimizer if not optimizer[n].searches])
def test_every_rule_moves_a_population_as_it_moves_its_members_alone(name):
    """No rule takes the axis of the members for one of a weight."""
    together = run(fresh(name=name, dropout=0.0), 6)
    alone = fresh(name=name, dropout=0.0)
    alone.keep([2])
    run(alone, 6)
    tolerance = 5e-2 if name == "soap" else 1e-4  # turned axes magnify rounding
    assert torch.allclose(weights(together)[2], weights(alone)[0], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_a_search_lowers_the_loss_in_any_precision(precision):
    state = fresh(name="lbfgs", dropout=0.0, precision=precision)
    whole = {"sampler": Sampler(96, 96, seed=5), "clip_norm": None}
    losses = [float(step.loss.mean()) for step in train(state, plan(**whole), rows())]
    assert losses[-1] < 0.2 * losses[0]
