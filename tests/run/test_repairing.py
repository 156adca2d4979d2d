"""Networks that are ill, and one that is not: diagnosed, repaired, and proved."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

import bestfit
from bestfit.batching import Rows
from bestfit.diagnoses import Finding
from bestfit.errors import ConfigError, ShapeError
from bestfit.metrics import Accuracy
from bestfit.run import late
from bestfit.run.events import Clock
from bestfit.run.look import Look
from bestfit.run.race import Race
from bestfit.run.repairing import Repairing
from bestfit.run.trial import Gain
from bestfit.table import Target


def rows(n, seed):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 6)).astype(np.float32)
    return X, (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(np.int64)


def numbers(n, seed):
    X, _ = rows(n, seed)
    return X, (X[:, 0] + X[:, 1] ** 2).astype(np.float32)


def net(out=2, last=None, act=nn.ReLU, depth=2, start=None):
    layers, width = [], 6
    for _ in range(depth):
        layers += [nn.Linear(width, 32), act()]
        width = 32
    made = nn.Sequential(*layers, nn.Linear(width, out), *([last] if last else []))
    if start is not None:
        for p in made.parameters():
            nn.init.constant_(p, start)
    return made


CLASSES = {"loss": "cross_entropy", "lr": 3e-3, "epochs": 20, "metric": "accuracy"}
NUMBERS = {"loss": "mse", "lr": 3e-3, "epochs": 20, "metric": "r2"}


def fit(make, of=rows, train=None, **options):
    return bestfit.fit(
        make, train=train or of(600, 0), valid=of(300, 1), optimizer="adam", batch_size=32,
        **options,
    )  # fmt: skip


def good(result, of=rows):
    """Accuracy or R² on fresh rows."""
    X, y = of(500, 2)
    found = result.predict(X)
    if y.dtype.kind == "i":
        return float((found == y).mean())
    return 1 - float(np.square(found - y).mean() / y.var())


def names(result):
    return {finding["name"] for finding in result.findings}


def test_what_was_treated_is_looked_at_less_often_than_each_of_many_epochs():
    def looks(**options):
        result = fit(net, **CLASSES | {"epochs": 60, "lr": 20.0} | options, repair=True)
        kept = [attempt for attempt in result.attempts if attempt["kept"]]
        assert kept[-1]["changes"] and kept[-1]["steps"] == kept[-1]["of"]
        return len(kept[-1]["course"])

    assert looks() == 20  # each third
    assert looks(patience=50) == 60  # which are counted


def test_a_healthy_network_ends_as_if_nobody_had_looked():
    plain, watched = (fit(net, **CLASSES, repair=repair) for repair in (False, True))
    assert watched.findings == []
    same = zip(plain.model.parameters(), watched.model.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in same)
    assert watched.attempts[0]["kept"] and not watched.attempts[0]["changes"]


SICK = {
    "learning_rate_too_high": (net, {**CLASSES, "lr": 1.0}),
    "learning_rate_too_low": (net, {**CLASSES, "lr": 1e-6}),
    "wrong_output_activation": (lambda: net(last=nn.Softmax(dim=1)), {**CLASSES, "lr": 1e-3}),
    "bad_initialisation": (lambda: net(start=0.0), CLASSES),
    "vanishing_gradient": (lambda: net(act=nn.Sigmoid, depth=9), {**CLASSES, "lr": 1e-3}),
    "missing_activation": (lambda: net(act=nn.Identity), CLASSES),
    "wrong_loss": (lambda: net(out=1), CLASSES),
}


@pytest.mark.parametrize("name", SICK)
def test_the_cause_is_named_and_removed(name):
    make, options = SICK[name]
    result = fit(make, **options, repair=True)
    assert name in names(result)
    assert good(result) > 0.85
    assert all(f["repair"] and f["step"] <= result.attempts[0]["of"] for f in result.findings)
    assert result.predict_proba(rows(10, 3)[0]).shape == (10, 2)


def test_inputs_in_raw_units_are_scaled_also_when_predicting():
    def raw(n, seed):
        X, y = rows(n, seed)
        return X * 1e4, y

    result = fit(net, raw, **{**CLASSES, "epochs": 10}, repair=True)
    assert "unscaled_inputs" in names(result) and good(result, raw) > 0.85


def test_targets_in_raw_units_are_scaled_and_turned_back():
    def raw(n, seed):
        X, y = numbers(n, seed)
        return X, y * 1e5

    result = fit(lambda: net(out=1), raw, **NUMBERS, repair=True)
    assert names(result) == {"unscaled_targets"} and good(result, raw) > 0.85


def large_counts(n, seed):
    X, y = numbers(n, seed)
    return X, (2e5 * (y - numbers(2000, 9)[1].min() + 1)).clip(min=0).astype(np.float32)


def test_large_targets_whose_logarithms_are_learnt_are_divided_by_their_mean():
    result = fit(lambda: net(out=1), large_counts, **{**NUMBERS, "loss": "poisson"}, repair=True)
    assert "unscaled_targets" in names(result) and good(result, large_counts) > 0.85


def test_a_loss_of_logarithms_may_give_way_to_another():
    """Predictions are no longer powers of e."""

    def counts(n, seed):
        X, y = large_counts(n, seed)
        return X, y / 2e5

    options = {**NUMBERS, "loss": "poisson"}
    result = fit(lambda: net(out=1, last=nn.Sigmoid()), counts, **options, repair=True)
    assert "wrong_output_activation" in names(result) and good(result, counts) > 0.85


def test_large_targets_and_a_large_step_are_mended_together():
    """Where each alone makes nothing better."""

    def raw(n, seed):
        X, y = numbers(n, seed)
        return X, 5e4 * y + 2e5

    result = fit(lambda: net(out=1, depth=3), raw, **{**NUMBERS, "lr": 1.0}, repair=True)
    assert {"unscaled_targets", "learning_rate_too_high"} <= names(result)
    assert good(result, raw) > 0.85


def test_two_epochs_of_tiny_steps_become_more_of_usual_ones():
    result = fit(net, **{**CLASSES, "lr": 1e-5, "epochs": 2}, repair=True)
    assert {"too_few_epochs", "learning_rate_too_low"} <= names(result)
    assert good(result) > 0.8


def test_a_bounded_output_for_numbers_without_bound():
    result = fit(lambda: net(out=1, last=nn.Sigmoid()), numbers, **NUMBERS, repair=True)
    assert "wrong_output_activation" in names(result) and good(result, numbers) > 0.85


@pytest.mark.parametrize("where", ["inputs", "targets"])
def test_gaps_are_filled_or_left_out(where):
    X, y = numbers(600, 0)
    (X if where == "inputs" else y)[::40] = np.nan
    result = fit(lambda: net(out=1), numbers, train=(X, y), **NUMBERS, repair=True)
    assert "nonfinite_data" in names(result) and good(result, numbers) > 0.8


def test_copies_of_validation_rows_are_left_out():
    (X, y), (Xv, yv) = rows(600, 0), rows(300, 1)
    both = np.concatenate([X, Xv]), np.concatenate([y, yv])
    result = fit(net, train=both, **CLASSES, repair=True)
    assert "data_leakage" in names(result)
    assert "left out 300" in result.findings[0]["repair"]


def test_the_same_seed_tells_the_same_story():
    one, other = (fit(net, **{**CLASSES, "lr": 1.0}, repair=True) for _ in range(2))
    assert one.findings == other.findings and one.attempts == other.attempts
    X, _ = rows(50, 3)
    assert np.array_equal(one.predict_proba(X), other.predict_proba(X))


def test_without_validation_rows_some_are_held_back():
    options = {**CLASSES, "lr": 1.0}
    result = bestfit.fit(net, train=rows(800, 0), optimizer="adam", **options, repair=True)
    assert "learning_rate_too_high" in names(result) and good(result) > 0.8


def test_what_cannot_be_understood_is_still_refused():
    with pytest.raises(bestfit.errors.InputError):
        bestfit.fit(net, train=(np.zeros((10, 5)), np.zeros(10)), **CLASSES, repair=True)


class ThroughNumPy(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 8), nn.Linear(8, 2)

    def forward(self, x):
        return self.last(torch.from_numpy(self.first(x).relu().numpy()))


@pytest.mark.parametrize("repair", [False, True])
def test_a_network_that_leaves_torch_is_refused_in_one_line(repair):
    with pytest.raises(ConfigError, match="forward leaves torch for NumPy"):
        fit(ThroughNumPy, **CLASSES, repair=repair)


def test_a_step_size_that_falls_on_a_plateau_keeps_what_the_optimizer_knows():
    X, y = numbers(300, 0)
    for optimizer in ("adam", "lbfgs", "momentum"):
        result = bestfit.fit(
            lambda: net(out=1), train=(X, y), valid=(X, y), optimizer=optimizer, epochs=30,
            schedule="reduce_on_plateau", lr=1.0 if optimizer == "lbfgs" else 0.03,
        )  # fmt: skip
        assert np.isfinite(result.metrics["train_loss"])


def test_next_to_no_epochs_are_made_more_and_what_else_is_wrong_is_found_in_them():
    short = {**CLASSES, "epochs": 1}
    plain = fit(net, **short)
    result = fit(net, **short, repair=True)
    assert "too_few_epochs" in names(result)
    assert good(result) > good(plain) + 0.1


def test_a_training_that_was_only_too_short_goes_on_where_it_ended():
    plain, more = fit(net, **{**CLASSES, "epochs": 2}, repair=True).attempts
    assert more["kept"] and more["steps"] + plain["steps"] == 5 * plain["steps"]


class Pairs(nn.Module):
    """How far what is known of one thing goes with what is known of another."""

    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Embedding(60, 8), nn.Embedding(60, 8)
        for table in (self.one, self.other):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, x):
        return (self.one(x[:, 0]) * self.other(x[:, 1])).sum(dim=1, keepdim=True)


def test_a_training_that_ends_before_it_has_begun_to_learn_is_too_short(monkeypatch):
    monkeypatch.setattr(late.Late, "_gains", lambda *_: 0.0)  # a moment more shows nothing yet
    known = np.random.default_rng(0).normal(size=(2, 60, 4))

    def pairs(n, seed):
        X = np.random.default_rng(seed).integers(0, 60, (n, 2))
        return X, (known[0][X[:, 0]] * known[1][X[:, 1]]).sum(axis=1).astype(np.float32)

    options = {**NUMBERS, "epochs": 3, "lr": 1e-3, "of": pairs, "train": pairs(4000, 0)}
    plain, repaired = (fit(Pairs, **options, repair=repair) for repair in (False, True))
    assert names(repaired) == {"too_few_epochs"}
    assert good(plain, pairs) < 0.05 and good(repaired, pairs) > 0.4


def test_faults_that_only_help_together_are_treated_together():
    def scaled(n, seed):
        X, y = numbers(n, seed)
        return 1e-4 * X, 1e4 * y

    plain, result = (fit(net_of_one, of=scaled, **NUMBERS, repair=on) for on in (False, True))
    assert {"unscaled_inputs", "unscaled_targets"} <= names(result)
    assert good(result, scaled) > 0.8 > good(plain, scaled)


def net_of_one():
    return net(out=1)


def test_an_rnn_that_cannot_remember_is_given_gates():
    def first(n, seed):
        random = np.random.default_rng(seed)
        X = random.normal(size=(n, 50, 1)).astype(np.float32)
        return X, (X[:, 0, 0] > 0).astype(np.int64)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.head = nn.RNN(1, 16, batch_first=True), nn.Linear(16, 2)

        def forward(self, x):
            return self.head(self.cell(x)[0][:, -1])

    options = {**CLASSES, "lr": 0.01, "epochs": 8}
    plain, result = (fit(Net, of=first, **options, repair=on) for on in (False, True))
    assert names(result) == {"vanishing_gradient"}
    assert good(result, first) > good(plain, first) + 0.1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"repair": "yes"}, "repair must be True or False"),
        ({"repair": True, "out": "somewhere"}, "out does not go with repair"),
        ({"repair": True, "compile": True}, "compile does not go with repair"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_line(options, said):
    with pytest.raises(bestfit.InputError, match=said) as caught:
        fit(net, **CLASSES, **options)
    assert "\n" not in str(caught.value)


def test_findings_say_when_they_could_first_be_seen():
    result = fit(net, **{**CLASSES, "lr": 3.0}, repair=True)
    (finding,) = [f for f in result.findings if f["name"] == "learning_rate_too_high"]
    assert finding["step"] <= 0.1 * 20 * (600 // 32)


def test_a_loss_of_probabilities_on_logits_is_mended_where_classes_come_as_numbers():
    def floats(n, seed):
        X, y = rows(n, seed)
        return X, y.astype(np.float32)

    result = fit(net_of_one, of=floats, **{**CLASSES, "loss": nn.BCELoss()}, repair=True)
    assert "wrong_loss" in names(result)
    X, y = floats(500, 2)
    assert float((result.predict(X) == y).mean()) > 0.85


def test_markers_among_the_targets_judge_nothing():
    def marked(n, seed):
        X, y = numbers(n, seed)
        y[::25] = -999.0
        return X, y

    result = fit(net_of_one, of=marked, **NUMBERS, repair=True)
    assert "target_outliers" in names(result)
    assert good(result, numbers) > 0.8


def test_a_column_that_says_nearly_all_is_believed():
    def lagged(n, seed):
        X, y = numbers(n, seed)
        random = np.random.default_rng(seed + 10)
        X[:, 5] = y + 0.15 * y.std() * random.normal(size=n)
        return X, y

    result = fit(net_of_one, of=lagged, **NUMBERS, repair=True)
    assert "data_leakage" not in names(result) and good(result, lagged) > 0.95


def test_a_linear_network_before_what_bends_is_too_small():
    def rings(n, seed):
        X, _ = rows(n, seed)
        return X, (X[:, 0] ** 2 + X[:, 1] ** 2 > 1.4).astype(np.int64)

    result = fit(lambda: nn.Linear(6, 2), of=rings, **CLASSES, repair=True)
    assert names(result) == {"underfitting"}
    assert good(result, rings) > 0.9


def slips(n, seed):
    """Every thirtieth target has lost its comma, among the rows that judge as well."""
    X, y = numbers(n, seed)
    y[::30] -= 60
    return X, y


def test_slips_among_the_targets_that_judge_do_not_decide_alone():
    result = fit(net_of_one, of=slips, **NUMBERS, repair=True)
    assert "target_outliers" in names(result) and good(result, numbers) > 0.8


def towns(n, seed):
    """One row in twenty is of another kind, which its inputs tell."""
    X, y = numbers(n, seed)
    X[::20, 3] += 8
    y[::20] -= 60
    return X, y


def test_far_targets_that_can_be_foreseen_are_left_alone():
    result = fit(net_of_one, of=towns, **NUMBERS, repair=True)
    assert "target_outliers" not in names(result) and good(result, towns) > 0.8


def wide(n, seed):
    """Three of a hundred columns say the number."""
    X = np.random.default_rng(seed).normal(size=(n, 100)).astype(np.float32)
    return X, (X[:, 3] + X[:, 40] - X[:, 77]).astype(np.float32)


def test_more_columns_than_rows_can_bear_are_made_fewer():
    def make():
        return nn.Sequential(nn.Linear(100, 128), nn.ReLU(), nn.Linear(128, 1))

    options = {**NUMBERS, "lr": 1e-3, "epochs": 40, "train": wide(150, 0), "of": wide}
    plain, repaired = (fit(make, **options, repair=repair) for repair in (False, True))
    (finding,) = repaired.findings
    assert finding["name"] == "overfitting" and "of 100 columns" in finding["repair"]
    assert good(plain, wide) < 0.8 < 0.95 < good(repaired, wide)


def later(n, seed):
    X, _ = rows(n, seed)
    y = (X[:, 0] * X[:, 1] + X[:, 2] > 0.5).astype(np.int64)
    X[:, 5] = 0.0
    return X, y


def foretold(n, seed):
    """The same, with a column that was filled in after the event."""
    X, y = later(n, seed)
    X[:, 5] = 2.0 * y - 1 + 0.1 * np.random.default_rng(seed).normal(size=n)
    return X, y


def test_a_column_filled_in_after_the_event_is_taken_away():
    result = fit(net, of=foretold, **CLASSES, repair=True)
    assert names(result) == {"data_leakage"} and "column 5" in result.findings[0]["repair"]
    assert good(result, later) > 0.85


def test_rows_that_differ_where_it_does_no_harm_are_not_blamed_and_judge_all_the_same():
    def moved(n, seed):
        X, y = numbers(n, seed)
        X[:, 5] += 0.8 if seed == 1 else 0.0  # in which nothing is told
        return X, 1e5 * y

    result = fit(lambda: net(out=1), of=moved, train=moved(2000, 0), **NUMBERS, repair=True)
    assert names(result) == {"unscaled_targets"}
    assert good(result, moved) > 0.85


def test_what_a_whole_training_shows_is_treated_where_rows_were_mended_too():
    slow = {**CLASSES, "lr": 1e-3, "epochs": 6}
    result = fit(net, of=foretold, **slow, repair=True)
    assert len(names(result)) > 1 and names(result) > {"data_leakage"}
    assert good(result, later) > good(fit(net, of=later, **slow), later) + 0.02


def test_few_passes_of_slow_steps_are_called_both():
    options = {**CLASSES, "lr": 0.02, "epochs": 4}
    result = bestfit.fit(
        net, train=rows(2000, 0), valid=rows(500, 1), optimizer="sgd", batch_size=16, repair=True,
        **options,
    )  # fmt: skip
    assert {"slow_convergence", "too_few_epochs"} <= names(result)


def leaning(n, seed):
    """Columns whose sums differ by a factor of a hundred from their differences."""
    X = np.random.default_rng(seed).normal(size=(n, 6))
    turn = np.linalg.qr(np.random.default_rng(9).normal(size=(6, 6)))[0]
    y = X[:, 0] * X[:, 4] + X[:, 5]
    return (X * 10.0 ** -np.linspace(0, 2, 6) @ turn).astype(np.float32), y.astype(np.float32)


def test_inputs_that_stretch_the_loss_are_turned():
    options = {"train": leaning(600, 0), "valid": leaning(300, 1), **NUMBERS, "epochs": 40}
    options |= {"optimizer": "sgd", "lr": 0.02, "batch_size": 32}
    plain, repaired = (
        bestfit.fit(lambda: net(out=1), **options, repair=repair) for repair in (False, True)
    )
    (finding,) = (f for f in repaired.findings if f["name"] == "slow_convergence")
    assert "uncorrelated columns" in finding["repair"]
    assert good(plain, leaning) < 0.5 < 0.8 < good(repaired, leaning)


class Numbered(nn.Module):
    """What the first layer gives goes through NumPy, and no gradient comes back."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(6, 32), nn.Linear(32, 2)

    def forward(self, x):
        return self.last(torch.from_numpy(self.first(x).relu().detach().numpy()))


