"""The verdict: each rule by a case in which it alone decides, and the cases in which none does."""

import math

import numpy as np
import pytest

from bestfit.metrics import Interval, interval, metric
from bestfit.run.case import Case, Rival, rival
from bestfit.run.evidence import number
from bestfit.run.verdict import Verdict, verdict

AUC, RMSE = metric["auc"](), metric["rmse"]()


def around(value: float, half: float = 0.01) -> Interval:
    return Interval(value, value - half, value + half)


def opponents(valid: float, *, linear=None, trees=None, half: float = 0.01, of=AUC, constant=0.5):
    """Anchors as (train, valid) scores, their leads derived from the model's score."""
    told = {"constant": (constant, constant), "linear": linear, "boosted_trees": trees}
    labels = {
        "constant": "Constant guess",
        "linear": "Logistic regression",
        "boosted_trees": "Boosted trees",
    }
    return [
        Rival(name, labels[name], both[0], around(both[1], half),
              around(of.gain(valid, both[1]), half))
        for name, both in told.items()
        if both is not None
    ]  # fmt: skip


def judge(train: float, valid: float, *, half: float = 0.01, of=AUC, **options) -> Verdict:
    against = {k: options.pop(k) for k in ("linear", "trees", "constant") if k in options}
    rivals = opponents(valid, half=half, of=of, **against)
    return verdict(of, around(train, half / 3), around(valid, half), rivals=rivals, **options)


