"""Networks of the user's own: as a plain loop of torch trains them, and as a run keeps them."""

import json
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest
import torch
from torch import nn

import bestfit
from bestfit.errors import ConfigError, InputError, MachineError, ShapeError, TargetError
from bestfit.losses import Huber
from bestfit.optimizers import AdamW
from bestfit.rng import seed_of

N = 96
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(N, 4)).astype(np.float32)
Y = (X.sum(axis=1) + 0.1 * RANDOM.normal(size=N)).astype(np.float32)
CLASS = (Y > 0).astype(np.int64)
PICTURES = RANDOM.integers(0, 256, (N, 2, 6, 6)).astype(np.uint8)


def stack(outputs=1, dropout=0.0):
    layers = [nn.Linear(4, 16), nn.ReLU(), nn.Dropout(dropout), nn.Linear(16, outputs)]
    return nn.Sequential(*layers)


class Net(nn.Module):
    """Nothing that a chain could do: norms, a skip, dropout, two ways in."""

    def __init__(self, outputs=1):
        super().__init__()
        self.a, self.norm, self.b = nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 8)
        self.drop, self.out = nn.Dropout(0.2), nn.Linear(8, outputs)

    def forward(self, x):
        h = torch.relu(self.norm(self.a(x)))
        return self.out(self.drop(h + torch.tanh(self.b(h))))


def conv():
    layers = [nn.Conv2d(2, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(64, 2)]
    return nn.Sequential(*layers)


def weights(fitted):
    return torch.cat([t.flatten().double() for t in fitted.model.state_dict().values()])


@pytest.mark.parametrize(
    "make", [stack, lambda: nn.Sequential(stack(8), nn.LayerNorm(8), nn.Linear(8, 1))]
)
@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_it_takes_the_steps_of_a_plain_loop(make, name):
    """Full batches, so that the order of the rows does not matter."""
    lr = 0.01
    fitted = bestfit.fit(make, train=(X, Y), optimizer=name, lr=lr, epochs=7, batch_size="full")
    with torch.random.fork_rng():
        torch.manual_seed(seed_of(0, "init"))
        model = make()
    kind = torch.optim.Adam if name == "adam" else torch.optim.SGD
    optimizer, x, y = kind(model.parameters(), lr=lr), torch.from_numpy(X), torch.from_numpy(Y)
    for _ in range(7):
        optimizer.zero_grad()
        nn.functional.mse_loss(model(x)[:, 0], y).backward()
        optimizer.step()
    expected = torch.cat([t.flatten().double() for t in model.state_dict().values()])
    assert torch.allclose(weights(fitted), expected, rtol=1e-3, atol=1e-4)


def test_targets_tell_the_task():
    assert "valid_rmse" in bestfit.fit(stack, train=(X, Y), epochs=1).metrics
    binary = bestfit.fit(stack, train=(X, CLASS), epochs=30, lr=0.01)
    assert binary.metrics["valid_auc"] > 0.9
    assert (binary.predict(X) == CLASS).mean() > 0.85
    assert binary.predict_proba(X).shape == (N, 2)
    words = np.array(["no", "yes"])[CLASS]
    named = bestfit.fit(lambda: stack(2), train=(X, words), epochs=30, lr=0.01)
    assert (named.predict(X) == words).mean() > 0.85
    with pytest.raises(ConfigError):
        bestfit.fit(stack, train=(X, Y), epochs=1).predict_proba(X)


@pytest.mark.parametrize("loss", [
    "mae", Huber(delta=0.5), nn.MSELoss(), nn.L1Loss(), nn.SmoothL1Loss(),
    lambda p, y: (p - y).square().mean(), lambda p, y: (p - y).abs()[:, 0],
])  # fmt: skip
@pytest.mark.parametrize("make", [stack, Net])
def test_losses_of_every_kind(make, loss):
    before = bestfit.fit(make, train=(X, Y), loss=loss, epochs=1, lr=1e-9)
    after = bestfit.fit(make, train=(X, Y), loss=loss, epochs=40, lr=0.01)
    assert after.metrics["train_loss"] < 0.5 * before.metrics["train_loss"]


def test_a_loss_of_classes_from_torch():
    fitted = bestfit.fit(lambda: stack(2), train=(X, CLASS), loss=nn.CrossEntropyLoss(), epochs=20)
    weighted = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0]))
    other = bestfit.fit(lambda: stack(2), train=(X, CLASS), loss=weighted, epochs=20)
    assert other.predict(X).mean() > fitted.predict(X).mean()