def test_a_change_that_cannot_be_trained_is_no_candidate():
    result = fit(Numbered, **CLASSES, repair=True)
    assert "frozen_layers" in names(result)


def sensors(n, seed):
    """Three numbers of large size around means of their own."""
    X, _ = rows(n, seed)
    y = np.stack([X[:, 0] + X[:, 1] ** 2, X[:, 2], X[:, 0] - X[:, 3]], axis=1)
    return X, (1e3 * y + [5e3, 0, -2e4]).astype(np.float32)


def test_several_numbers_are_scaled_around_their_own_means():
    result = fit(lambda: net(out=3), sensors, **NUMBERS, repair=True)
    assert names(result) == {"unscaled_targets"}
    X, y = sensors(500, 2)
    found = result.predict(X)
    assert found.shape == y.shape
    assert (1 - np.square(found - y).mean(axis=0) / y.var(axis=0)).min() > 0.9


def deaf(output, y):
    """Hinge for −1 and 1, where classes are 0 and 1."""
    return torch.relu(1 - output.reshape(-1) * y.reshape(-1).float()).mean()


def test_a_loss_that_is_deaf_to_one_class_is_replaced():
    result = fit(lambda: net(out=1), **{**CLASSES, "loss": deaf}, repair=True)
    assert names(result) == {"wrong_loss"} and good(result) > 0.85


