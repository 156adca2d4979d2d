"""A guest in any loop: it changes nothing, is silent where all is well, and names what is ill."""

from copy import deepcopy

import pytest
import torch
from torch import nn

import bestfit

ROWS = torch.randn(512, 8, generator=torch.Generator().manual_seed(0))
TARGET = (ROWS[:, :1] * ROWS[:, 1:2] + ROWS[:, 2:3]).detach()


def loop(net, optimizer, *, watched, steps=120, rows=ROWS, target=TARGET, validate=None):
    """A user's own loop; the losses, and the monitor."""
    torch.manual_seed(1)
    losses, monitor = [], bestfit.watch(net, optimizer)
    guest = monitor.__enter__() if watched else None
    for step in range(steps):
        start = 32 * step % 480
        x, y = rows[start : start + 32], target[start : start + 32]
        optimizer.zero_grad()
        loss = (net(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if guest is not None:
            guest.record(loss=loss)
            if validate is not None:
                guest.record(valid_loss=validate(step))
    monitor.__exit__()
    return losses, monitor


def mlp(act=nn.ReLU, depth=2):
    torch.manual_seed(0)
    layers, width = [], 8
    for _ in range(depth):
        layers += [nn.Linear(width, 32), act()]
        width = 32
    return nn.Sequential(*layers, nn.Linear(width, 1))


def normed():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(8, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 1)
    )


@pytest.mark.parametrize("make", [mlp, normed, lambda: mlp(nn.Tanh, 4)])
def test_a_watched_run_ends_in_the_same_weights(make):
    ends = []
    for watched in (False, True):
        net = make()
        loop(net, torch.optim.Adam(net.parameters(), 1e-3), watched=watched)
        ends.append((deepcopy(net.state_dict()), torch.get_rng_state()))
    (plain, before), (seen, after) = ends
    assert all(torch.equal(plain[name], seen[name]) for name in plain)
    assert torch.equal(before, after)


def test_hooks_are_gone_in_the_end_also_after_an_error():
    net = mlp()
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    with pytest.raises(RuntimeError, match="mine"), bestfit.watch(net, optimizer) as monitor:
        raise RuntimeError("mine")
    monitor.__exit__()
    assert not net._forward_pre_hooks
    assert not optimizer._optimizer_step_pre_hooks
    assert not optimizer._optimizer_step_post_hooks


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (mlp, lambda p: torch.optim.Adam(p, 3e-3)),
        (mlp, lambda p: torch.optim.SGD(p, 0.05, momentum=0.9)),
        (normed, lambda p: torch.optim.AdamW(p, 3e-3)),
        (lambda: mlp(nn.Tanh, 3), lambda p: torch.optim.RMSprop(p, 1e-3)),
        (lambda: nn.Linear(8, 1), lambda p: torch.optim.Adam(p, 1e-2)),
    ],
)
def test_is_silent_where_all_is_well(make, rule):
    net = make()
    _, monitor = loop(net, rule(net.parameters()), watched=True, steps=200)
    assert monitor.findings() == []


def test_measures_layers_now_and_then():
    net = mlp()
    _, monitor = loop(net, torch.optim.Adam(net.parameters(), 1e-3), watched=True)
    for name in ("grad_norm", "weight_norm", "update_ratio"):
        assert monitor.history.subjects(name) == ["0.weight", "2.weight", "4.weight"]
    measured = [step for step, _ in monitor.history.series("grad_norm", subject="0.weight")]
    assert measured[:4] == [1, 2, 4, 8] and len(measured) < 30


def names(monitor):
    return {finding["name"] for finding in monitor.findings()}


def test_weights_that_the_optimizer_does_not_know():
    net = mlp()
    _, monitor = loop(net, torch.optim.Adam(net[4].parameters(), 1e-2), watched=True)
    assert names(monitor) == {"frozen_layers"}
    (finding,) = monitor.findings()
    assert finding["evidence"]["not_in_optimizer"] == 4
    assert {"name", "subject", "step", "evidence", "harm", "cause", "advice"} <= finding.keys()