def falling(best: float, end: float, looks: int = 20) -> list[tuple[float, float]]:
    """A course that is best after a quarter of the time."""
    start = 0.5
    rise = np.linspace(start, best, looks // 4)
    return list(enumerate([*rise, *np.linspace(best, end, looks - looks // 4)], start=1))


# --- bestfit


def test_what_holds_on_new_rows_is_bestfit():
    found = judge(0.93, 0.927, linear=(0.905, 0.905), trees=(0.94, 0.928))
    assert found.name == "bestfit"
    assert found.sentence == (
        "What it learnt holds on new rows: its ROC AUC is 0.927 there, level with boosted trees"
        " (0.928), and 0.930 on the rows it learnt from."
    )


def test_a_gap_alone_is_not_overfitting():
    """It knows its rows by heart, as do the trees, and nothing does better on new ones."""
    found = judge(1.0, 0.92, linear=(0.9, 0.9), trees=(1.0, 0.92), course=falling(0.921, 0.92))
    assert found.name == "bestfit"
    assert "nothing shows that learning less would have been more" in found.sentence


def test_a_growing_loss_after_the_kept_epoch_is_not_overfitting():
    """Training went on and did harm, but what is handed over is the best epoch."""
    found = judge(0.95, 0.92, trees=(0.96, 0.92), course=falling(0.92, 0.80))
    assert found.name == "bestfit"
    assert any("got worse after that, 0.800 at the end" in line for line in found.evidence)


def test_a_perfect_model_is_bestfit():
    found = verdict(AUC, Interval(1, 1, 1), Interval(1, 1, 1), rivals=opponents(1.0, half=0))
    assert found.name == "bestfit"


def test_a_difference_that_matters_to_nobody_is_no_loss():
    """Significant on many rows, and a fiftieth of a percent."""
    found = judge(0.935, 0.9270, half=0.0003, trees=(0.96, 0.9280))
    assert found.name == "bestfit"


def test_what_few_rows_cannot_show_is_not_held_against_it():
    found = judge(0.85, 0.80, half=0.12, linear=(0.84, 0.83), trees=(0.86, 0.85))
    assert found.name == "bestfit"
    assert found.evidence[-1].endswith("take all of this as a rough guess.")


def test_nothing_to_learn_is_said_so():
    found = judge(0.52, 0.505, half=0.03, linear=(0.53, 0.51), trees=(0.6, 0.49))
    assert found.name == "bestfit"
    assert found.sentence.startswith("There is next to nothing to learn: on new rows its ROC AUC")


# --- overfit


def test_training_too_long_is_overfit():
    found = judge(0.999, 0.85, linear=(0.86, 0.85), course=falling(0.90, 0.85))
    assert found.name == "overfit"
    assert found.sentence == (
        "It trained too long: on new rows its ROC AUC was 0.900 once and is 0.850 now, against"
        " 0.999 on the rows it learnt from."
    )


def test_a_paired_decline_is_surer_than_the_course():
    course = falling(0.86, 0.85)
    assert judge(0.999, 0.85, half=0.04, course=course).name == "bestfit"
    decline = Interval(0.012, 0.011, 0.013)
    assert judge(0.999, 0.85, half=0.04, course=course, decline=decline).name == "overfit"
    unsure = Interval(0.012, -0.01, 0.03)
    assert judge(0.999, 0.85, half=0.04, course=course, decline=unsure).name == "bestfit"


def test_losing_to_a_simpler_model_with_a_better_training_score_is_overfit():
    found = judge(0.98, 0.86, linear=(0.91, 0.90), trees=(0.99, 0.865))
    assert found.name == "overfit"
    assert "with logistic regression it is 0.910 and 0.900" in found.sentence


def test_losing_to_trees_that_know_their_rows_no_better_is_overfit():
    found = judge(8_000, 36_000, half=900, of=RMSE, constant=78_000, trees=(17_000, 25_000))
    assert found.name == "overfit"
    assert "is 8,000 on them but 36,000 on new rows" in found.sentence


def test_worse_than_guessing_after_learning_by_heart_is_overfit():
    found = judge(10_000, 75_000, half=2_000, of=RMSE, constant=66_000, linear=(60_000, 67_000))
    assert found.name == "overfit"


def test_noise_learnt_by_heart_is_overfit():
    """Nothing can be predicted, and the model knows its rows: no anchor has to be better."""
    found = judge(0.99, 0.51, half=0.03, linear=(0.55, 0.51), trees=(0.95, 0.50))
    assert found.name == "overfit"
    assert found.sentence.startswith("Much of what it learnt does not carry over")


def test_a_severe_gap_needs_less_proof_than_a_small_one():
    """The course fell by one standard error, not by two."""
    severe = judge(1.0, 0.77, half=0.08, trees=(1.0, 0.77), course=falling(0.81, 0.77))
    slight = judge(0.93, 0.82, half=0.08, trees=(1.0, 0.82), course=falling(0.86, 0.82))
    assert (severe.name, slight.name) == ("overfit", "bestfit")


def test_no_gap_is_never_overfit():
    found = judge(0.85, 0.85, linear=(0.85, 0.85), course=falling(0.90, 0.85))
    assert found.name == "bestfit"


# --- underfit


def test_losing_to_an_anchor_that_learnt_more_is_underfit():
    found = judge(0.90, 0.89, linear=(0.89, 0.88), trees=(0.96, 0.93))
    assert found.name == "underfit"
    assert found.sentence == (
        "There is more to learn here: on new rows its ROC AUC is 0.890, but with boosted trees it"
        " is 0.930, and that is more than chance explains."
    )


def test_losing_with_a_gap_is_underfit_if_the_anchor_learnt_more_still():
    assert judge(0.95, 0.89, trees=(1.0, 0.93)).name == "underfit"


def test_losing_to_an_anchor_of_unknown_training_is_underfit():
    assert judge(0.95, 0.89, trees=(math.nan, 0.93)).name == "underfit"


def test_falling_short_on_its_own_rows_and_likely_on_new_ones_is_underfit():
    found = judge(0.712, 0.715, half=0.08, linear=(0.87, 0.77), trees=(0.98, 0.79))
    assert found.name == "underfit"
    assert found.sentence.startswith("It falls short even on its own rows: its ROC AUC is 0.712")


def test_trees_that_know_their_rows_by_heart_prove_nothing():
    """They are ahead in training, as always, and by a little on new rows, as may be."""
    assert judge(0.95, 0.89, half=0.018, trees=(1.0, 0.904)).name == "bestfit"


def test_an_anchor_that_may_be_guessing_proves_nothing():
    assert judge(0.50, 0.50, half=0.08, linear=(0.56, 0.56)).name == "bestfit"


def test_no_better_than_a_worse_guess_is_underfit():
    """A loss that diverged: worse than the constant on every row."""
    found = judge(150_000, 160_000, half=900, of=RMSE, constant=110_000)
    assert found.name == "underfit"
    assert "with a constant guess it is 110,000" in found.sentence


def test_stopping_while_the_score_rises_fast_is_underfit():
    course = [(epoch, 0.5 + 0.04 * epoch) for epoch in range(1, 11)]
    found = judge(0.91, 0.90, linear=(0.9, 0.9), course=course)
    assert found.name == "underfit"
    assert found.sentence.endswith("went from 0.820 to 0.900. Give it more time.")
    slow = [(epoch, 0.90 - 0.3 * 0.5**epoch) for epoch in range(1, 11)]
    assert judge(0.91, 0.90, linear=(0.9, 0.9), course=slow).name == "bestfit"
    assert judge(0.91, 0.90, linear=(0.9, 0.9), course=course[-3:]).name == "bestfit"


@pytest.mark.parametrize("nan", ["train", "valid"])
def test_what_cannot_be_measured_is_not_called_bestfit(nan):
    scores = {"train": around(0.9), "valid": around(0.9)} | {nan: Interval(*[math.nan] * 3)}
    found = verdict(AUC, **scores)
    assert found.name == "underfit"
    assert found.evidence == (found.sentence,)


# --- for every case


CASES = [
    (metric_of, train, valid, trees, half)
    for metric_of, scores in ((AUC, (0.5, 0.7, 0.9, 1.0)), (RMSE, (5.0, 20.0, 80.0, 130.0)))
    for train in scores
    for valid in scores
    for trees in scores
    for half in (0.0, 0.05 * scores[-1])
]


@pytest.mark.parametrize(("of", "train", "valid", "trees", "half"), CASES)
def test_every_case_has_a_name_a_sentence_and_evidence(of, train, valid, trees, half):
    """And turning all scores around zero changes the sentences, never the name."""
    constant = 0.5 if of is AUC else 100.0
    course = [(i, valid) for i in range(1, 9)]
    curve = [{"rows": 50, "train": train, "valid": None}, {"rows": 100, "train": 1, "valid": 2}]
    found = judge(
        train, valid, half=half, of=of, constant=constant, linear=(trees, trees),
        trees=(trees, trees), course=course, curve=curve,
    )  # fmt: skip
    assert found.name in ("bestfit", "overfit", "underfit")
    assert found.sentence.endswith(".") and len(found.sentence) <= 400
    assert 3 <= len(found.evidence) <= 6
    for line in found.evidence:
        assert line.endswith(".") and line[0].isupper() and len(line) <= 500
        assert "nan" not in line and "inf" not in line
    mirror = metric["rmse"]() if of is AUC else metric["r2"]()
    turned = judge(
        -train, -valid, half=half, of=mirror, constant=-constant, linear=(-trees, -trees),
        trees=(-trees, -trees), course=[(i, -v) for i, v in course],
    )  # fmt: skip
    assert turned.name == found.name


def test_without_anchors_and_curves_it_still_judges():
    assert verdict(AUC, around(0.93), around(0.92)).name == "bestfit"
    assert verdict(AUC, around(1.0), around(0.8), course=falling(0.9, 0.8)).name == "overfit"


def test_a_constant_without_an_answer_is_no_constant():
    silent = Rival("constant", "Constant guess", math.nan, *[Interval(*[math.nan] * 3)] * 2)
    found = verdict(AUC, around(0.93), around(0.92), rivals=[silent])
    assert found.name == "bestfit"
    assert all("Guessing" not in line for line in found.evidence)


# --- evidence


def test_the_evidence_speaks_of_all_that_is_known():
    curve = [
        {"rows": 1000, "train": 0.95, "valid": 0.88},
        {"rows": 2000, "train": 0.94, "valid": 0.91},
    ]
    found = judge(
        0.95, 0.91, linear=(0.9, 0.87), trees=(0.96, 0.905), course=falling(0.91, 0.91),
        curve=curve,
    )  # fmt: skip
    assert found.evidence == (
        "ROC AUC (higher is better) is 0.950 on the rows it learnt from and 0.910 (0.900 to 0.920)"
        " on validation rows: worse by 0.040, which is more than chance explains.",
        "Guessing the same for every row gives 0.500; 91% of what the model learnt beyond that"
        " holds on new rows.",
        "Other models on the same validation rows: boosted trees 0.905 (level with this one),"
        " logistic regression 0.870 (worse than this one).",
        "In training, the validation score was best after 25% of it (0.910) and stayed about"
        " there.",
        "Learning from 2,000 instead of 1,000 rows took it from 0.880 to 0.910: more rows would"
        " most likely help.",
    )


def test_rows_that_no_longer_help():
    curve = [
        {"rows": 2000, "train": 0.94, "valid": 0.911},
        {"rows": 1000, "train": 0.95, "valid": 0.910},
    ]
    told = judge(0.92, 0.911, curve=curve).evidence
    assert told[-1].endswith("more rows like these would hardly help.")


def test_numbers_are_written_for_people():
    assert [number(v) for v in (-1234.5, 999.96, 0.1, 0.05, -0.00012, 1e-15)] == [
        "-1,234",
        "1,000",
        "0.100",
        "0.050",
        "-0.00012",
        "0",
    ]


# --- from predictions


def test_a_rival_is_scored_on_the_same_rows():
    random = np.random.default_rng(0)
    y = random.normal(size=400)
    model, other = y + 0.5 * random.normal(size=400), y + random.normal(size=400)
    found = rival("linear", "Ridge regression", RMSE, model, other, y, seed=0, train=1.1)
    assert found.valid == interval(RMSE, other, y, seed=0)
    assert found.lead.low > 0
    assert found.lead.value == pytest.approx(RMSE.score(other, y) - RMSE.score(model, y))
    assert math.isnan(rival("linear", "Ridge", RMSE, model, other, y, seed=0).train)


def test_gains_are_positive_when_better_for_both_directions():
    up = Case(AUC, around(0.95), around(0.9), opponents(0.9, trees=(0.9, 0.92)), (), None)
    down = Case(
        RMSE, around(5.0), around(10.0),
        opponents(10.0, trees=(7.0, 8.0), of=RMSE, constant=50.0), (), None,
    )  # fmt: skip
    assert up.gap == pytest.approx(0.05) and down.gap == pytest.approx(5.0)
    assert up.span == pytest.approx(0.42) and down.span == pytest.approx(42.0)
    assert up.kept == pytest.approx(0.4 / 0.45) and down.kept == pytest.approx(40 / 45)
