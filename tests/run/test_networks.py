"""Networks as users write them: what they hold, how they are called, what they write into."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

import bestfit
from bestfit.errors import ConfigError, FolderError, ShapeError, TargetError
from bestfit.metrics import MAE

N = 48
RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(N, 4)).astype(np.float32)
Y = X.sum(axis=1)
CLASS = (Y > 0).astype(np.int64)
PICTURES = RANDOM.integers(0, 256, (N, 2, 6, 6)).astype(np.uint8)


def by_autograd(make, x, y, loss, steps=3, lr=0.1):
    """Full batches and plain gradient descent, in a loop by hand."""
    model = copy.deepcopy(make)
    moved = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(moved, lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(model(x), y).backward()
        optimizer.step()
    return model


def fit(model, train=(X, Y), steps=3, **options):
    return bestfit.fit(
        model, train=train, optimizer="sgd", lr=0.1, batch_size="full", epochs=steps, **options
    )


def same(a, b):
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return all(torch.allclose(x, y, rtol=1e-4, atol=1e-5) for x, y in pairs)


class Shared(nn.Module):
    """A layer that is used twice, a number of its own, and one that is frozen."""

    def __init__(self):
        super().__init__()
        self.size = nn.Parameter(torch.tensor(3), requires_grad=False)
        self.scale = nn.Parameter(torch.tensor(1.5))
        self.layer, self.out = nn.Linear(4, 4), nn.Linear(4, 1)

    def forward(self, x):
        return self.out(torch.tanh(self.layer(self.scale * torch.tanh(self.layer(x)))))


class InPlace(nn.Module):
    """Writes into what it is given."""

    def __init__(self):
        super().__init__()
        self.out = nn.Linear(4, 1)

    def forward(self, x):
        return self.out(x.sub_(1.0))


def tied():
    a, b = nn.Linear(4, 4), nn.Linear(4, 4)
    b.weight = a.weight
    return nn.Sequential(a, nn.Tanh(), b, nn.Tanh(), nn.Linear(4, 1))


def frozen():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    model[0].weight.requires_grad_(False)
    return model


def hooked():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    model[0].weight.register_hook(lambda grad: grad * 0.5)
    return model


def overridden():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    model.forward = lambda x: model[2](torch.sigmoid(model[0](x)))
    return model


@pytest.mark.parametrize("make", [
    Shared, tied, frozen, hooked,
    lambda: nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Sigmoid(), nn.Linear(8, 1)),
    lambda: nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Dropout(0.0), nn.Tanh(), nn.Linear(8, 1)),
    lambda: nn.Sequential(nn.Linear(4, 8), nn.ELU(0.7), nn.Linear(8, 8, bias=False),
                          nn.Linear(8, 1)),
    lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(inplace=True), nn.Linear(8, 1)),
    lambda: nn.Sequential(nn.ReLU(inplace=True), nn.Linear(4, 1)),
])  # fmt: skip
def test_each_is_trained_as_by_autograd(make):
    torch.manual_seed(0)
    model = make()
    x, y = torch.from_numpy(X.copy()), torch.from_numpy(Y)[:, None]
    fitted = fit(lambda: copy.deepcopy(model))
    assert same(fitted.model, by_autograd(model, x, y, nn.functional.mse_loss))


def test_a_forward_of_its_own_is_what_is_trained():
    fitted = bestfit.fit(overridden, train=(X, Y), epochs=2)
    assert fitted.decisions["propagation"] == "autograd"


@pytest.mark.parametrize("convolves", [False, True])
def test_pictures_may_be_viewed_in_their_usual_order(convolves):
    class Viewed(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(2, 2, 3, padding=1) if convolves else nn.Identity()
            self.out = nn.Linear(72, 2)

        def forward(self, x):
            return self.out(self.conv(x).view(x.size(0), -1))

    fitted = bestfit.fit(Viewed, train=(PICTURES, CLASS), epochs=1)
    assert fitted.predict(PICTURES).shape == (N,)


def test_what_it_does_to_its_input_stays_with_it():
    mine, valid = X.copy(), X[:10].copy()
    fitted = bestfit.fit(InPlace, train=(mine, Y), valid=(valid, Y[:10]), epochs=3)
    assert np.array_equal(mine, X) and np.array_equal(valid, X[:10])
    assert np.array_equal(fitted.predict(valid), fitted.predict(valid))


def test_predicting_leaves_it_in_eval_mode():
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 1))
    fitted = bestfit.fit(model, train=(X, Y), epochs=1)
    fitted.predict(X)
    assert not any(part.training for part in fitted.model.modules())


def test_parts_that_are_to_stay_in_eval_mode_stay_so():
    def make():
        model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        model[1].eval().train = lambda mode=True: model[1]
        return model

    fitted = bestfit.fit(make, train=(X, Y), valid=(X, Y), epochs=2)
    assert int(fitted.model[1].num_batches_tracked) == 0


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_other_kinds_of_numbers(tmp_path, dtype):
    make = lambda: nn.Sequential(nn.Linear(4, 8), nn.LayerNorm(8), nn.Linear(8, 3)).to(dtype)  # noqa: E731
    single = dtype != torch.float64  # in which outputs reach a loss
    weights = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float32 if single else dtype)
    loss, labels = nn.CrossEntropyLoss(weight=weights), np.arange(N) % 3
    fitted = bestfit.fit(make, train=(X, labels), loss=loss, epochs=2, out=tmp_path / "out")
    expected = np.float32 if single else np.float64
    assert fitted.predict_proba(X).dtype == expected


def test_layers_that_wait_for_their_first_input(tmp_path):
    make = lambda: nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(1))  # noqa: E731
    found = [bestfit.fit(make, train=(X, Y), epochs=2, compile=False).predict(X) for _ in range(2)]
    assert np.array_equal(*found)
    for _ in range(2):
        bestfit.fit(make, train=(X, Y), epochs=2, out=tmp_path / "out")


@pytest.mark.parametrize("labels", [CLASS, CLASS.astype(bool), CLASS.astype(">i4")])
def test_a_weight_for_the_positive_class(labels):
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0]))
    fitted = bestfit.fit(nn.Linear(4, 1), train=(X, labels), loss=loss, epochs=2)
    assert set(fitted.predict(X)) <= {0, 1}


def test_arrays_of_other_machines_and_of_readers(recwarn):
    frozen_rows = X.astype(">f4")
    frozen_rows.flags.writeable = False
    bestfit.fit(nn.Linear(4, 1), train=(frozen_rows, Y.astype(">f8")), epochs=1)
    assert not recwarn.list


def double(p, y):
    return 2 * (p - y).square().mean()


@pytest.mark.parametrize("loss", [double, lambda p, y: (p - y).abs().mean(), nn.MSELoss()])
def test_the_same_call_goes_on_with_a_loss_of_ones_own(tmp_path, loss):
    first = bestfit.fit(nn.Linear(4, 1), train=(X, Y), loss=loss, epochs=2, out=tmp_path / "o")
    again = bestfit.fit(nn.Linear(4, 1), train=(X, Y), loss=loss, epochs=2, out=tmp_path / "o")
    assert first.metrics == again.metrics


@pytest.mark.parametrize("change", [
    {"loss": nn.CrossEntropyLoss(weight=torch.tensor([5.0, 1.0]))},
    {"valid": (X[:10], CLASS[:10])},
    {"make_model": nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))},
])  # fmt: skip
def test_another_loss_network_or_judge_does_not_go_on_with_what_was_saved(tmp_path, change):
    given = {
        "make_model": nn.Sequential(nn.Linear(4, 1), nn.Tanh(), nn.Linear(1, 2)),
        "loss": nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0])),
        "train": (X, CLASS), "valid": (X, CLASS), "epochs": 2, "out": tmp_path / "out",
    }  # fmt: skip
    bestfit.fit(**given)
    with pytest.raises(FolderError, match="another"):
        bestfit.fit(**{**given, **change})


@pytest.mark.parametrize(("options", "said"), [
    ({"precision": "half"}, "precision"),
    ({"microbatch": -5}, "microbatch"),
    ({"clip_norm": -1}, "clip_norm"),
    ({"patience": 0}, "patience"),
    ({"batch_size": 2.5}, "batch_size"),
    ({"epochs": "3"}, "epochs"),
    ({"seed": -1}, "seed"),
    ({"lr": float("nan")}, "lr"),
    ({"optimizer": torch.optim.Adam}, "optimizer"),
    ({"metric": 3}, "metric"),
    ({"regularizers": [3]}, "regularizer"),
])  # fmt: skip
def test_an_option_that_cannot_be_is_named(options, said):
    with pytest.raises(ConfigError, match=said):
        bestfit.fit(nn.Linear(4, 1), train=(X, Y), **options)


def test_components_are_taken_as_they_are():
    fitted = bestfit.fit(
        nn.Linear(4, 1), train=(X, Y), metric=MAE(), regularizers="noise", epochs=1
    )
    assert "valid_mae" in fitted.metrics


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 1)

    def forward(self, x):
        return self.a(x), x


class Deaf(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 1)

    def forward(self, x):
        return x.sum(dim=1)


@pytest.mark.filterwarnings("ignore:Complex modules")
@pytest.mark.parametrize(("make", "train", "error"), [
    (Pair, (X, Y), ShapeError),
    (Deaf, (X, Y), ConfigError),
    (lambda: nn.Linear(4, 1).to(torch.complex64), (X, Y), ConfigError),
    (lambda: nn.Sequential(nn.Embedding(9, 2, sparse=True), nn.Flatten(), nn.Linear(8, 1)),
     (np.abs(X).astype(np.int64), Y), ConfigError),
    (lambda: frozen()[0].requires_grad_(False), (X, Y), ConfigError),
    (nn.Linear(4, 2), (X[:0], CLASS[:0]), ShapeError),
])  # fmt: skip
def test_a_network_that_cannot_be_trained_is_refused_in_one_line(make, train, error):
    with pytest.raises(error) as caught:
        bestfit.fit(make, train=train)
    assert "\n" not in str(caught.value)


def test_a_label_that_was_never_trained_on_is_named():
    with pytest.raises(TargetError, match="label 7"):
        bestfit.fit(nn.Linear(4, 2), train=(X, CLASS), valid=(X[:2], [0, 7]), epochs=1)