def test_rows_that_were_sorted_before_the_split_are_shuffled():
    def half(n, seed, high):
        X, y = numbers(2 * n, seed)
        order = np.argsort(X[:, 1])
        part = order[n:] if high else order[:n]
        return X[part], y[part]

    rows = {"train": half(600, 0, high=False), "valid": half(300, 1, high=True)}
    options = {**rows, "optimizer": "adam", **NUMBERS}
    plain, repaired = (
        bestfit.fit(lambda: net(out=1), **options, repair=repair) for repair in (False, True)
    )
    (finding,) = repaired.findings
    assert finding["name"] == "train_val_shift" and "shuffled" in finding["repair"]
    assert good(repaired, numbers) > good(plain, numbers) + 0.1


def test_where_rows_of_another_kind_cannot_be_mended_they_judge_nothing():
    """A step size that fits the training rows is not given up for what the others say."""
    X, _ = rows(900, 0)
    X[600:] += 1
    y = np.random.default_rng(3).normal(size=900).astype(np.float32)
    train, valid = (X[:600], y[:600]), (X[600:], y[600:])
    options = {"train": train, "valid": valid, "optimizer": "adam", **NUMBERS, "lr": 0.02}
    plain, repaired = (
        bestfit.fit(lambda: nn.Linear(6, 1), **options, repair=repair) for repair in (False, True)
    )
    (finding,) = repaired.findings
    assert finding["name"] == "train_val_shift" and "repair" not in finding
    X, _ = numbers(100, 2)
    assert np.array_equal(plain.predict(X), repaired.predict(X))