def test_several_numbers_a_row_and_several_inputs():
    fitted = bestfit.fit(lambda: stack(2), train=(X, np.stack([Y, -Y], 1)), epochs=30, lr=0.01)
    assert fitted.predict(X).shape == (N, 2) and fitted.metrics["valid_rmse"] < 0.7

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.out = nn.Embedding(3, 2), nn.Linear(6, 1)

        def forward(self, x, codes):
            return self.out(torch.cat([x, self.table(codes)], 1))

    codes = RANDOM.integers(0, 3, N)
    fitted = bestfit.fit(Two, train=((X, codes), Y), epochs=5)
    assert fitted.predict((X, codes)).shape == (N,)


def test_the_weights_of_the_best_look_are_kept_and_training_may_stop_early():
    noise = (X, RANDOM.normal(size=N).astype(np.float32))
    other = (X[::-1].copy(), RANDOM.normal(size=N).astype(np.float32))
    fitted = bestfit.fit(stack, train=noise, valid=other, epochs=200, lr=0.05, patience=3)
    losses = fitted.history.series("valid_rmse")
    assert len(losses) < 60
    assert fitted.metrics["valid_rmse"] == min(value for _, value in losses)
    found = float(np.sqrt(np.mean((fitted.predict(other[0]) - other[1]) ** 2)))
    assert found == pytest.approx(fitted.metrics["valid_rmse"], rel=1e-5)


def test_regularizers_change_pictures_before_the_network_flattens_them():
    def flat():
        return nn.Sequential(nn.Flatten(), nn.LazyLinear(2))

    fits = [
        bestfit.fit(flat, train=(PICTURES, CLASS), epochs=2, seed=0, regularizers=kinds)
        for kinds in ((), ("flip",))
    ]
    assert not torch.equal(*(fitted.model[1].weight for fitted in fits))


def test_pictures_stay_bytes_and_are_changed_by_regularizers():
    kinds = ["flip", bestfit.regularizers["shift"](pixels=1), "cutout"]
    fitted = bestfit.fit(conv, train=(PICTURES, CLASS), epochs=2, regularizers=kinds)
    plain = bestfit.fit(conv, train=(PICTURES, CLASS), epochs=2)
    assert not torch.equal(weights(fitted), weights(plain))
    assert fitted.predict(PICTURES).shape == (N,)
    weight = fitted.model[0].weight
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_the_same_seed_gives_the_same_bits_whatever_torch_has_drawn_before():
    torch.manual_seed(5)
    one = bestfit.fit(Net, train=(X, Y), epochs=3, seed=1)
    state = torch.get_rng_state()
    torch.rand(7)
    two = bestfit.fit(Net, train=(X, Y), epochs=3, seed=1)
    assert torch.equal(weights(one), weights(two))
    torch.set_rng_state(state)
    bestfit.fit(Net, train=(X, Y), epochs=1)
    assert torch.equal(torch.get_rng_state(), state), "and what it draws disturbs nobody"
    assert not torch.equal(weights(one), weights(bestfit.fit(Net, train=(X, Y), epochs=3, seed=2)))


def test_a_module_that_is_handed_over_stays_as_it_was():
    module = stack()
    before = module[0].weight.detach().clone()
    bestfit.fit(module, train=(X, Y), epochs=2)
    assert torch.equal(module[0].weight, before)


def test_the_model_can_be_trained_and_saved_by_others():
    fitted = bestfit.fit(lambda: stack(dropout=0.1), train=(X, Y), epochs=2)
    storages = {p.untyped_storage().data_ptr() for p in fitted.model.parameters()}
    assert len(storages) == len(list(fitted.model.parameters()))
    assert not fitted.model.training and all(p.grad is None for p in fitted.model.parameters())
    fitted.model.train()
    fitted.model(torch.from_numpy(X)).sum().backward()


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.parametrize("make", [stack, Net])
def test_lower_precision_learns_as_well(make, precision):
    fitted = bestfit.fit(make, train=(X, Y), epochs=60, lr=0.01, precision=precision)
    assert fitted.metrics["valid_rmse"] < 0.6
    assert all(p.dtype == torch.float32 for p in fitted.model.parameters())


def test_a_scale_that_overflows_is_halved_and_the_steps_are_counted():
    huge = (X, 100 * Y)
    fitted = bestfit.fit(stack, train=huge, epochs=10, precision="float16", lr=0.01)
    skipped = fitted.findings[0]["evidence"]["skipped_steps"]
    assert fitted.findings[0]["name"] == "exploding_gradient" and 0 < skipped < 15
    assert bool(weights(fitted).isfinite().all())


