"""A training that is watched: looking changes nothing, and what is seen is kept."""

import numpy as np
import pytest
import torch
from torch import nn

from bestfit.batching import Rows, Sampler
from bestfit.losses import loss
from bestfit.metrics import metric
from bestfit.models import MLP, Own
from bestfit.optimizers import optimizer
from bestfit.run.events import Clock
from bestfit.run.fit import Fit, Settings
from bestfit.run.look import Look
from bestfit.run.material import Material
from bestfit.schedules import schedule
from bestfit.table import Target
from bestfit.training import Member, Plan, TrainState, train
from bestfit.transforms import Layout

N, STEPS = 96, 40
DENSE = torch.randn(N, 3, generator=torch.Generator().manual_seed(0))
CODES = torch.zeros(N, 0, dtype=torch.int64)
Y = DENSE.sum(dim=1, keepdim=True)


def packed(k):
    shape = MLP(width=16, blocks=2, dropout=0.2)
    population = shape.build(Layout(("a", "b", "c"), ((), (), ()), ()), 1, k, seed=0)
    return population, Rows((DENSE, CODES), Y)


def own():
    torch.manual_seed(0)
    layers = [nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1)]
    return Own(nn.Sequential(*layers), (DENSE,)), Rows((DENSE,), Y)


def fresh(make):
    population, rows = make()
    members = [Member(j, optimizer["adam"](), 0.01 + j / 1000) for j in range(population.members)]
    return TrainState(population, members, STEPS), rows


def plan(every):
    return Plan(
        sampler=Sampler(N, 16, seed=5), loss=loss["mse"](), schedule=schedule["flat_cosine"](),
        validate_every=every, clip_norm=None, seed=5,
    )  # fmt: skip


def everything(state):
    return torch.cat([t.flatten().double() for t in state.population.by_member_tensors().values()])


@pytest.mark.parametrize("make", [lambda: packed(1), lambda: packed(5), own])
@pytest.mark.parametrize("every", [1, 7])
def test_looking_changes_not_a_bit(tmp_path, make, every):
    alone, rows = fresh(make)
    for _ in train(alone, plan(10**9), rows):
        pass
    state, rows = fresh(make)
    target = Target("y", "regression", ())
    look = Look(rows, np.asarray(Y[:, 0]), target, metric["rmse"](), None)
    material = Material(rows, np.asarray(Y[:, 0]), look, loss["mse"]())
    fit = Fit(state, plan(every), material, Settings(patience=None, folder=tmp_path))
    fit.run(Clock(None))
    assert torch.equal(everything(alone), everything(state))
    seen = fit.history.series("valid_loss")
    assert [step for step, _ in seen] == sorted({*range(every, STEPS + 1, every), STEPS})