def test_larger_batches_are_given_as_many_steps_as_they_need():
    def noisy(n, seed):
        X, y = numbers(n, seed)
        return X, y + np.random.default_rng(seed).normal(0, 3, n).astype(np.float32)

    options = {"train": noisy(500, 0), "valid": noisy(300, 1), "loss": "mse", "metric": "r2"}
    options |= {"optimizer": "sgd", "lr": 0.05, "batch_size": 1, "epochs": 6}
    result = bestfit.fit(lambda: net(out=1), **options, repair=True)
    (finding,) = result.findings
    assert finding["name"] == "batch_size_too_small" and "epochs" in finding["repair"]
    assert max(a["of"] for a in result.attempts if a["kept"]) <= 3000
    assert good(result, numbers) > 0.6


def test_a_loss_that_is_least_elsewhere_than_the_metric_is_replaced():
    loss = bestfit.losses.loss["quantile"](q=0.95)
    result = fit(lambda: net(out=1), numbers, **{**NUMBERS, "loss": loss}, repair=True)
    (finding,) = result.findings
    assert finding["name"] == "wrong_loss" and "mse" in finding["repair"]
    assert good(result, numbers) > 0.9


def test_a_repaired_network_that_still_learns_goes_on():
    options = {**CLASSES, "lr": 1e-3, "epochs": 6}
    result = fit(lambda: net(last=nn.Softmax(dim=1)), **options, repair=True)
    kept = [attempt for attempt in result.attempts if attempt["kept"]]
    assert "falls to nothing" in kept[-1]["changes"][-1] and kept[-1]["of"] == 54
    assert any("falls to nothing" in finding["repair"] for finding in result.findings)


