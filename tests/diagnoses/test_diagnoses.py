"""Diagnoses: numbers in, a finding or nothing out."""

import json
from dataclasses import replace

import pytest

from bestfit.diagnoses import STAGES, Case, Course, Setting, diagnosis, suspects
from bestfit.graph import Graph, Operation

NAMES = {
    "vanishing_gradient", "exploding_gradient", "dead_relu", "saturated_activation",
    "oscillating_loss", "slow_convergence", "learning_rate_too_high", "learning_rate_too_low",
    "overfitting", "underfitting", "over_regularised", "bad_initialisation", "missing_activation",
    "wrong_output_activation", "wrong_loss", "unscaled_inputs", "unscaled_targets",
    "class_imbalance", "data_leakage", "label_noise", "target_outliers", "train_val_shift",
    "nonfinite_data", "frozen_layers", "batchnorm_mismatch", "batch_size_too_small",
    "too_few_epochs",
}  # fmt: skip
PLAIN = {
    "task": "multiclass", "loss": "cross_entropy", "takes": "logits", "optimizer": "adam",
    "lr": 1e-3, "usual_lr": 1e-3, "batch_size": 32, "epochs": 20.0, "n_steps": 600,
    "metric": "accuracy",
}  # fmt: skip
HEALTHY = Course(
    steps=tuple(range(30, 601, 57)),
    train_loss=(1.0, 0.5, 0.3, 0.2, 0.15, 0.12, 0.11, 0.105, 0.102, 0.1, 0.1),
    valid_loss=(1.0, 0.6, 0.4, 0.3, 0.25, 0.22, 0.21, 0.205, 0.2, 0.2, 0.2),
    skill=(0.5, 0.7, 0.8, 0.9, 0.93, 0.94, 0.95, 0.95, 0.95, 0.95, 0.95),
    train_skill=(0.5, 0.72, 0.83, 0.92, 0.94, 0.95, 0.96, 0.97, 0.97, 0.97, 0.97),
    ratios=(0.01, 0.003),
)
SWINGS = replace(HEALTHY, train_loss=(1.0, 0.2, 0.9, 0.3, 1.1, 0.2))


def case(*, setting=None, **known):
    known = {"step": 600, "course": HEALTHY, "baseline": 2.3, **known}
    known.setdefault("first", {("loss", ""): 2.3})
    return Case(setting=Setting(**{**PLAIN, **(setting or {})}), **known)


def ending(function, kind, shape=(10,)):
    linear = Operation("linear", "affine", "net", 0, (-1,), ("net.weight",), shape)
    last = Operation(function, kind, "end", 0, (0,), (), shape)
    return Graph((linear, last), 1, False)


def deep(function, kind, layers=6):
    """Linear maps with an activation between them."""
    operations = []
    for i in range(layers):
        operations.append(
            Operation("linear", "affine", f"lin{i}", i, (2 * i - 1,), (f"lin{i}.weight",), (16,))
        )
        operations.append(Operation(function, kind, f"act{i}", i, (2 * i,), (), (16,)))
    operations.append(
        Operation("linear", "affine", "end", layers, (2 * layers - 1,), ("end.weight",), (10,))
    )
    return Graph(tuple(operations), 2 * layers, False)


def straight(width=16):
    """Two linear maps with nothing between them."""
    first = Operation("linear", "affine", "lin", 0, (-1,), ("lin.weight",), (width,))
    last = Operation("linear", "affine", "end", 1, (0,), ("end.weight",), (10,))
    return Graph((first, last), 1, False)


def pulls(weakest):
    """Pulls that fall from the last layer to the first."""
    found = {("relative_pull", f"lin{i}.weight"): weakest ** ((6 - i) / 6) for i in range(6)}
    return {("loss", ""): 2.3, ("relative_pull", "end.weight"): 1.0, **found}


def test_all_public_names_have_a_diagnosis():
    assert set(diagnosis) == NAMES


@pytest.mark.parametrize("name", diagnosis)
def test_says_what_it_costs_and_where_it_belongs(name):
    kind = diagnosis[name]
    assert kind.stage in STAGES
    assert kind.harm and kind.cause and kind.advice


def test_nothing_is_found_where_nothing_is_wrong():
    assert suspects(case()) == []