def test_a_loss_that_explodes():
    net = mlp()
    _, monitor = loop(net, torch.optim.SGD(net.parameters(), 100.0), watched=True)
    assert names(monitor) & {"exploding_gradient", "learning_rate_too_high"}


def test_a_step_size_that_is_far_too_small():
    net = mlp()
    _, monitor = loop(net, torch.optim.SGD(net.parameters(), 1e-9), watched=True)
    assert "learning_rate_too_low" in names(monitor)


def test_dead_and_saturated_units():
    for act, name in ((nn.ReLU, "dead_relu"), (nn.Tanh, "saturated_activation")):
        net = mlp(act)
        with torch.no_grad():
            net[0].bias.fill_(-50.0)
        _, monitor = loop(net, torch.optim.SGD(net.parameters(), 1e-4), watched=True)
        assert name in names(monitor)


def test_inputs_that_are_no_numbers():
    rows = ROWS.clone()
    rows[3, 2] = float("nan")
    net = mlp()
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    _, monitor = loop(net, adam, watched=True, steps=10, rows=rows)
    assert names(monitor) == {"nonfinite_data"}


def test_a_validation_loss_that_turned():
    net = mlp()
    adam = torch.optim.Adam(net.parameters(), 3e-3)
    _, monitor = loop(net, adam, watched=True, validate=lambda step: 1 + abs(step - 30) / 100)
    assert names(monitor) == {"overfitting"}


def test_equal_weights():
    net = mlp()
    for p in net.parameters():
        nn.init.constant_(p, 0.0)
    _, monitor = loop(net, torch.optim.Adam(net.parameters(), 1e-5), watched=True)
    assert "bad_initialisation" in names(monitor)


class Convolutions(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv1d(1, 6, 3), nn.BatchNorm1d(6), nn.Linear(6, 1)

    def forward(self, x):
        return self.head(self.norm(self.conv(x.unsqueeze(1))).relu().mean(dim=2))


class Sequence(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.cell, self.head = kind(1, 12, batch_first=True), nn.Linear(12, 1)

    def forward(self, x):
        return self.head(self.cell(x.unsqueeze(2))[0][:, -1])


class Attending(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Linear(1, 8), nn.Linear(8, 1)
        self.attend = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)

    def forward(self, x):
        return self.head(self.attend(self.embed(x.unsqueeze(2))).mean(dim=1))


NETS = {
    "conv": Convolutions,
    "gru": lambda: Sequence(nn.GRU),
    "lstm": lambda: Sequence(nn.LSTM),
    "attention": Attending,
}


@pytest.mark.parametrize("kind", NETS)
def test_any_network_ends_bit_identical_and_unaccused(kind):
    ends = []
    for watched in (False, True):
        torch.manual_seed(0)
        net = NETS[kind]()
        _, monitor = loop(net, torch.optim.Adam(net.parameters(), 3e-3), watched=watched, steps=150)
        ends.append((deepcopy(net.state_dict()), torch.get_rng_state()))
    (plain, before), (seen, after) = ends
    assert all(torch.equal(plain[name], seen[name]) for name in plain)
    assert torch.equal(before, after)
    assert monitor.findings() == []


def test_a_cyclic_step_size_is_no_fault():
    net = mlp()
    sgd = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9)
    cycle = torch.optim.lr_scheduler.CyclicLR(sgd, 0.001, 0.05, step_size_up=30)
    with bestfit.watch(net, sgd) as monitor:
        for step in range(240):
            start = 32 * step % 480
            sgd.zero_grad()
            loss = (net(ROWS[start : start + 32]) - TARGET[start : start + 32]).square().mean()
            loss.backward()
            sgd.step()
            cycle.step()
            monitor.record(loss=loss)
    assert monitor.findings() == []


def test_losses_below_zero_that_fall_are_no_fault():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))
    adam = torch.optim.Adam(net.parameters(), 3e-3)
    with bestfit.watch(net, adam) as monitor:
        for step in range(300):
            start = 32 * step % 480
            mean, log_spread = net(ROWS[start : start + 32]).unbind(dim=1)
            rest = 0.05 * TARGET[start : start + 32, 0] - mean
            loss = (log_spread + 0.5 * (rest / log_spread.exp()).square()).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
            monitor.record(loss=loss)
    assert loss < 0
    assert monitor.findings() == []


