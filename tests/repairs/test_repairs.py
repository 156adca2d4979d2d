"""Repairs: a job and a finding in, changed jobs out."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from bestfit.batching import Rows
from bestfit.diagnoses import Finding, diagnosis
from bestfit.losses import loss
from bestfit.probes.graph import graph_of
from bestfit.probes.rows import counted_at
from bestfit.repairs import Job, repair
from bestfit.repairs.surgery import (
    dropped_out,
    fresh_weights,
    insert_after,
    let_flow,
    levelled,
    normalised,
    recalling,
    recurrent_gated,
    remembering,
    residual,
    resized,
    swap_operations,
)
from bestfit.repairs.wider import is_small_stack, widened
from bestfit.run.module_options import settled

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


def found(name, **evidence):
    return Finding(name=name, subject="inputs", evidence=evidence)


def learns(module, rows=ROWS):
    """Forward and backward run, and every parameter gets a gradient."""
    module(rows).square().sum().backward()
    return all(p.grad is not None for p in module.parameters())


def larger(net, rows):
    return widened(net, graph_of(net, (rows,))[0], 0)


def test_every_finding_has_a_repair():
    assert set(repair) == set(diagnosis)


def test_the_network_itself_is_left_alone():
    net = stack()
    before = {k: v.clone() for k, v in net.state_dict().items()}
    graph, _ = graph_of(net, (ROWS,))
    made = [
        swap_operations(net, graph.of_kind("bounded"), "relu"), normalised(net, graph, 32),
        residual(net, graph), resized(net, graph, 5, 0), widened(net, graph, 0),
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
    assert widened(net, graph, 0)[0].out_features == 64
    assert dropped_out(net, 0.1, graph)[4].p == 0.1
    gated = recurrent_gated(Sequence(), 0)
    assert isinstance(gated.rnn, nn.GRU) and learns(gated)


def test_convolutions_and_what_reads_them_become_wider():
    net = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Sequential(nn.Conv2d(2, 6, 3, stride=2, padding=1), nn.ReLU()), nn.Flatten(),
        nn.Linear(6 * 4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3),
    )  # fmt: skip
    made = larger(net, torch.randn(4, 1, 8, 8))
    assert made(torch.randn(4, 1, 8, 8)).shape == (4, 3)
    assert [made[0].out_channels, made[4][0].out_channels, made[6].out_features] == [16, 24, 64]
    assert made[0].bias is None and made[4][0].stride == (2, 2)
    assert net[0].out_channels == 2
    grouped = nn.Sequential(nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 2, 1))
    assert larger(grouped, torch.randn(4, 4, 8, 8)) is None
    assert larger(nn.Sequential(nn.Embedding(5, 4), nn.Linear(4, 2)), torch.ones(4).long()) is None


class Twice(nn.Module):
    """Layers of a class of one's own, called in another order than written down."""

    def __init__(self, again):
        super().__init__()
        self.out, self.mid, self.first = nn.Linear(3, 2), nn.Linear(3, 3), nn.Conv1d(1, 3, 5)
        self.again = again

    def forward(self, x):
        h = torch.relu(self.mid(torch.relu(self.first(x)).mean(2)))
        return self.out(torch.relu(self.mid(h)) if self.again else h)


def test_layers_of_a_module_of_ones_own_become_wider_in_the_order_of_their_calls():
    rows = torch.randn(8, 1, 20)
    made = larger(Twice(again=False), rows)
    assert made(rows).shape == (8, 2) and learns(made, rows)
    assert [made.first.out_channels, made.mid.out_features] == [16, 64]
    assert larger(Twice(again=True), rows) is None  # what is called twice has to fit itself


class Looked(nn.Module):
    """The first column is a place in a table, the others are numbers."""

    def __init__(self):
        super().__init__()
        self.table, self.out = nn.Embedding(500, 3), nn.Linear(5, 1)

    def forward(self, x):
        return self.out(torch.cat([self.table(x[:, 0].long()), x[:, 1:]], dim=1))


def test_columns_that_are_looked_up_keep_their_numbers():
    x = torch.cat([torch.arange(300).float().unsqueeze(1), 50 + 9 * torch.randn(300, 2)], dim=1)
    x[:, 1] = x[:, 1].round()  # whole numbers, too, but read as such
    (scaled,) = repair["unscaled_inputs"]().prescribe(
        job_of(Looked(), x, classes=0), found("unscaled_inputs")
    )
    (made,) = scaled.steps_of_inputs[0]((x,))
    assert torch.equal(made[:, 0], x[:, 0]) and made[:, 1:].abs().max() < 6


