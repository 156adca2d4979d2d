"""Repairs: a job and a finding in, changed jobs out."""

import torch
from torch import nn
from torch.nn import functional

from bestfit.diagnoses import diagnosis
from bestfit.probes.graph import graph_of
from bestfit.repairs import repair
from bestfit.repairs.surgery import (
    dropped_out,
    fresh_weights,
    insert_after,
    let_flow,
    normalised,
    recurrent_gated,
    residual,
    resized,
    swap_operations,
    widened,
)

ROWS = torch.randn(32, 4, generator=torch.Generator().manual_seed(0))


def stack():
    return nn.Sequential(
        nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Dropout(0.9), nn.Linear(8, 3)
    )


class Cut(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.a, self.b, self.how = nn.Linear(4, 6), nn.Linear(6, 1), how

    def forward(self, x):
        if self.how == "no_grad":
            with torch.no_grad():
                h = torch.tanh(self.a(x))
        elif self.how == "data":
            h = torch.tanh(self.a(x)).data
        else:
            h = torch.tanh(self.a(x)).detach()
        return self.b(h)


class Sequence(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.RNN(1, 6, batch_first=True), nn.Linear(6, 2)

    def forward(self, x):
        return self.out(self.rnn(x.unsqueeze(2))[0][:, -1])


def learns(module, rows=ROWS):
    """Forward and backward run, and every parameter gets a gradient."""
    module(rows).square().sum().backward()
    return all(p.grad is not None for p in module.parameters())


def test_every_finding_has_a_repair():
    assert set(repair) == set(diagnosis)


def test_the_network_itself_is_left_alone():
    net = stack()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    graph, _ = graph_of(net, (ROWS,))
    made = [
        swap_operations(net, graph.of_kind("bounded"), "relu"), normalised(net, graph, 32),
        residual(net, graph), resized(net, graph, 5, 0), widened(net, 4, 64, 0),
        dropped_out(net, 0.1, graph), fresh_weights(net, "he_normal", 0), let_flow(net),
        insert_after(net, ["0"], lambda _: nn.ReLU()),
    ]  # fmt: skip
    assert all(module is not None and learns(module.train()) for module in made)
    assert all(torch.equal(before[k], v) for k, v in net.state_dict().items())
    assert isinstance(net[1], nn.Tanh) and net[4].p == 0.9


def test_each_does_what_it_says():
    net = stack()
    graph, _ = graph_of(net, (ROWS,))
    assert isinstance(swap_operations(net, graph.of_kind("bounded"), "relu")[1], nn.ReLU)
    assert resized(net, graph, 5, 0)(ROWS).shape == (32, 5)
    assert widened(net, 4, 64, 0)[0].out_features == 64
    assert dropped_out(net, 0.1, graph)[4].p == 0.1
    gated = recurrent_gated(Sequence(), 0)
    assert isinstance(gated.rnn, nn.GRU) and learns(gated)


def test_functions_inside_forward_can_be_changed():
    class Squashed(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(4, 3)

        def forward(self, x):
            return functional.softmax(self.a(x), dim=1)

    net = Squashed()
    graph, _ = graph_of(net, (ROWS,))
    plain = swap_operations(net, [graph.last], "identity")
    assert torch.equal(plain(ROWS), net.a(ROWS))


def test_gradients_flow_again():
    for how in ("detach", "no_grad", "data"):
        assert not learns(Cut(how)), how
        assert learns(let_flow(Cut(how))), how
