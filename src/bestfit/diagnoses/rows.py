"""Troubles of the rows: they are there before the first step, and rows alone prove them."""

import math
from dataclasses import dataclass
from typing import Any

from .base import Diagnosis, Finding, diagnosis
from .case import Case

__all__ = [
    "ClassImbalance",
    "DataLeakage",
    "LabelNoise",
    "NonfiniteData",
    "TargetOutliers",
    "TrainValShift",
]

MIN_ROWS = 50
CELLS = {"table": "column", "pictures": "pixel", "names": "name"}
BALANCED = ("balanced_accuracy", "f1", "recall", "mcc", "precision")


@diagnosis("nonfinite_data")
@dataclass(frozen=True)
class NonfiniteData(Diagnosis):
    """Cells that are no numbers: one is enough to spoil every weight."""

    stage = "rows"
    harm = "A cell that is no number makes every weight that meets it no number."
    cause = "Gaps, divisions by zero or overflows upstream."
    advice = "Fill inputs by the mean of their column, and leave out rows without a target."

    def examine(self, case: Case) -> Finding | None:
        inputs = case.fact("bad_inputs") + case.fact("bad_inputs_valid")
        targets = case.fact("bad_targets") + case.fact("bad_targets_valid")
        if not inputs + targets:
            return None
        subject = "inputs" if inputs else "targets"
        return self.found(
            case, subject, certain=True, early=True, cells_in_inputs=inputs, rows_in_targets=targets
        )


@diagnosis("data_leakage")
@dataclass(frozen=True)
class DataLeakage(Diagnosis):
    """Validation rows among the training rows; or a column, a channel or a name that is the target.

    Args:
        min_copied: share of validation rows.
        max_within: times as many copies as there are inside the training rows by nature.
        min_sure: standard errors of that.
        min_single: skill of one column alone that is too good to be known beforehand.
        max_next: skill of the next best column beside it.
        min_next: the same; where nothing else says anything, the column is the question itself.
        max_within_class: share of a column's variance inside the classes, below which it holds
            their names, whatever else is known.
        min_others: skill of neighbours by all others, which say something together then.
    """

    min_copied: float = 0.02
    max_within: float = 2.0
    min_sure: float = 4.0
    min_single: float = 0.985
    max_next: float = 0.6
    min_next: float = 0.05
    max_within_class: float = 0.01
    min_others: float = 0.3

    stage = "rows"
    harm = "Validation scores promise more than new rows will keep."
    cause = "Rows were copied before the split, or a column was made from the target."
    advice = "Split before rows are repeated; leave out what is not known beforehand."

    def examine(self, case: Case) -> Finding | None:
        copied, within = case.fact("copied"), case.fact("copied_within")
        expected = self.max_within * within if case.fact("distinct") < 0.5 else 0.0
        chance = self.min_sure * math.sqrt(expected / max(1.0, case.fact("n_valid")))
        if copied > self.min_copied and copied > expected + chance:
            return self.found(case, "validation rows", certain=True, early=True, copied=copied,
                              copied_within_training=within)  # fmt: skip
        near, near_within = case.fact("near"), case.fact("near_within")
        if near > 0.05 and near > 4 * near_within + 0.02 and copied < self.min_copied:
            return self.found(case, "validation rows", certain=True, early=True,
                              nearly_copied=near, nearly_within_training=near_within)  # fmt: skip
        if case.fact("channel_skill") >= self.min_single:
            channel, axis = int(case.fact("channel")), int(case.fact("channel_axis"))
            return self.found(case, f"channel {channel}", certain=True, early=True, channel=channel,
                              axis=axis, skill_alone=case.fact("channel_skill"))  # fmt: skip
        single, others = case.fact("single"), case.fact("single_next")
        kind = next((kind for kind in CELLS if case.fact(kind)), None)
        known = others > self.min_next and kind != "names"  # of which some say a little by chance
        known = known or case.fact("others_skill") > self.min_others
        if (
            single >= self.min_single
            and kind
            and known
            and (others < self.max_next or case.fact("single_within", 1.0) < self.max_within_class)
            and case.fact("columns", 0) > 1
        ):
            place = int(case.fact("single_column"))
            return self.found(case, f"{CELLS[kind]} {place}", certain=True, early=True,
                              column=place, skill_alone=single, next_best=others)  # fmt: skip
        return None


@diagnosis("train_val_shift")
@dataclass(frozen=True)
class TrainValShift(Diagnosis):
    """Training and validation rows that are not of one kind.

    Args:
        min_sure: standard errors.
        min_mean: difference of means, in standard deviations.
        min_ratio: of standard deviations.
        min_share: difference of a class's share.
    """

    min_sure: float = 8.0
    min_mean: float = 0.5
    min_ratio: float = 1.6
    min_share: float = 0.15

    stage = "rows"
    harm = "What is learnt on training rows is judged, and used, on rows of another kind."
    cause = "Another unit, time, place or way of scaling; or rows that were not shuffled."
    advice = "Scale all rows by the training rows; shuffle before the split."

    def examine(self, case: Case) -> Finding | None:
        mean, ratio = case.fact("shift_mean"), case.fact("shift_ratio", 1.0)
        moved = mean > self.min_mean and case.fact("shift_sure_mean") > self.min_sure
        stretched = ratio > self.min_ratio and case.fact("shift_sure_ratio") > self.min_sure
        if moved or stretched:
            return self.found(case, "inputs", certain=True, early=True, means_apart=mean,
                              spread_ratio=ratio, columns=case.fact("shift_columns"))  # fmt: skip
        apart, sure = case.fact("class_shift"), case.fact("class_shift_sure")
        if case.fact("new_classes") or (apart > self.min_share and sure > self.min_sure - 2):
            return self.found(case, "classes", certain=True, early=True, shares_apart=apart,
                              classes_never_trained=case.fact("new_classes"))  # fmt: skip
        return None