@pytest.mark.parametrize(
    "make", [stack, lambda: nn.Sequential(stack(8), nn.Tanh(), nn.Flatten(0, 0), nn.Linear(8, 1))]
)
def test_fewer_rows_at_a_time_give_the_same_answer(make):
    whole = bestfit.fit(make, train=(X, Y), epochs=5, batch_size=48, lr=0.01)
    for rows in (1, 7, 16, 47):
        parts = bestfit.fit(make, train=(X, Y), epochs=5, batch_size=48, lr=0.01, microbatch=rows)
        assert torch.allclose(weights(whole), weights(parts), rtol=1e-5, atol=1e-5)


def starved(monkeypatch, kind, rows, seen):
    """Forward passes of more than some rows find no memory."""
    forward = kind.forward

    def short(self, encoded, masks):
        seen.append(len(encoded[0]))
        if len(encoded[0]) > rows:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return forward(self, encoded, masks)

    monkeypatch.setattr(kind, "forward", short)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_when_memory_runs_out_no_step_is_lost(monkeypatch, dropout):
    from bestfit.models import Chain

    options = {"train": (X, Y), "epochs": 4, "batch_size": 48, "lr": 0.01}
    whole = bestfit.fit(lambda: stack(dropout=dropout), **options)
    seen = []
    starved(monkeypatch, Chain, 13, seen)
    parts = bestfit.fit(lambda: stack(dropout=dropout), **options)
    assert torch.allclose(weights(whole), weights(parts), rtol=1e-5, atol=1e-5)
    assert seen[:3] == [48, 24, 12] and max(seen[3:]) == 12, "what fits is remembered"
    assert parts.history.series("train_loss")[-1][0] == 8


def test_statistics_of_rows_that_are_tried_again_are_taken_once(monkeypatch):
    from bestfit.models import Autograd

    seen = []
    starved(monkeypatch, Autograd, 30, seen)
    fitted = bestfit.fit(conv, train=(PICTURES, CLASS), batch_size=48, epochs=3, compile=False)
    assert seen[:3] == [48, 24, 24]
    assert int(fitted.model[2].num_batches_tracked) == len(seen) - 1


def test_no_memory_for_a_single_row_is_the_machines_fault(monkeypatch):
    from bestfit.models import Autograd

    starved(monkeypatch, Autograd, 0, [])
    with pytest.raises(MachineError, match="out of memory"):
        bestfit.fit(Net, train=(X, Y), epochs=1)


def test_memory_that_is_really_short(tmp_path):
    """A limit on the address space, and a step whose rows do not fit into it at once."""
    code = """
    import resource, sys, numpy as np, torch, bestfit
    from torch import nn
    torch.set_num_threads(1)
    rows, width = 60_000, 1024
    X = np.random.default_rng(0).normal(size=(rows, 4)).astype(np.float32)
    make = lambda: nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, 1))
    options = dict(train=(X, X.sum(1)), batch_size="full", epochs=2, lr=0.01)
    few = dict(train=(X[:64], X[:64].sum(1)), batch_size="full", epochs=1)
    bestfit.fit(make, **few)  # everything is loaded, and the threads are there
    if sys.argv[1] == "short":
        with open("/proc/self/statm") as f:
            used = int(f.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (150 << 20),) * 2)
    fitted = bestfit.fit(make, **options)
    print(fitted.decisions["microbatch"], float(fitted.model[0].weight.double().sum()))
    """
    found = []
    for word in ("ample", "short"):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), word], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        found.append(done.stdout.split())
    assert found[0][0] == "None" and int(found[1][0]) < 60_000
    assert float(found[0][1]) == pytest.approx(float(found[1][1]), rel=1e-5)


def script(folder, epochs=150):
    code = f"""
    import sys, time
    sys.path.insert(0, {str(__file__.rpartition("/")[0])!r})
    import torch, bestfit
    from test_module import CLASS, PICTURES, X, Y, Net, conv
    from bestfit.cli.app import explain
    torch.set_num_threads(1)
    try:
        fitted = bestfit.fit(conv, train=(PICTURES, CLASS), valid=(PICTURES[:30], CLASS[:30]),
            epochs={epochs}, regularizers=["flip"], batch_size=16, out={str(folder)!r})
    except bestfit.Stopped as error:
        print(error, file=sys.stderr)
        sys.exit(explain(error)[1])
    print(sum(float(t.double().sum()) for t in fitted.model.state_dict().values()).hex())
    """
    return [sys.executable, "-c", textwrap.dedent(code)]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "a"
    whole = subprocess.run(script(folder), capture_output=True, text=True)
    assert whole.returncode == 0, whole.stderr
    return whole.stdout


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_training_goes_on_where_it_was(tmp_path, number, uninterrupted):
    child = subprocess.Popen(script(tmp_path / "b"), stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not (tmp_path / "b" / "history.sqlite").exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.4)
    child.send_signal(number)
    _, said = child.communicate(timeout=30)
    assert child.returncode == (-9 if number == signal.SIGKILL else 128 + number), said
    saved = tmp_path / "b" / "checkpoint" / "checkpoint.json"
    assert (number == signal.SIGKILL) or json.loads(saved.read_bytes())["step"] > 0
    again = subprocess.run(script(tmp_path / "b"), capture_output=True, text=True)
    assert again.stdout == uninterrupted, again.stderr