class Sums(nn.Module):
    """Loud branches that are summed up."""

    def __init__(self):
        super().__init__()
        self.first, self.out = nn.Linear(6, 32), nn.Linear(32, 1)
        self.parts = nn.ModuleList(nn.Linear(32, 32) for _ in range(10))
        for part in self.parts:
            nn.init.normal_(part.weight, std=0.5)

    def forward(self, x):
        x = self.first(x)
        for part in self.parts:
            x = x + part(x).relu()
        return self.out(x)


def test_sums_that_blow_up_begin_with_quiet_branches():
    options = {**NUMBERS, "batch_size": 32, "optimizer": "sgd", "lr": 0.01, "repair": True}
    result = bestfit.fit(Sums, train=numbers(600, 0), valid=numbers(300, 1), **options)
    assert "exploding_gradient" in names(result) and good(result, numbers) > 0.8


def test_a_step_size_that_dies_too_early_falls_at_the_end_only():
    dying = bestfit.schedules.schedule["exponential"](last=1e-20)
    result = fit(net, **CLASSES, schedule=dying, repair=True)
    (finding,) = result.findings
    assert finding["name"] == "slow_convergence" and finding["subject"] == "schedule"
    assert good(result) > 0.9


def test_rows_are_brought_to_one_kind_for_a_network_that_learns_nothing_besides():
    X, y = numbers(300, 1)
    options = {**NUMBERS, "optimizer": "adam", "lr": 1e-6, "repair": True}
    result = bestfit.fit(
        lambda: net(out=1), train=numbers(600, 0), valid=(20 * X + 40, y), **options
    )
    assert {"train_val_shift", "learning_rate_too_low"} <= names(result)
    assert good(result, numbers) > 0.8