@diagnosis("label_noise")
@dataclass(frozen=True)
class LabelNoise(Diagnosis):
    """Training targets that contradict their neighbours far more than validation targets do.

    What is random in all rows alike is a ceiling, not a fault, and is not named; unless classes
    look drawn blindly, and a trial with mended ones proves it.

    Args:
        min_more: wrong votes of neighbours, beyond those on validation rows.
        min_sure: standard errors of that.
        min_ratio: of the typical error of neighbours, for numbers.
        min_apart: how much neighbours agree where they contradict a row, against elsewhere.
        max_noise: wrong votes, of which more say that neighbours know nothing.
        min_doubted: share of rows that seem to have another class, which is too much for chance.
        max_beyond: standard errors by which a network may agree with more validation rows than
            would have the right class.
    """

    min_more: float = 0.07
    min_sure: float = 4.0
    min_ratio: float = 1.5
    min_apart: float = 0.88
    max_noise: float = 0.65
    min_doubted: float = 0.37
    max_beyond: float = 2.0

    stage = "rows"
    harm = "A network that is trained for long learns wrong answers by heart."
    cause = "Some training rows carry the answer of another row."
    advice = "Mend the targets; else leave out rows that all their neighbours contradict."

    def examine(self, case: Case) -> Finding | None:
        here, there = case.fact("noise"), case.fact("noise_valid")
        if case.fact("distance", 1.0) > 1.5 or case.fact("shift_sure") > 12:
            return None  # other rows altogether
        if case.classes:
            if here - there < self.min_more or case.fact("noise_sure") < self.min_sure:
                return self._blind(case)
        elif (
            not there
            or here < self.min_ratio * there
            or case.fact("noise_sure") < self.min_sure
            or case.fact("n_valid") < MIN_ROWS
            or TargetOutliers().examine(case) is not None
        ):
            return None
        return self.found(
            case, "training targets", certain=True, early=True, neighbours_disagree=here,
            on_validation_rows=there,
        )  # fmt: skip

    def _blind(self, case: Case) -> Finding | None:
        """Classes that look drawn blindly, among the validation rows, too, unless a network agrees
        with more of them than it could; for certain where that is much."""
        noise, apart = case.fact("noise"), case.fact("noise_apart")
        if not (0.1 < noise < self.max_noise and apart > self.min_apart):
            return None
        doubted, agrees = case.fact("doubted"), case.fact("network_agrees")
        chance = math.sqrt(doubted * (1 - doubted) / max(1.0, case.fact("n_valid")))
        if agrees > 1 - doubted + self.max_beyond * chance:
            return None  # a network knows better than the rows that contradict
        sure = doubted > self.min_doubted
        counted: dict[str, Any] = {"rows_in_doubt": doubted, "network_agrees": agrees}
        return self.found(
            case, "targets", certain=sure, early=True, neighbours_disagree=noise,
            they_agree_against_elsewhere=apart, **(counted if sure else {}),
        )  # fmt: skip


@diagnosis("target_outliers")
@dataclass(frozen=True)
class TargetOutliers(Diagnosis):
    """A few targets so far off that a squared error follows them alone.

    Args:
        min_share: of the training rows.
        max_share: above, it is no outlier but another kind of row.
        min_pull: share of the squared error that they make up.
    """

    min_share: float = 0.0005
    max_share: float = 0.12
    min_pull: float = 0.3

    stage = "rows"
    harm = "A squared error follows a few far values and misses all others."
    cause = "Slips of the comma, units, sensors; or tails that are heavy by nature."
    advice = "Mend or bound them, or train with the Huber loss."

    def examine(self, case: Case) -> Finding | None:
        share, spread, core = (case.fact(n) for n in ("outliers", "y_spread", "y_core"))
        if case.classes or not self.min_share <= share <= self.max_share or not spread:
            return None
        pull = 1 - (1 - share) * core**2 / spread**2
        if pull < self.min_pull:
            return None
        return self.found(
            case, "training targets", early=True, share=share, share_of_squares=pull,
            share_in_validation=case.fact("outliers_valid"),
        )  # fmt: skip


@diagnosis("class_imbalance")
@dataclass(frozen=True)
class ClassImbalance(Diagnosis):
    """A class so rare that the loss can do without it; only named where weights help it.

    Args:
        max_share: of the rarest class, against an even share.
    """

    max_share: float = 0.4

    stage = "pairing"
    harm = "The rare class is hardly ever predicted."
    cause = "The mean loss hardly changes when all its rows are wrong."
    advice = "Weigh the classes evenly in the loss, or gather more of its rows."

    def examine(self, case: Case) -> Finding | None:
        rarest, classes = case.fact("rarest", 1.0), case.fact("classes", 2.0)
        if (
            not case.classes
            or case.setting.metric not in BALANCED
            or rarest > self.max_share / max(2.0, classes)
        ):
            return None
        return self.found(case, "classes", early=True, share_of_the_rarest=rarest)