@pytest.mark.parametrize(
    ("train", "options", "error"),
    [
        ((X, Y), {"loss": "nope"}, ConfigError),
        ((X, Y), {"loss": 3}, ConfigError),
        ((X, Y), {"epochs": 0}, ConfigError),
        ((X, Y), {"batch_size": 0}, ConfigError),
        ((X, Y), {"optimizr": "adam"}, ConfigError),
        ((X, Y), {"lr": -1.0}, ConfigError),
        ((X, Y), {"metric": "auc"}, ConfigError),
        ((X, Y), {"regularizers": ["flip"]}, ShapeError),
        ((X, Y), {"loss": lambda p, y: torch.zeros(3)}, ShapeError),
        ((X, Y[:5]), {}, ShapeError),
        ((X[:, :3], Y), {}, ShapeError),
        (("abc", Y), {}, ShapeError),
        ((X, np.full(N, np.nan)), {}, TargetError),
        ((X, np.arange(N)), {}, TargetError),
        ((X, np.stack([Y, Y], 1)), {}, TargetError),
        ((X, CLASS), {"loss": "cross_entropy"}, TargetError),
    ],
)
def test_what_is_wrong_is_said_in_one_line(train, options, error):
    with pytest.raises(error) as caught:
        bestfit.fit(stack, train=train, **{"epochs": 1, **options})
    assert isinstance(caught.value, InputError) and "\n" not in str(caught.value)


def test_components_carry_their_own_numbers():
    rule = AdamW(lr=0.0123, weight_decay=0.0)
    one = bestfit.fit(stack, train=(X, Y), epochs=2, optimizer=rule)
    two = bestfit.fit(stack, train=(X, Y), epochs=2, optimizer="adamw", lr=0.0123, weight_decay=0.0)
    assert torch.equal(weights(one), weights(two))


def without_draws():
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.GELU(), nn.Linear(8, 1))


@pytest.mark.filterwarnings("ignore")  # of torch's compiler
def test_torch_compiles_where_that_is_measured_to_pay(tmp_path, monkeypatch):
    from bestfit.run import compiling

    options = {"train": (X, Y), "epochs": 2, "batch_size": 16, "optimizer": "sgd"}
    plain = bestfit.fit(without_draws, **options)
    assert (
        plain.decisions["compile"]["used"] is False and "600 s" in plain.decisions["compile"]["why"]
    )
    monkeypatch.setattr(compiling, "LEAST_S", 0.0)
    for gain, used in ((1e9, True), (0.0, False)):
        monkeypatch.setattr(compiling, "GAIN", gain)
        tried = bestfit.fit(without_draws, out=tmp_path / str(used), **options)
        assert tried.decisions["compile"]["used"] is used
        assert tried.decisions["compile"]["compiled_s"] > 0
        assert torch.allclose(weights(plain), weights(tried), rtol=1e-4, atol=1e-6)
        if not used:
            assert torch.equal(weights(plain), weights(tried)), "the trial leaves no trace"
    monkeypatch.setattr(compiling, "GAIN", 0.0)
    again = bestfit.fit(without_draws, out=tmp_path / "True", **options)
    assert again.decisions["compile"]["used"], "what the clock decided once is kept"


def test_a_network_that_cannot_be_compiled_is_trained_as_it_is(monkeypatch):
    def broken(call):
        raise RuntimeError("no working C++ compiler\nfound")

    plain = bestfit.fit(Net, train=(X, Y), epochs=1)
    monkeypatch.setattr(torch, "compile", broken)
    tried = bestfit.fit(Net, train=(X, Y), epochs=1, compile=True)
    assert "cannot be compiled: no working C++ compiler found" in tried.decisions["compile"]["why"]
    assert torch.equal(weights(plain), weights(tried))


def test_a_plain_stack_has_nothing_to_compile():
    found = bestfit.fit(stack, train=(X, Y), epochs=1, compile=True).decisions
    assert found["propagation"] == "chain" and found["compile"]["used"] is False