SICK = {
    "nonfinite_data": {"rows": {"bad_inputs": 3.0}},
    "data_leakage": {"rows": {"copied": 0.5, "copied_within": 0.0, "distinct": 1.0}},
    "train_val_shift": {"rows": {"shift_mean": 2.0, "shift_sure_mean": 40.0}},
    "label_noise": {"rows": {"noise": 0.4, "noise_valid": 0.1, "noise_sure": 12.0}},
    "class_imbalance": {
        "rows": {"rarest": 0.02, "classes": 2.0}, "course": Course(),
        "setting": {"metric": "f1", "task": "binary"},
    },
    "target_outliers": {
        "rows": {"outliers": 0.01, "y_spread": 50.0, "y_core": 1.0, "y_mad": 1.0},
        "setting": {"task": "regression", "loss": "mse", "takes": "numbers"},
    },
    "unscaled_targets": {
        "rows": {"y_spread": 1e5, "y_core": 1e5},
        "setting": {"task": "regression", "loss": "mse", "takes": "numbers"},
    },
    "unscaled_inputs": {
        "rows": {"scale_high": 1e4, "scale_low": 1e4, "scale_least": 1e4, "offset": 0.0},
        "graph": ending("linear", "affine"),
    },
    "wrong_output_activation": {"graph": ending("softmax", "shares")},
    "wrong_loss": {"setting": {"takes": "numbers", "loss": "mse"}},
    "learning_rate_too_high": {"course": Course(steps=(1,), train_loss=(float("nan"),), skipped=3)},
    "learning_rate_too_low": {
        "course": Course(steps=(60,), train_loss=(2.29,), skill=(0.0,), ratios=(1e-6,)),
        "setting": {"lr": 1e-6}, "step": 60,
    },
    "batch_size_too_small": {"setting": {"batch_size": 1}, "rows": {"n": 500.0}},
    "over_regularised": {"setting": {"dropout": 0.9}},
    "overfitting": {
        "course": Course(
            steps=(1, 2, 3), valid_loss=(0.5, 0.9, 1.4), train_loss=(0.5, 0.1, 0.0),
            skill=(0.5, 0.4, 0.4), train_skill=(0.6, 0.9, 1.0),
        )
    },
    "too_few_epochs": {"setting": {"n_steps": 30, "epochs": 1.0}, "step": 30},
    "vanishing_gradient": {"graph": deep("sigmoid", "bounded"), "first": pulls(1e-9)},
    "exploding_gradient": {
        "graph": deep("relu", "rectified"),
        "first": {("loss", ""): 1e9, ("rms", "a"): 1.0, ("rms", "b"): 1e6},
    },
    "dead_relu": {
        "graph": deep("relu", "rectified"),
        "first": {("loss", ""): 2.3, ("dead", "act1#relu1"): 0.9},
    },
    "saturated_activation": {
        "graph": deep("tanh", "bounded"),
        "first": {("loss", ""): 2.3, ("saturated", "act0#tanh0"): 0.8},
    },
    "oscillating_loss": {"course": SWINGS, "setting": {"lr": 0.1}},
    "slow_convergence": {
        "course": replace(HEALTHY, train_loss=(2.3, 2.29, 2.28), skill=(0.0, 0.01, 0.02)),
        "setting": {"optimizer": "sgd"},
    },
    "underfitting": {
        "course": replace(HEALTHY, skill=(0.3, 0.4, 0.4), train_skill=(0.3, 0.4, 0.41)),
        "reference": 0.9, "rows": {"table": 1.0},
    },
    "bad_initialisation": {
        "graph": deep("relu", "rectified"),
        "first": {("loss", ""): 2.3, ("alike", "lin0.weight"): 1.0},
    },
    "missing_activation": {"graph": straight()},
    "frozen_layers": {
        "graph": deep("relu", "rectified"),
        "first": {("loss", ""): 2.3, ("fixed", "lin0.weight"): 1.0, ("fixed", "lin1.weight"): 1.0},
    },
    "batchnorm_mismatch": {
        "graph": Graph((*straight().operations[:1],
                        Operation("batch_norm", "norm", "bn", 0, (0,), ("bn.weight",), (16,)),
                        Operation("linear", "affine", "end", 1, (1,), ("end.weight",), (10,))),
                       2, False),
        "now": {("loss", ""): 0.1, ("eval_loss", ""): 3.0},
    },
}  # fmt: skip


def test_every_name_has_a_clear_case():
    assert set(SICK) == NAMES


@pytest.mark.parametrize("name", SICK)
def test_finds_the_clear_case_and_tells_it_in_plain_data(name):
    found = diagnosis[name]().examine(case(**SICK[name]))
    assert found is not None and found.name == name
    assert json.loads(json.dumps(found.record()))["evidence"]


