"""The loop: resume to the last bit, members that do not touch each other, guards."""

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
    Plan,
    TrainState,
    load_checkpoint,
    outputs,
    save_checkpoint,
    train,
)
from bestfit.transforms import Layout

LAYOUT = Layout(("a", "b", "c"), ((-1.0, 0.0, 1.0), (), ()), (5,))
N = 96


def rows(weight=None):
    generator = torch.Generator().manual_seed(3)
    dense = torch.randn(N, 3, generator=generator)
    codes = torch.randint(0, 5, (N, 1), generator=generator)
    return Rows(dense, codes, (dense[:, 0] > 0).long(), weight)


def fresh(members=4, dropout=0.3, name="adamw"):
    population = MLP(width=16, blocks=2, dropout=dropout).build(LAYOUT, 1, members, seed=0)
    lr = torch.linspace(0.001, 0.01, members)
    group = {"params": list(population.parameters()), "lr": lr}
    return TrainState(population, optimizer[name]().build([group]), list(range(members)))


def plan(n_steps=24):
    return Plan(
        sampler=Sampler(N, 16, seed=5),
        loss=loss["binary_cross_entropy"](),
        schedule=schedule["flat_cosine"](),
        n_steps=n_steps,
        validate_every=6,
        clip_norm=1.0,
        seed=5,
    )


def run(state, upto=24, data=None):
    for step in train(state, plan(), data or rows()):
        if step.number == upto:
            break
    return state


def weights(state):
    return torch.cat([p.detach().flatten(1) for p in state.population.parameters()], dim=1)


@pytest.mark.parametrize("name", optimizer)
@pytest.mark.parametrize("stop_at", [1, 7, 12])
def test_resuming_from_disk_equals_never_stopping(tmp_path, name, stop_at):
    whole = run(fresh(name=name))
    half, best = run(fresh(name=name), stop_at), Best.empty(4)
    save_checkpoint(tmp_path / "c", half, best, {"data": "x"})
    again = fresh(name=name)
    assert load_checkpoint(tmp_path / "c", again, Best.empty(4), {"data": "x"})
    assert again.step == stop_at
    run(again)
    assert torch.equal(weights(whole), weights(again))
    assert torch.equal(whole.loss_sum, again.loss_sum)


def test_dropping_members_leaves_the_others_as_they_were():
    whole, part = fresh(dropout=0.0), fresh(dropout=0.0)
    run(whole, 24)
    run(part, 10)
    part.keep([1, 3])
    run(part, 24)
    assert part.members == [1, 3]
    assert torch.allclose(weights(whole)[[1, 3]], weights(part), rtol=1e-5, atol=1e-6)


def test_a_dropped_population_resumes(tmp_path):
    whole = run(fresh(), 10)
    whole.keep([0, 2])
    save_checkpoint(tmp_path / "c", whole, Best.empty(4), {})
    again = fresh()
    load_checkpoint(tmp_path / "c", again, Best.empty(4), {})
    assert again.members == [0, 2]
    run(whole), run(again)
    assert torch.equal(weights(whole), weights(again))


def test_a_member_lifted_out_gives_the_same_predictions():
    state = run(fresh())
    data = rows()
    together = outputs(state.population, data)
    state.keep([2])
    assert torch.allclose(together[2:3], outputs(state.population, data), rtol=1e-5, atol=1e-6)


def test_a_member_with_row_weights_learns_from_those_rows_only():
    weight = torch.ones(4, N)
    weight[1, N // 2 :] = 0
    state, best = fresh(dropout=0.0), None
    changed = rows(weight)
    run(state, 24, changed)
    other = rows(weight)
    flipped = other.target.clone()
    flipped[N // 2 :] = 1 - flipped[N // 2 :]
    best = fresh(dropout=0.0)
    run(best, 24, Rows(other.dense, other.codes, flipped, weight))
    assert torch.equal(weights(state)[1], weights(best)[1])
    assert not torch.equal(weights(state)[0], weights(best)[0])


def test_a_gradient_that_is_not_finite_is_skipped_and_counted():
    state, healthy = fresh(dropout=0.0), fresh(dropout=0.0)
    with torch.no_grad():
        state.population.output.weight[1] = float("nan")
    run(state, 6)
    run(healthy, 6)
    assert state.skipped.tolist() == [0, 6, 0, 0]
    assert torch.allclose(weights(state)[0], weights(healthy)[0])


def test_a_damaged_checkpoint_is_refused(tmp_path):
    save_checkpoint(tmp_path / "c", run(fresh(), 3), Best.empty(4), {})
    file = tmp_path / "c" / "state.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))
    with pytest.raises(FolderError, match="damaged"):
        load_checkpoint(tmp_path / "c", fresh(), Best.empty(4), {})


def test_a_checkpoint_of_other_rows_is_refused(tmp_path):
    save_checkpoint(tmp_path / "c", run(fresh(), 3), Best.empty(4), {"data": "x"})
    with pytest.raises(FolderError, match="another data"):
        load_checkpoint(tmp_path / "c", fresh(), Best.empty(4), {"data": "y"})


def test_no_checkpoint_is_no_error(tmp_path):
    assert not load_checkpoint(tmp_path / "c", fresh(), Best.empty(4), {})


def test_best_keeps_the_best_look_of_each_member():
    state, best = fresh(members=2), Best.empty(2)
    raw = np.zeros((2, 3, 1), np.float32)
    run(state, 6)
    best.look(state, np.array([0.5, np.nan]), raw)
    first = weights(state).clone()
    run(state, 12)
    best.look(state, np.array([0.4, 0.3]), raw + 1)
    assert best.step.tolist() == [6, 12]
    assert best.stale.tolist() == [1, 0]
    assert best.outputs[:, 0, 0].tolist() == [0, 1]
    kept = torch.cat([w.flatten(1) for w in best.weights.values()], dim=1)
    assert torch.equal(kept[0], first[0]) and torch.equal(kept[1], weights(state)[1])


def test_every_row_is_seen_once_an_epoch():
    data = Rows(torch.arange(10.0)[:, None], torch.zeros(10, 0, dtype=torch.int64), torch.zeros(10))
    sampler = Sampler(10, 5, seed=1)
    epochs = [torch.cat([b.dense for b in sampler.epoch(data, e)]).flatten() for e in (0, 1)]
    assert all(sorted(e.tolist()) == list(range(10)) for e in epochs)
    assert not torch.equal(*epochs)
    later = next(iter(sampler.epoch(data, 0, start=1)))
    assert torch.equal(later.dense.flatten(), epochs[0][5:])
