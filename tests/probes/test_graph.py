"""What is seen of a network from outside."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from bestfit.losses import loss
from bestfit.probes.graph import graph_of
from bestfit.probes.network import learnt_of, sight_of

ROWS = torch.randn(64, 4, generator=torch.Generator().manual_seed(0))


class Functional(nn.Module):
    def __init__(self, cut=None):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 1)
        self.cut = cut

    def forward(self, x):
        h = functional.relu(self.a(x))
        if self.cut == "detach":
            h = h.detach()
        if self.cut == "no_grad":
            with torch.no_grad():
                h = h * 1
        if self.cut == "data":
            h = h.data
        return torch.sigmoid(self.c(functional.dropout(self.b(h), 0.1, self.training))).squeeze(1)


def test_functions_are_seen_like_modules():
    graph, output = graph_of(Functional(), (ROWS,))
    assert graph.last.function == "sigmoid"
    assert [op.module for op in graph.of_kind("affine")] == ["a", "b", "c"]
    assert graph.linear_pairs() == [("b", "c")]
    assert [op.module for op in graph.first] == ["a"]
    assert output.shape == (64,)


def test_where_the_gradient_is_cut_off():
    assert not graph_of(Functional(), (ROWS,))[0].cut
    for cut in ("detach", "no_grad", "data"):
        assert graph_of(Functional(cut), (ROWS,))[0].cut, cut


def test_dead_units_are_zero_on_every_row():
    net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 2))
    with torch.no_grad():
        net[0].bias[:4] = -100.0
    (relu,) = graph_of(net, (ROWS,))[0].of_kind("rectified")
    assert relu.facts["dead"] >= 0.4
    assert relu.facts["zero"] > relu.facts["dead"] - 1e-6


def test_a_dead_channel_of_a_convolution_along_a_sequence_is_one_unit():
    net = nn.Sequential(nn.Conv1d(2, 10, 5), nn.BatchNorm1d(10), nn.ReLU())
    with torch.no_grad():
        net[1].bias[:4] = -100.0
    (relu,) = graph_of(net, (torch.randn(64, 2, 30),))[0].of_kind("rectified")
    assert relu.facts["dead"] == pytest.approx(0.4)


class Words(nn.Module):
    """A plain recurrence, of which an early word hardly counts."""

    def __init__(self):
        super().__init__()
        self.emb, self.rnn = nn.Embedding(9, 4), nn.RNN(4, 8, batch_first=True)
        self.out = nn.Linear(8, 1)
        with torch.no_grad():
            self.rnn.weight_hh_l0.copy_(0.5 * torch.eye(8))

    def forward(self, x):
        return self.out(self.rnn(self.emb(x))[0][:, -1])


def test_what_a_network_learnt_is_what_its_last_dense_layer_reads():
    net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Dropout(0.9), nn.Linear(6, 2), nn.Softmax(1))
    rows = torch.randn(2500, 4)
    assert torch.equal(learnt_of(net, (rows,)), net[1](net[0](rows)).detach()) and net.training
    assert learnt_of(nn.Conv1d(1, 1, 4), (rows.unsqueeze(1),)) is None


def test_words_count_through_time_like_numbers():
    x, y = torch.randint(9, (64, 30)), torch.randn(64, 1)
    _, found = sight_of(Words(), (x,), y, lambda out, target: (out - target).square())
    assert found["recurrent", ""] == 1 and 0 < found["through_time", ""] < 1e-5


def test_saturated_units_are_flat_on_nearly_every_row():
    net = nn.Sequential(nn.Linear(4, 10), nn.Tanh(), nn.Linear(10, 2))
    with torch.no_grad():
        net[0].bias[:5] = 50.0
        net[0].weight.mul_(0.1)
    (tanh,) = graph_of(net, (ROWS,))[0].of_kind("bounded")
    assert tanh.facts["saturated"] == 0.5


def test_states_that_go_from_one_end_to_the_other_are_saturated():
    rows = torch.randn(64, 12, 3, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    net, shares = nn.RNN(3, 16, batch_first=True), []
    for gain in (1.0, 20.0):
        with torch.no_grad():
            net.weight_ih_l0.mul_(gain)
        (states,) = graph_of(net, (rows,))[0].of_kind("recurrent")
        shares.append(states.facts["saturated"])
    assert shares[0] == 0 and shares[1] > 0.8


def test_a_map_that_is_flat_at_most_places_is_saturated():
    net = nn.Sequential(nn.Conv2d(1, 3, 1), nn.Tanh(), nn.Flatten(), nn.Linear(48, 2))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([0.1, 1.0, 6.0]).reshape(3, 1, 1, 1))
        net[0].bias.zero_()
    rows = torch.randn(64, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    (tanh,) = graph_of(net, (rows,))[0].of_kind("bounded")
    assert tanh.facts["saturated"] == pytest.approx(1 / 3)


def test_nothing_is_left_behind():
    net = Functional()
    before, state = torch.get_rng_state(), {k: v.clone() for k, v in net.state_dict().items()}
    net.eval()
    graph_of(net, (ROWS,))
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(state[k], v) for k, v in net.state_dict().items())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in net.modules())


def test_nothing_is_left_behind_in_train_mode_either():
    net = nn.Sequential(
        nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(), nn.Linear(8, 2)
    )
    rows, target = torch.randn(32, 4), torch.zeros(32, dtype=torch.int64)
    before = {name: t.clone() for name, t in net.state_dict().items()}
    torch.manual_seed(5)
    state = torch.get_rng_state()
    sight_of(net.train(), (rows,), target, loss["cross_entropy"]())
    assert torch.equal(torch.get_rng_state(), state) and net.training
    assert all(torch.equal(before[name], t) for name, t in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in net.modules())


class Loud(nn.Module):
    """A factor of its own before an activation, and one before its first layer."""

    def __init__(self, before, within):
        super().__init__()
        self.before, self.within = before, within
        self.lstm, self.out = nn.LSTM(4, 6, batch_first=True), nn.Linear(6, 2)

    def forward(self, x):
        h = self.lstm(self.before * x.reshape(-1, 2, 2).repeat(1, 1, 2))[0][:, -1]
        return self.out(torch.tanh(self.within * h))


@pytest.mark.parametrize(
    ("before", "within", "found"),
    [(1, 1, []), (255, 1, ["lstm"]), (1, 80, ["tanh"]), (0.01, 1, ["lstm"])],
)
def test_factors_of_its_own_are_told_from_what_layers_give(before, within, found):
    torch.manual_seed(0)
    graph, _ = graph_of(Loud(before, within), (ROWS,))
    loud = {op.function: size for op, size in graph.amplified()}
    assert list(loud) == found
    if before == 255:
        assert loud["lstm"] == pytest.approx(255 * float(ROWS.square().mean().sqrt()), rel=1e-4)
        (lstm,) = graph.of_kind("recurrent")
        assert lstm.facts["saturated"] > 0.9


def test_large_weights_are_no_factor_of_its_own():
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    with torch.no_grad():
        net[0].weight.mul_(100)
    graph, _ = graph_of(net, (ROWS,))
    assert graph.amplified() == [] and graph.of_kind("bounded")[0].facts["saturated"] > 0.5
