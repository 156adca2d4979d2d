"""Laws of the clippers, and each beside torch's own or a transcription."""

import copy

import pytest
import torch
from torch import nn

from bestfit.clippers import AGC, ClipNorm, ClipRunning, clipper
from bestfit.errors import ConfigError


def gradients(k=3, size=4.0):
    torch.manual_seed(0)
    shapes = [(k, 5, 4), (k, 1, 5), (k, 2, 5)]
    return [torch.randn(s) for s in shapes], [torch.randn(s) * size for s in shapes]


@pytest.mark.parametrize("name", clipper)
def test_members_are_clipped_apart_and_nothing_grows(name):
    weights, grads = gradients()
    together, memory = [g.clone() for g in grads], {}
    for _ in range(40):
        clipper[name]().clip(weights, [g.clone() for g in grads], memory)
    clipper[name]().clip(weights, together, memory)
    for g, before in zip(together, grads, strict=True):
        assert (g.abs() <= before.abs() + 1e-6).all()
    for j in range(3):
        alone, own = [g[j : j + 1].clone() for g in grads], {}
        for _ in range(41):
            alone = [g[j : j + 1].clone() for g in grads]
            clipper[name]().clip([w[j : j + 1] for w in weights], alone, own)
        for g, mine in zip(together, alone, strict=True):
            assert torch.allclose(g[j], mine[0], rtol=1e-5)


def test_the_norm_is_torchs_but_for_its_last_millionth():
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    (100 * net(torch.randn(9, 4)).square().sum()).backward()
    other = copy.deepcopy(net)
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        q.grad = p.grad.clone()
    ClipNorm(limit=0.5).apply(net.parameters())
    nn.utils.clip_grad_norm_(other.parameters(), 0.5)
    for p, q in zip(net.parameters(), other.parameters(), strict=True):
        assert torch.allclose(p.grad, q.grad, rtol=1e-4)


def test_agc_bounds_each_unit_by_its_weights():
    w, g = torch.randn(1, 6, 4), torch.randn(1, 6, 4)
    w[0, 2] = 0
    AGC(share=0.1).clip([w], [g], {})
    bound = 0.1 * w.norm(dim=2).clamp(min=1e-3)
    assert (g.norm(dim=2) <= bound * 1.0001).all()
    conv, slope = torch.randn(1, 3, 2, 3, 3), torch.randn(1, 3, 2, 3, 3)
    AGC(share=0.1).clip([conv], [slope], {})
    assert (slope.flatten(2).norm(dim=2) <= 0.1001 * conv.flatten(2).norm(dim=2)).all()


def test_running_clips_the_spike_and_leaves_the_rest():
    made, memory, seen = ClipRunning(), {}, []
    random = torch.Generator().manual_seed(0)
    for step in range(200):
        g = torch.randn(1, 50, generator=random)
        if step == 150:
            g *= 100
        before = g.clone()
        made.clip([g], [g], memory)
        seen.append(float(g.norm() / before.norm()))
    assert seen[150] < 0.05
    assert sum(s < 0.9 for s in seen) <= 3


@pytest.mark.parametrize("name", clipper)
def test_limits_must_be_positive(name):
    field = next(iter(vars(clipper[name]())))
    with pytest.raises(ConfigError, match=field):
        clipper[name](**{field: 0})