def flipped(n, seed):
    """A third of the classes is wrong, where neighbours in sixty columns say little of a row."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, 60)).astype(np.float32)
    y = (X[:, :3].sum(axis=1) > 0).astype(np.int64)
    return X, np.where(random.random(n) < 0.3, 1 - y, y)


def test_wrong_classes_are_seen_where_neighbours_are_far():
    X, _ = flipped(500, 1)
    valid = X, (X[:, :3].sum(axis=1) > 0).astype(np.int64)

    def make():
        return nn.Sequential(nn.Linear(60, 64), nn.ReLU(), nn.Linear(64, 2))

    result = bestfit.fit(make, train=flipped(1200, 0), valid=valid, **CLASSES, repair=True)
    (finding,) = [f for f in result.findings if f["name"] == "label_noise"]
    assert finding["evidence"]["neighbours_disagree"] > 0.3
    assert finding["evidence"]["on_validation_rows"] < 0.25


def test_rows_that_teach_and_judge_do_only_one_of_both():
    train = rows(300, 0)
    result = bestfit.fit(net, train=train, valid=train, **CLASSES, repair=True)
    (finding,) = [f for f in result.findings if f["name"] == "data_leakage"]
    assert finding["repair"].startswith("held back 60 of the rows")
    assert good(result) > 0.8


class Loud(nn.Module):
    """A factor of its own before its hidden units."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 32), nn.Linear(32, 2)

    def forward(self, x):
        return self.b(torch.tanh(100 * self.a(x)))


def test_factors_within_a_network_are_taken_back():
    result = fit(Loud, **CLASSES, repair=True)
    (finding,) = [f for f in result.findings if f["name"] == "saturated_activation"]
    assert finding["step"] == 0 and good(result) > 0.9
    tried = {words for attempt in result.attempts for words in attempt["changes"]}
    assert "what tanh reads brought to size 1" in tried


def told(course, *, n_steps=100, skill=0.0):
    """A training of which nothing but its looks is known."""
    history = SimpleNamespace(series=lambda name: course)
    return SimpleNamespace(
        step=course[-1][0], n_steps=n_steps, span=1.0, fit=SimpleNamespace(history=history),
        skill=lambda: skill,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("course", "behind"),
    [
        ([(10, 0.5), (20, 0.52), (40, 0.55)], True),  # 0.03 in a doubling does not make 0.4
        ([(10, 0.2), (20, 0.3), (40, 0.5)], False),
        ([(40, 0.1)], False),  # nothing is known of how it grows
    ],
)
def test_what_grows_too_slowly_is_out_of_reach(course, behind):
    race = Race(SimpleNamespace(metric=bestfit.metrics.metric["accuracy"]()), Clock())
    base = told([(50, 0.9), (100, 0.95)], skill=0.9)
    assert race.out_of_reach(told(course), base) == behind


def test_squares_of_class_numbers_are_replaced_where_they_cannot_even_be_taken():
    result = fit(lambda: net(out=2), **{**CLASSES, "loss": "mse"}, repair=True)
    assert names(result) == {"wrong_loss"} and good(result) > 0.9


def test_what_is_certain_is_tried_again_beside_what_helped():
    def make():
        made = net(out=2, last=nn.Softmax(dim=1))
        made.insert(4, nn.Dropout(0.95))
        return made

    result = fit(make, **CLASSES, repair=True)
    said = {finding["name"]: finding.get("repair") for finding in result.findings}
    assert said["wrong_output_activation"] and said["over_regularised"]
    assert good(result) > 0.9


@pytest.mark.parametrize("valid", [None, rows(300, 1)])
def test_rows_and_targets_that_do_not_belong_together_are_refused(valid):
    X, y = rows(600, 0)
    with pytest.raises(ShapeError, match="600 inputs, 500 targets"):
        bestfit.fit(net, train=(X, y[:500]), valid=valid, **CLASSES, repair=True)


def swapped(n, seed, share=0.4, classes=5):
    """Clusters, many of which are called by the next one's name."""
    random = np.random.default_rng(seed)
    true = random.integers(0, classes, n)
    centres = 2.5 * np.random.default_rng(0).normal(size=(classes, 6))
    X = (centres[true] + random.normal(size=(n, 6))).astype(np.float32)
    return X, np.where(random.random(n) < share, (true + 1) % classes, true).astype(np.int64)