def test_a_softmax_that_the_loss_expects_is_no_fault():
    right = case(graph=ending("softmax", "shares"), setting={"takes": "probabilities"})
    assert diagnosis["wrong_output_activation"]().examine(right) is None


def test_what_is_certain_comes_first():
    both = case(graph=ending("softmax", "shares"), setting={"dropout": 0.9, "lr": 1.0})
    assert suspects(both)[0].name == "wrong_output_activation"


def test_a_number_that_is_none_is_told_as_null():
    narrow = case(graph=straight(1), course=replace(HEALTHY, train_skill=()))
    found = diagnosis["underfitting"]().examine(narrow)
    told = found.record()["evidence"]
    assert told["skill_of_a_simple_model"] is None
    assert json.dumps(told, allow_nan=False)


def test_copies_that_a_table_of_few_values_has_by_chance_are_no_leak():
    leakage = diagnosis["data_leakage"]()
    facts = {"copied_within": 0.0267, "distinct": 0.01, "n_valid": 300.0}
    assert leakage.examine(case(rows={"copied": 0.063, **facts})) is None
    assert leakage.examine(case(rows={"copied": 0.3, **facts})) is not None


def test_who_has_learnt_does_not_miss_the_early_steps():
    first = {("loss", ""): 2.3, ("recurrent", ""): 1.0, ("through_time", ""): 1e-6}
    vanishing = diagnosis["vanishing_gradient"]()
    assert vanishing.examine(case(first=first)) is None
    stuck = replace(HEALTHY, skill=(0.01,) * 11)
    assert vanishing.examine(case(first=first, course=stuck)).subject == "time"


@pytest.mark.parametrize(
    ("low", "high", "certain"), [(-0.01, 1.01, None), (-0.04, 1.03, False), (-2.0, 3.0, True)]
)
def test_noise_about_a_bound_needs_a_trial_to_be_called_out_of_reach(low, high, certain):
    rows, graph = {"y_low": low, "y_high": high}, ending("sigmoid", "bounded", (1,))
    numbers = {"task": "regression", "loss": "mse", "takes": "numbers", "metric": "r2"}
    finding = diagnosis["wrong_output_activation"]().examine(
        case(graph=graph, setting=numbers, rows=rows)
    )
    assert (None if finding is None else finding.certain) == certain


def test_rows_known_by_heart_are_suspected_at_half_the_gap():
    for known, found in ((1.0, True), (0.95, False)):
        course = replace(HEALTHY, train_skill=(0.5, 0.8, known), skill=(0.5, 0.75, known - 0.18))
        finding = diagnosis["overfitting"]().examine(case(course=course))
        assert (finding is not None) == found


def factor(kind, function, size):
    """A factor of the network's own before an operation."""
    facts = {"drive": size, "saturated": 0.0}
    times = Operation("mul", "other", "", 0, (-1,), (), (4,))
    op = Operation(function, kind, "net", 0, (0,), ("net.weight",), (4,), facts)
    return Graph((times, op), 1, False)


@pytest.mark.parametrize(("size", "found"), [(300.0, True), (0.01, True), (2.0, False)])
def test_inputs_that_the_network_makes_loud_or_faint_are_unscaled(size, found):
    rows = {"scale_high": 1.0, "scale_low": 1.0, "offset": 0.0}
    finding = diagnosis["unscaled_inputs"]().examine(
        case(graph=factor("affine", "linear", size), rows=rows)
    )
    assert (finding is not None) == found
    assert not found or finding.evidence["read_within"] == size


@pytest.mark.parametrize(("pull", "found"), [(0.0, True), (1e-12, False)])
def test_a_function_of_steps_lets_no_gradient_through(pull, found):
    linear = Operation("linear", "affine", "a", 0, (-1,), ("a.weight",), (4,))
    sign = Operation("sign", "stepwise", "", 0, (0,), (), (4,))
    last = Operation("linear", "affine", "b", 1, (1,), ("b.weight",), (1,))
    first = {("pull", "a.weight"): pull, ("pull", "b.weight"): 1.0, ("loss", ""): 2.3}
    finding = diagnosis["frozen_layers"]().examine(
        case(graph=Graph((linear, sign, last), 2, False), first=first)
    )
    assert (finding is not None) == found
    assert not found or (finding.subject, finding.evidence["functions"]) == ("a", ["sign"])


