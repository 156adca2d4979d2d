"""The loop: resume to the last bit, members that do not touch each other, guards."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from bestfit.batching import Rows, Sampler
from bestfit.errors import FolderError
from bestfit.losses import loss
from bestfit.models import MLP
from bestfit.optimizers import optimizer
from bestfit.schedules import schedule
from bestfit.training import (
    Best,
    Member,
    Plan,
    Snapshot,
    TrainState,
    load_checkpoint,
    outputs,
    train,
)
from bestfit.transforms import Layout

LAYOUT = Layout(("a", "b", "c"), ((-1.0, 0.0, 1.0), (), ()), (5,))
N, STEPS = 96, 24


def rows(weight=None):
    generator = torch.Generator().manual_seed(3)
    dense = torch.randn(N, 3, generator=generator)
    codes = torch.randint(0, 5, (N, 1), generator=generator)
    return Rows((dense, codes), (dense[:, 0] > 0).long(), weight)


def members(k, name="adamw", born=0, first=0):
    rates = np.linspace(0.001, 0.01, k)
    few = {"max_iter": 2, "max_eval": 6} if optimizer[name].searches else {}
    rule = optimizer[name](**few)
    return [Member(first + j, rule, float(lr), 0.01, born) for j, lr in enumerate(rates)]


def fresh(k=4, dropout=0.3, name="adamw", precision="float32", **shape):
    population = MLP(width=16, blocks=2, dropout=dropout, **shape).build(LAYOUT, 1, k, seed=0)
    return TrainState(population, members(k, name), STEPS, seed=5, precision=precision)


def plan(**changes):
    sampler = Sampler(N, 16, seed=5)
    made = Plan(
        sampler=sampler,
        loss=loss["binary_cross_entropy"](),
        schedule=schedule["flat_cosine"](),
        validate_every=6,
        clip_norm=1.0,
        seed=5,
    )
    return replace(made, **changes)


def run(state, upto=24, data=None, **changes):
    for step in train(state, plan(**changes), data or rows()):
        if step.number == upto:
            break
    return state


def weights(state):
    return torch.cat([p.detach().flatten(1) for p in state.population.parameters()], dim=1)


def close(a, b):
    return torch.allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("name", optimizer)
@pytest.mark.parametrize("stop_at", [1, 7, 12])
def test_resuming_from_disk_equals_never_stopping(tmp_path, name, stop_at, precision):
    whole = run(fresh(name=name, precision=precision))
    half, best = run(fresh(name=name, precision=precision), stop_at), Best.empty(4)
    Snapshot(half, best, {"data": "x"}).write(tmp_path / "c")
    again = fresh(name=name, precision=precision)
    assert load_checkpoint(tmp_path / "c", again, Best.empty(4), {"data": "x"}) == {}
    assert again.step == stop_at
    run(again)
    assert torch.equal(weights(whole), weights(again))
    assert torch.equal(whole.loss_sum, again.loss_sum)


def test_dropping_members_leaves_the_others_as_they_were():
    whole, part = fresh(), fresh()
    run(whole, 24)
    run(part, 10)
    part.keep([1, 3])
    run(part, 24)
    assert part.numbers == [1, 3]
    assert close(weights(whole)[[1, 3]], weights(part))


def test_a_population_that_shrank_resumes(tmp_path):
    whole = run(fresh(), 10)
    whole.keep([0, 2])
    Snapshot(whole, Best.empty(4), {}).write(tmp_path / "c")
    again = fresh()
    load_checkpoint(tmp_path / "c", again, Best.empty(4), {})
    assert again.numbers == [0, 2]
    run(whole), run(again)
    assert torch.equal(weights(whole), weights(again))


def newcomer(state, number, lr=0.02):
    donor = MLP(width=16, blocks=2, dropout=0.1).build(LAYOUT, 1, 1, seed=number)
    return Member(number, optimizer["adamw"](), lr, 0.0, born=state.step), donor


def test_a_newcomer_takes_a_place_and_the_others_go_on(tmp_path):
    whole, part = run(fresh()), run(fresh(), 10)
    part.replace(2, *newcomer(part, 4))
    run(part, 15)
    Snapshot(part, Best.empty(4), {}).write(tmp_path / "c")
    run(part)
    assert part.numbers == [0, 1, 4, 3]
    assert close(weights(whole)[[0, 1, 3]], weights(part)[[0, 1, 3]])
    again = fresh()
    load_checkpoint(tmp_path / "c", again, Best.empty(4), {})
    run(again)
    assert torch.equal(weights(again), weights(part))


def test_a_newcomer_trains_as_if_it_were_alone():
    """Its step count, its warm-up and its masks are its own."""
    state = run(fresh(), 10)
    member, donor = newcomer(state, 4)
    state.replace(0, member, donor)
    run(state)
    alone = TrainState(newcomer(state, 4)[1], [member], STEPS, seed=5)
    alone.step = 10
    run(alone)
    assert close(weights(state)[:1], weights(alone))


def test_members_move_by_optimizers_of_their_own(tmp_path):
    names = ["adamw", "adamw", "sgd", "ftrl", "momentum"]
    population = MLP(width=16, blocks=2).build(LAYOUT, 1, 5, seed=0)
    each = [Member(j, optimizer[n](), 0.01) for j, n in enumerate(names)]
    mixed = run(TrainState(population, each, STEPS), 12)
    Snapshot(mixed, Best.empty(5), {}).write(tmp_path / "c")
    mixed.keep([0, 3, 4])
    run(mixed)
    for position, number in enumerate([0, 3, 4]):
        whole = MLP(width=16, blocks=2).build(LAYOUT, 1, 5, seed=0)
        same = [Member(j, optimizer[names[number]](), 0.01) for j in range(5)]
        assert close(weights(run(TrainState(whole, same, STEPS)))[number], weights(mixed)[position])
    population = MLP(width=16, blocks=2).build(LAYOUT, 1, 5, seed=0)
    again = TrainState(population, each, STEPS)
    load_checkpoint(tmp_path / "c", again, Best.empty(5), {})
    again.keep([0, 3, 4])
    assert torch.equal(weights(run(again)), weights(mixed))


@pytest.mark.parametrize("shape", [{}, {"activation": "tanh", "activation_scale": (1, 2, 0.5, 1)}])
def test_a_member_lifted_out_gives_the_same_predictions(shape):
    state, data = run(fresh(**shape)), rows()
    together = outputs(state.population, data)
    plain = state.population.lift(2).eval()
    assert not any("packed" in type(m).__module__ for m in plain.modules())
    with torch.no_grad():
        assert close(together[2], plain(*data.inputs))
    state.keep([2])
    assert close(together[2:3], outputs(state.population, data))


def test_a_member_with_row_weights_learns_from_those_rows_only():
    weight = torch.ones(4, N)
    weight[1, N // 2 :] = 0
    data = rows(weight)
    flipped = data.target.clone()
    flipped[N // 2 :] = 1 - flipped[N // 2 :]
    one = run(fresh(dropout=0.0), data=data)
    other = run(fresh(dropout=0.0), data=replace(data, target=flipped))
    assert torch.equal(weights(one)[1], weights(other)[1])
    assert not torch.equal(weights(one)[0], weights(other)[0])


def pooled(k=2):
    """Members whose rows are the two halves, each in an order of its own."""
    halves = (np.arange(N // 2), np.arange(N // 2, N))
    return Sampler(N, 16, seed=5, pools=halves[:k])


def test_members_of_a_fold_never_see_its_rows():
    data = rows()
    flipped = data.target.clone()
    flipped[N // 2 :] = 1 - flipped[N // 2 :]
    one = run(fresh(), data=data, sampler=pooled())
    other = run(fresh(), data=replace(data, target=flipped), sampler=pooled())
    assert torch.equal(weights(one)[[0, 2]], weights(other)[[0, 2]])
    assert not torch.allclose(weights(one)[[1, 3]], weights(other)[[1, 3]])


def test_a_member_draws_the_same_rows_whoever_is_beside_it_and_after_a_resume(tmp_path):
    whole, part = run(fresh(), sampler=pooled()), run(fresh(), 10, sampler=pooled())
    Snapshot(part, Best.empty(4), {}).write(tmp_path / "c")
    again = fresh()
    load_checkpoint(tmp_path / "c", again, Best.empty(4), {})
    assert torch.equal(weights(run(again, sampler=pooled())), weights(whole))
    part.keep([3])
    run(part, sampler=pooled())
    assert close(weights(whole)[[3]], weights(part))


def test_when_all_have_left_in_the_middle_of_an_epoch_it_is_over():
    sampler = Sampler(N, 16, seed=5, pools=(np.arange(N),))
    state = fresh(2)
    for step in train(state, plan(sampler=sampler), rows()):
        if step.number == 2:
            state.keep([])
    assert state.step == 2


def test_a_gradient_that_is_not_finite_is_skipped_and_counted():
    state, healthy = fresh(), fresh()
    with torch.no_grad():
        state.population.output.weight[1] = float("nan")
    before = weights(state).clone()
    run(state, 6)
    run(healthy, 6)
    assert state.skipped.tolist() == [0, 6, 0, 0]
    assert torch.equal(weights(state)[1].nan_to_num(), before[1].nan_to_num()), "it rests"
    assert close(weights(state)[[0, 2, 3]], weights(healthy)[[0, 2, 3]])


def test_a_damaged_checkpoint_is_refused(tmp_path):
    Snapshot(run(fresh(), 3), Best.empty(4), {}).write(tmp_path / "c")
    file = tmp_path / "c" / "state.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(FolderError, match="damaged"):
        load_checkpoint(tmp_path / "c", fresh(), Best.empty(4), {})


def test_a_checkpoint_of_other_rows_is_refused(tmp_path):
    Snapshot(run(fresh(), 3), Best.empty(4), {"data": "x"}).write(tmp_path / "c")
    with pytest.raises(FolderError, match="another data"):
        load_checkpoint(tmp_path / "c", fresh(), Best.empty(4), {"data": "y"})


def test_no_checkpoint_is_no_error(tmp_path):
    assert load_checkpoint(tmp_path / "c", fresh(), Best.empty(4), {}) is None


def test_best_keeps_the_best_look_of_each_member_newcomers_too():
    state, best = fresh(2, dropout=0.0), Best.empty(2)
    raw = np.zeros((2, 3, 1), np.float32)
    run(state, 6)
    best.look(state, np.array([0.5, np.nan]), raw)
    first = weights(state).clone()
    run(state, 12)
    best.look(state, np.array([0.4, 0.3]), raw + 1)
    assert best.step.tolist() == [6, 12]
    assert best.stale.tolist() == [1, 0]
    assert best.outputs[:, 0, 0].tolist() == [0, 1]

    def kept():
        names = dict(state.population.named_parameters())
        return torch.cat([w.flatten(1) for n, w in best.weights.items() if n in names], dim=1)

    assert torch.equal(kept()[0], first[0]) and torch.equal(kept()[1], weights(state)[1])
    state.replace(0, *newcomer(state, 2))
    run(state, 18)
    best.look(state, np.array([0.9, 0.1]), raw + 2)
    assert best.step.tolist() == [6, 12, 18] and best.outputs[:, 0, 0].tolist() == [0, 1, 2]
    assert torch.equal(kept()[2], weights(state)[0]) and torch.equal(kept()[0], first[0])


def test_every_row_is_seen_once_an_epoch():
    data = Rows((torch.arange(10.0)[:, None],), torch.zeros(10))
    sampler = Sampler(10, 5, seed=1)
    epochs = [
        torch.cat([b.inputs[0].clone() for b in sampler.epoch(data, e, encode=tuple)])
        for e in (0, 1)
    ]
    assert all(sorted(e.flatten().tolist()) == list(range(10)) for e in epochs)
    assert not torch.equal(*epochs)
    later = next(iter(sampler.epoch(data, 0, start=1, encode=tuple)))
    assert torch.equal(later.inputs[0], epochs[0][5:])


def test_each_pool_is_gone_through_before_a_row_comes_again():
    data = Rows((torch.arange(12.0)[:, None],), torch.zeros(12))
    sampler = Sampler(12, 4, seed=1, pools=(np.arange(6), np.arange(6, 12)))
    drawn = [
        b.inputs[0][:, :, 0]
        for e in (0, 1)
        for b in sampler.epoch(data, e, members=lambda: (0, 3), encode=tuple)
    ]
    both = torch.cat(drawn, dim=1)
    assert [sorted(both[0, i : i + 6].tolist()) for i in range(0, 24, 6)] == [list(range(6))] * 4
    assert [sorted(both[1, i : i + 6].tolist()) for i in range(0, 24, 6)] == [
        list(range(6, 12))
    ] * 4