def test_two_optimizers_of_one_network_leave_nothing_frozen():
    net = mlp()
    first = torch.optim.Adam(net[0].parameters(), 3e-3)
    rest = torch.optim.Adam([*net[2].parameters(), *net[4].parameters()], 3e-3)
    with bestfit.watch(net, rest) as monitor:
        for step in range(150):
            start = 32 * step % 480
            loss = (net(ROWS[start : start + 32]) - TARGET[start : start + 32]).square().mean()
            for optimizer in (first, rest):
                optimizer.zero_grad()
            loss.backward()
            for optimizer in (first, rest):
                optimizer.step()
            monitor.record(loss=loss)
    assert monitor.findings() == []


def test_what_goes_wrong_inside_never_reaches_the_loop(monkeypatch):
    def broken(*_, **__):
        raise KeyError("a bug of mine")

    monkeypatch.setattr("bestfit.monitor.monitor.graph_of", broken)
    monkeypatch.setattr(torch, "_foreach_norm", broken)
    net = mlp()
    losses, monitor = loop(net, torch.optim.SGD(net.parameters(), 0.05), watched=True)
    assert len(losses) == 120 and monitor.findings() == []


class Wrapping(torch.optim.Optimizer):
    """As Accelerate wraps an optimizer: of the kind, but without what the kind is made of."""

    def __init__(self, optimizer):
        self.optimizer = optimizer

    param_groups = property(lambda self: self.optimizer.param_groups)

    def step(self, closure=None):
        return self.optimizer.step(closure)

    def zero_grad(self, set_to_none=True):
        self.optimizer.zero_grad(set_to_none)


def test_an_optimizer_in_a_wrapping_is_heard():
    net = mlp()
    _, monitor = loop(net, Wrapping(torch.optim.Adam(net.parameters(), 3e-3)), watched=True)
    assert monitor.step == 120 and monitor.history.series("grad_norm", subject="0.weight")


class ByName(nn.Module):
    """As the networks of Hugging Face: inputs by keyword, the loss and logits in a mapping."""

    def __init__(self):
        super().__init__()
        self.body = mlp()
        with torch.no_grad():
            self.body[0].bias.fill_(-50.0)

    def forward(self, x, labels=None):
        logits = self.body(x)
        loss = None if labels is None else (logits - labels).square().mean()
        return {"loss": loss, "logits": logits}


def test_inputs_by_keyword_are_seen_through():
    net = ByName()
    sgd = torch.optim.SGD(net.parameters(), 1e-4)
    with bestfit.watch(net, sgd) as monitor:
        for step in range(120):
            rows = slice(32 * step % 480, 32 * step % 480 + 32)
            sgd.zero_grad()
            loss = net(x=ROWS[rows], labels=TARGET[rows])["loss"]
            loss.backward()
            sgd.step()
            monitor.record(loss=loss)
    assert "dead_relu" in names(monitor)


def with_momentum(momentum):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(8, 32), nn.BatchNorm1d(32, momentum=momentum), nn.ReLU(), nn.Linear(32, 1)
    )


@pytest.mark.parametrize(("momentum", "found"), [(1e-4, {"batchnorm_mismatch"}), (0.1, set())])
def test_running_statistics_that_lag_behind(momentum, found):
    net = with_momentum(momentum)
    adam = torch.optim.Adam(net.parameters(), 3e-3)
    _, monitor = loop(net, adam, watched=True, steps=300, rows=5 * ROWS + 10)
    assert names(monitor) == found
    assert monitor.history.series("train_eval_difference", subject="")