def test_classes_called_by_the_next_ones_name_are_mended():
    train, valid, (X, y) = swapped(600, 0), swapped(300, 1, share=0.0), swapped(500, 2, share=0.0)
    result = bestfit.fit(lambda: net(out=5), train=train, valid=valid, batch_size=32,
                         **{**CLASSES, "epochs": 40}, repair=True)  # fmt: skip
    assert "label_noise" in names(result) and float((result.predict(X) == y).mean()) > 0.93


def test_right_answers_cost_less_where_wrong_classes_are_known_to_be_given():
    y = np.array([0, 1, 2, 1, 2, 0])  # of which the last three should be 0, 1, 2
    right = np.eye(3)[[0, 1, 2, 0, 1, 2]] * 0.98 + 0.01
    given = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.5, 0.5], [0.5, 0.0, 0.5]], dtype=torch.double)
    target = Target("y", "multiclass", classes=("a", "b", "c"))
    plain = Look(Rows((torch.zeros(6, 1),), torch.from_numpy(y)), y, target, Accuracy(), None)
    knowing = replace(plain, given=given)
    assert knowing.losses(right).mean() < plain.losses(right).mean() - 0.2
    assert knowing.criterion(right[None]) > plain.criterion(right[None])


def spirals(n, seed):
    random = np.random.default_rng(seed)
    turn, y = 3 * np.pi * np.sqrt(random.random(n)), random.integers(0, 2, n)
    arm = np.stack([np.cos(turn + np.pi * y), np.sin(turn + np.pi * y)], axis=1)
    X = turn[:, None] * arm / 5 + random.normal(0, 0.06, (n, 2))
    return X.astype(np.float32), y.astype(np.int64)


def test_a_linear_stack_that_creeps_is_bent_and_quickened_together():
    """Neither helps alone."""
    result = bestfit.fit(
        lambda: nn.Sequential(nn.Linear(2, 48), nn.Linear(48, 48), nn.Linear(48, 2)),
        train=spirals(900, 0), valid=spirals(300, 1),
        loss="cross_entropy", optimizer="adagrad", lr=5e-4, batch_size=32, epochs=25,
        metric="accuracy", repair=True,
    )  # fmt: skip
    assert {"missing_activation", "slow_convergence"} <= names(result)
    assert good(result, spirals) > 0.85


def test_what_raw_units_do_is_named_with_them():
    def far(n, seed):
        X, y = rows(n, seed)
        return X * 1e4 + 3e4, y

    def money(n, seed):
        X, y = numbers(n, seed)
        return X, 1e5 * y + 2e5

    still = fit(lambda: net(act=nn.Tanh), far, **CLASSES, repair=True)
    assert {"unscaled_inputs", "saturated_activation"} <= names(still)
    loud = bestfit.fit(lambda: net(out=1), train=money(600, 0), valid=money(300, 1), repair=True,
                       batch_size=32, **{**NUMBERS, "optimizer": "sgd", "lr": 0.01})  # fmt: skip
    assert {"unscaled_targets", "exploding_gradient"} <= names(loud)


def test_a_repaired_network_that_learns_slowly_goes_on_with_larger_steps():
    result = fit(lambda: net(last=nn.Softmax(dim=1)), **{**CLASSES, "lr": 2e-4, "epochs": 8},
                 repair=True)  # fmt: skip
    assert any("falls to nothing from" in str(f["repair"]) for f in result.findings)