@pytest.mark.parametrize(("T", "place"), [(20, None), (5, 3)])
def test_a_name_that_tells_gives_way_to_the_commonest(T, place):
    x = torch.randint(9, (80, T), generator=torch.Generator().manual_seed(0))
    changed = (x == 7) if place is None else (x == 7) & (torch.arange(T) == place)
    column = int(counted_at(x)[changed][0])
    net = nn.Sequential(nn.Embedding(9, 2), nn.Flatten(), nn.Linear(2 * T, 1))
    told = Finding(name="data_leakage", subject=f"name {column}", evidence={"column": column})
    (job,) = repair["data_leakage"]().prescribe(job_of(net, x, classes=0), told)
    (made,) = job.steps_of_inputs[0]((x,))
    assert changed.any() and torch.equal(made != x, changed)
    assert len(made[changed].unique()) == 1


def test_a_channel_that_tells_is_hushed_in_new_rows_too():
    x = torch.randn(60, 3, 20)
    told = found("data_leakage", channel=1, axis=1)
    (job,) = repair["data_leakage"]().prescribe(job_of(nn.Flatten(), x, classes=0), told)
    (made,) = job.steps_of_inputs[0]((x,))
    assert made[:, 1].std() < 1e-6 and torch.equal(made[:, [0, 2]], x[:, [0, 2]])


@pytest.mark.parametrize("at", [1, 2])
def test_channels_of_sequences_are_standardised_as_the_network_reads_them(at):
    x = torch.randn(200, 2, 30) * torch.tensor([1.0, 900.0]).view(1, 2, 1)
    net = nn.Sequential(nn.Conv1d(2, 3, 3), nn.Flatten(), nn.Linear(84, 1))
    if at == 2:
        x = x.transpose(1, 2)
        net = nn.Sequential(nn.Flatten(), nn.Linear(60, 1))
    job = job_of(net, x, classes=0)
    (scaled,) = repair["unscaled_inputs"]().prescribe(job, found("unscaled_inputs"))
    spread = scaled.train.inputs[0].std(dim=(0, 3 - at))
    assert torch.allclose(spread, torch.ones(2), atol=1e-3)


def test_a_small_dense_stack_gives_way_to_a_larger_one_and_others_get_company():
    small = nn.Sequential(nn.Flatten(), nn.Linear(8, 3), nn.Tanh(), nn.Linear(3, 2))
    assert is_small_stack(small, 64) and is_small_stack(nn.Linear(8, 2), 64)
    others = (
        nn.Sequential(nn.Linear(8, 200), nn.ReLU(), nn.Linear(200, 2)),
        nn.Sequential(nn.Linear(8, 3), nn.Softmax(dim=1)),
        nn.Sequential(nn.Linear(8, 3), nn.BatchNorm1d(3), nn.Linear(3, 2)),
        nn.Sequential(nn.Conv1d(1, 2, 3), nn.Flatten(), nn.Linear(12, 2)),
    )
    assert not any(is_small_stack(net, 64) for net in others)


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


def sequences():
    return torch.randn(64, 30, 1, generator=torch.Generator().manual_seed(1))


def job_of(module, inputs, *, classes=3):
    generator = torch.Generator().manual_seed(2)
    y = torch.randn(len(inputs), 1, generator=generator)
    if classes:
        y = torch.randint(classes, (len(inputs),), generator=generator)
    half = len(inputs) // 2
    rows = [Rows((inputs[part],), y[part]) for part in (slice(0, half), slice(half, None))]
    options = settled({"lr": 1.0, "weight_decay": 0.5, "optimizer": "momentum", "epochs": 5,
                       "penalty": "l1", "batch_size": 1})  # fmt: skip
    graph, _ = graph_of(module, (inputs[:half],))
    return Job(
        module=module, train=rows[0], valid=rows[1], options=options, graph=graph,
        loss=loss["cross_entropy"]() if classes else loss["mse"](),
        task="multiclass" if classes else "regression", n_outputs=max(1, classes),
        n_classes=classes,
    )  # fmt: skip


class Normed(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))


JOBS = {
    "dense": lambda: job_of(stack(), torch.randn(64, 4)),
    "normed": lambda: job_of(Normed(), torch.randn(64, 4)),
    "cut": lambda: job_of(Cut("detach"), torch.randn(64, 4), classes=0),
    "recurrent": lambda: job_of(Sequence(), sequences()[..., 0], classes=2),
}
SUBJECTS = ("", "inputs", "targets", "time", "signal", "gradient", "0", "1")
EVIDENCE = {
    "dropout": 0.9, "weight_decay": 0.5, "penalty": "l1", "momentum": 0.99, "function": "softmax",
    "copied": 0.5, "wanted": "logits", "outputs": 3, "column": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, kind)
        for name in sorted(repair)
        for kind in JOBS
        if name not in ("target_outliers", "unscaled_targets") or kind == "cut"  # of numbers only
    ],
)
def test_a_prescription_leaves_the_job_as_it_was(name, kind):
    torch.manual_seed(0)
    job = JOBS[kind]()
    module = {k: v.clone() for k, v in job.module.state_dict().items()}
    shape, options, words = repr(job.module), repr(job.options), job.words
    rows = [t.clone() for part in (job.train, job.valid) for t in (*part.inputs, part.target)]
    torch.manual_seed(7)
    before = torch.get_rng_state()
    made = [
        changed
        for subject in SUBJECTS
        for changed in repair[name]().prescribe(
            job, Finding(name=name, subject=subject, evidence=EVIDENCE)
        )
    ]
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(module[k], v) for k, v in job.module.state_dict().items())
    assert (shape, options, words) == (repr(job.module), repr(job.options), job.words)
    assert all(new.words[: len(words)] == words and len(new.words) > len(words) for new in made)
    after = [t for part in (job.train, job.valid) for t in (*part.inputs, part.target)]
    assert all(torch.equal(a, b) for a, b in zip(rows, after, strict=True))