def test_weights_that_are_all_of_one_sign_are_badly_begun():
    first = {("loss", ""): 2.3, ("gain", "lin0.weight"): 1.0, ("lean", "lin0.weight"): 15.0}
    found = diagnosis["bad_initialisation"]().examine(
        case(graph=deep("relu", "rectified"), first=first)
    )
    assert found.evidence["weights"] == "one-sided"


def test_classes_drawn_blindly_need_a_trial_to_be_called_noise():
    rows = {"noise": 0.3, "noise_valid": 0.3, "noise_sure": 0.0}
    rows |= {"noise_apart": 0.97}
    found = diagnosis["label_noise"]().examine(case(rows=rows))
    assert not found.certain and found.subject == "targets"
    for overlap in ({"noise_apart": 0.8}, {"noise": 0.8}, {"noise": 0.05}):
        assert diagnosis["label_noise"]().examine(case(rows=rows | overlap)) is None


@pytest.mark.parametrize(
    ("doubted", "agrees", "certain"),
    [(0.42, 0.57, True), (0.3, 0.68, False), (0.42, 0.75, None)],
)
def test_much_that_is_drawn_blindly_is_noise_unless_a_network_knows_better(
    doubted, agrees, certain
):
    rows = {"noise": 0.45, "noise_valid": 0.45, "noise_sure": 0.0, "noise_apart": 0.97}
    rows |= {"n_valid": 300.0, "doubted": doubted, "network_agrees": agrees}
    found = diagnosis["label_noise"]().examine(case(rows=rows))
    assert (found and found.certain) == certain


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ({"single_next": 0.3}, True),
        ({"single_next": 0.7}, False),  # an easy question
        ({"single_next": 0.7, "single_within": 0.001}, True),  # it holds names
        ({"single_next": 0.0}, False),  # the column is the question itself
        ({"single_next": 0.0, "others_skill": 0.8}, True),  # others speak together
    ],
)
def test_a_column_is_a_leak_beside_others_that_say_something(others, found):
    rows = {"table": 1.0, "columns": 5.0, "single": 1.0, "single_column": 2.0, **others}
    assert (diagnosis["data_leakage"]().examine(case(rows=rows)) is not None) == found


@pytest.mark.parametrize(("others", "found"), [(0.2, False), (0.8, True)])
def test_a_name_of_many_is_a_leak_only_where_the_others_know_much(others, found):
    rows = {"names": 1.0, "columns": 400.0, "single": 1.0, "single_column": 2.0}
    rows |= {"single_next": 0.3, "others_skill": others}  # what some of many know by chance
    finding = diagnosis["data_leakage"]().examine(case(rows=rows))
    assert (finding is not None and finding.subject == "name 2") == found


@pytest.mark.parametrize(("closed", "first", "found"), [(0.9, 1, True), (0.5, 1, False),
                                                        (0.9, 0, False)])  # fmt: skip
def test_units_that_are_flat_on_most_rows_before_training_are_saturated(closed, first, found):
    seen = {("loss", ""): 2.3, ("closed", "act0#tanh0"): closed}
    given = case(graph=deep("tanh", "bounded"), **{"first" if first else "now": seen})
    assert (diagnosis["saturated_activation"]().examine(given) is not None) == found


@pytest.mark.parametrize("name", ["oscillating_loss", "learning_rate_too_high"])
def test_usual_step_sizes_are_not_blamed_for_noise(name):
    assert diagnosis[name]().examine(case(course=SWINGS)) is None
    assert diagnosis[name]().examine(case(course=SWINGS, setting={"lr": 0.1})) is not None


def test_a_loss_that_is_least_elsewhere_needs_a_trial():
    setting = {"task": "regression", "loss": "quantile", "takes": "numbers", "metric": "r2"}
    finding = diagnosis["wrong_loss"]().examine(case(setting=setting, constant=-2.0))
    assert finding is not None and not finding.certain
    assert diagnosis["wrong_loss"]().examine(case(setting=setting, constant=0.0)) is None


@pytest.mark.parametrize(("optimizer", "found"), [("adagrad", True), ("adam", False)])
def test_plain_steps_that_end_behind_a_simple_model_are_slow(optimizer, found):
    behind = replace(HEALTHY, skill=(0.8,) * 11)
    given = case(setting={"optimizer": optimizer}, course=behind, reference=0.9)
    assert (diagnosis["slow_convergence"]().examine(given) is not None) == found