def test_a_recurrence_written_by_hand_that_forgets_is_mended():
    class Cell(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.end = nn.RNNCell(4, 24), nn.Linear(24, 3)
            nn.init.normal_(self.cell.weight_hh, 0, 0.03)

        def forward(self, x):
            known = x.new_zeros(len(x), 24)
            for t in range(x.shape[1]):
                known = self.cell(x[:, t], known)
            return self.end(known)

    def cued(n, seed):
        random = np.random.default_rng(seed)
        y = random.integers(0, 3, n)
        X = random.normal(0, 0.3, (n, 16, 4)).astype(np.float32)
        X[np.arange(n), 0, y] += 2
        return X, y

    result = fit(Cell, of=cued, **CLASSES | {"epochs": 15}, repair=True)
    assert "vanishing_gradient" in names(result) and good(result, of=cued) > 0.95


def test_noise_in_all_rows_alike_is_named_where_it_is_much():
    centres = 4 * np.eye(6, 8)

    def blobs(n, seed, share=0.45):
        random = np.random.default_rng(seed)
        y = random.integers(0, 6, n)
        X = (centres[y] + 0.9 * random.normal(size=(n, 8))).astype(np.float32)
        other = (y + random.integers(1, 6, n)) % 6
        return X, np.where(random.random(n) < share, other, y)

    def wide():
        return nn.Sequential(nn.Linear(8, 256), nn.ReLU(), nn.Linear(256, 6))

    options = CLASSES | {"lr": 1e-2, "epochs": 30}
    plain, repaired = (
        fit(wide, of=blobs, train=blobs(900, 0), **options, repair=repair)
        for repair in (False, True)
    )
    clean = partial(blobs, share=0.0)
    assert names(repaired) == {"label_noise"}
    assert good(repaired, of=clean) > 0.97 > good(plain, of=clean)


class Bag(nn.Module):
    """The mean of what words mean."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(120, 24)
        self.out = nn.Sequential(nn.Linear(24, 64), nn.ReLU(), nn.Linear(64, 6))

    def forward(self, x):
        return self.out(self.words(x).mean(dim=1))


def test_wrong_classes_of_texts_are_mended_by_what_their_words_say():
    def texts(n, seed, share=0.45):
        random = np.random.default_rng(seed)
        y = random.integers(0, 6, n)
        own = 20 * y[:, None] + random.integers(0, 20, (n, 16))
        X = np.where(random.random((n, 16)) < 0.5, own, random.integers(0, 120, (n, 16)))
        return X, np.where(random.random(n) < share, (y + random.integers(1, 6, n)) % 6, y)

    options = CLASSES | {"lr": 1e-2, "epochs": 20}
    plain, repaired = (
        fit(Bag, of=texts, train=texts(900, 0), **options, repair=repair)
        for repair in (False, True)
    )
    clean = partial(texts, share=0.0)
    assert "label_noise" in names(repaired)
    assert good(repaired, of=clean) > 0.95 > good(plain, of=clean) + 0.1


@pytest.mark.parametrize(("gain", "worse", "nothing"), [(0.3, False, False), (0.03, False, True),
                                                        (-0.2, True, True)])  # fmt: skip
def test_what_helped_at_first_and_comes_to_nothing_is_taken_back(monkeypatch, gain, worse, nothing):
    def compared(new, old, *_):
        sign = 1 if new == "base" else -1
        return Gain(sign * gain, sign * 50 * gain, sign * gain, sign * 50 * gain)

    plain = SimpleNamespace(done=True, skill=lambda: 0.5)
    repairing = Repairing.__new__(Repairing)
    repairing.refused, repairing.race = "", Race(SimpleNamespace(), Clock())
    repairing.accepted = [Finding(name="dead_relu", subject="network", evidence={})]
    monkeypatch.setattr("bestfit.run.repairing.compared", compared)
    assert repairing._came_to_nothing(plain, "base") == nothing
    repairing.refused = "no number"  # then nothing could be trained without it
    assert repairing._came_to_nothing(plain, "base") == worse


@pytest.mark.parametrize(
    ("gain", "clear"),
    [
        (Gain(0.12, 4.5, 0.08, 2.2), True),
        (Gain(0.06, 4.5, 0.08, 2.2), False),  # little, and the metric could be chance
        (Gain(0.06, 4.5, 0.08, 3.2), True),
        (Gain(0.12, 4.5, 0.08, 1.2), False),
    ],
)
def test_restraint_is_proved_by_the_metric_or_by_much(gain, clear):
    found = Finding(name="overfitting", subject="network", evidence={})
    assert Race(SimpleNamespace(), Clock()).clear(gain, found, 0.05) == clear


def test_names_that_come_again_by_nature_are_no_copies():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.row, self.end = nn.Embedding(20, 8), nn.Linear(8, 2)

        def forward(self, x):
            return self.end(self.row(x))

    def named(n, seed):
        X = np.random.default_rng(seed).integers(0, 20, n)
        return X, X % 2

    assert (
        fit(Named, of=named, train=named(400, 0), **CLASSES | {"lr": 0.03}, repair=True).findings
        == []
    )


def test_what_is_looked_for_late_stays_the_same_from_one_network_to_the_next():
    """A column that was taken away is no reason to look for less in another training."""
    before = set(late.LATE), set(late.ALWAYS)
    fit(net, of=foretold, **{**CLASSES, "lr": 1e-3, "epochs": 6}, repair=True)
    assert before == (late.LATE, late.ALWAYS)


@pytest.mark.parametrize(("loses", "clear"), [(0.005, True), (0.05, False)])
def test_a_trifle_of_the_metric_does_not_stand_against_a_large_gain(loses, clear):
    assert Gain(1.8, 40.0, -loses, -2.0).clear(0.03) == clear


@pytest.mark.parametrize(("dropout", "told"), [(0.1, True), (0.5, False)])
def test_what_is_held_back_as_it_is_does_not_overfit_by_its_gap_alone(monkeypatch, dropout, told):
    monkeypatch.setattr(late, "narrower", lambda *_: True)
    race = SimpleNamespace(declined=lambda _: Gain(0, 0, 0, 0), case=lambda _: None)
    work = late.Late(race, SimpleNamespace(n_steps=9, job=SimpleNamespace(words=())), [], [], {})
    work.restrained = object()
    found = Finding(name="overfitting", subject="network", evidence={})
    case = SimpleNamespace(setting=SimpleNamespace(dropout=dropout))
    work._overfitted(None, found, case)
    assert bool(work.accepted) == told