class Signs(nn.Module):
    """Units that are −1 or 1, behind a factor of 50."""

    def __init__(self, bend):
        super().__init__()
        self.a, self.b, self.bend = nn.Linear(4, 6), nn.Linear(6, 1), bend

    def forward(self, x):
        return self.b(self.bend(50 * self.a(x)))


def test_what_is_read_too_loud_is_read_at_size_1():
    net = Signs(torch.tanh)
    graph, _ = graph_of(net, (ROWS,))
    made = levelled(net, graph.amplified())
    ((_, drive),) = graph.amplified()
    assert drive == pytest.approx(50 * graph.operations[0].facts["rms"], rel=1e-3)
    wanted = net.b(torch.tanh(50 * net.a(ROWS) / drive))
    assert torch.allclose(made(ROWS), wanted, rtol=1e-2, atol=1e-3)
    assert graph_of(stack(), (ROWS,))[0].amplified() == []


def test_steps_become_smooth():
    net = Signs(torch.sign)
    found = Finding(name="frozen_layers", subject="a", evidence={"functions": ["sign"]})
    (job,) = repair["frozen_layers"]().prescribe(job_of(net, ROWS, classes=0), found)
    job.module(ROWS).sum().backward()
    assert float(job.module.inner.a.weight.grad.abs().max()) > 0


def test_a_part_of_rows_that_are_in_both_parts_is_held_back():
    train = Rows((torch.arange(200.0).reshape(200, 1),), torch.arange(200.0).reshape(200, 1))
    plain = job_of(nn.Linear(1, 1), ROWS[:, :1], classes=0)
    job = replace(plain, train=train, valid=train.take(torch.arange(20, 200)))
    found = Finding(name="data_leakage", subject="rows", evidence={"copied": 1.0})
    (mended,) = repair["data_leakage"]().prescribe(job, found)
    taught, judged = ({*part.inputs[0][:, 0].tolist()} for part in (mended.train, mended.valid))
    assert len(judged) == 36 and not taught & judged and len(taught | judged) == 200
    assert torch.equal(mended.valid.inputs[0], mended.valid.target)
    few = replace(plain, train=train.take(torch.arange(50)), valid=train)
    assert repair["data_leakage"]().prescribe(few, found) == []


def test_gates_are_set_to_hold_what_they_know_for_as_long_as_the_sequence():
    for kind in (nn.LSTM, nn.GRU):
        torch.manual_seed(0)
        net = nn.Sequential(kind(1, 16, batch_first=True))
        made = remembering(net, 0, 50)
        held = made[0].bias_ih_l0[16:32] + made[0].bias_hh_l0[16:32]
        assert held.min() >= 0 and held.max() <= torch.tensor(50.0).log()
    assert remembering(stack(), 0, 50) is None


class ByHand(nn.Module):
    """A recurrence over what is read and what is known, side by side."""

    def __init__(self):
        super().__init__()
        self.step, self.end = nn.Linear(2 + 16, 16), nn.Linear(16, 3)

    def forward(self, x):
        known = x.new_zeros(len(x), 16)
        for t in range(x.shape[1]):
            known = torch.tanh(self.step(torch.cat([x[:, t], known], dim=1)))
        return self.end(known)


def test_recurrent_weights_written_by_hand_become_orthogonal():
    net = ByHand()
    graph, _ = graph_of(net, (torch.randn(4, 9, 2),))
    made = recalling(net, graph, 0)
    again = made.step.weight[:, 2:]
    assert torch.allclose(again @ again.T, torch.eye(16), atol=1e-5)
    assert torch.equal(made.step.weight[:, :2], net.step.weight[:, :2])
    assert torch.equal(made.end.weight, net.end.weight)
    assert recalling(stack(), graph_of(stack(), (ROWS,))[0], 0) is None


def test_pictures_that_are_known_by_heart_are_moved_and_mirrored():
    job = job_of(nn.Sequential(nn.Flatten(), nn.Linear(36, 3)), torch.randn(16, 1, 6, 6))
    found = Finding(name="overfitting", subject="network", evidence={})
    jobs = repair["overfitting"]().prescribe(job, found)
    assert [[r.name for r in j.options["regularizers"]] for j in jobs] == [
        ["shift"], ["shift", "flip"],
    ]  # fmt: skip
