"""What was noticed about the rows and the fit, under the public names of findings."""

from collections.abc import Mapping, Sequence
from typing import Any

from .verdict import Verdict

__all__ = ["findings_of", "skipped_findings"]

OF_ROWS = {
    "data_leakage": (
        "The scores here may be far better than any on rows whose answer is not known yet.",
        "The column is known only together with the target, or was made from it.",
        "If so, leave it out: --drop",
    ),
    "class_imbalance": (
        "Scores of the rare class rest on few rows.",
        "There are few rows of this class.",
        "Read its recall, not the accuracy; gather more of its rows.",
    ),
    "nonfinite_data": (
        "The cells say nothing to the model: they are read as missing.",
        "Something upstream divided by zero or overflowed.",
        "Mend them where they are made.",
    ),
    "label_noise": (
        "Rows that are alike teach opposite things; no model can be right about all of them.",
        "Somebody labelled them differently, or what tells them apart is in no column.",
        "Look at them: mend the labels that are wrong, or add the column.",
    ),
}
A_MISSING_ANSWER = (
    "A class that stands for a missing answer teaches the model to predict gaps.",
    "The table marks a missing answer with a word.",
    "If it is no class, name it: --set clean.missing_markers",
)
OF_FIT = {
    "overfit": (
        "overfitting",
        "It will do worse on new rows than on those it learnt from.",
        "The network learnt the noise of its rows.",
        "More rows, fewer epochs, more dropout or weight decay: --set model.dropout=0.5",
    ),
    "underfit": (
        "underfitting",
        "There is more in the rows than the model found.",
        "It is too small, too restrained, or was not trained for long enough.",
        "More time (--time), more width (--set model.width=256), less dropout.",
    ),
}


def findings_of(
    warnings: Sequence[Mapping[str, Any]], verdict: Verdict, skipped_steps: int, step: int
) -> list[dict[str, Any]]:
    """``findings.json``: what the table showed before the first step, then what the fit showed.

    Args:
        warnings: of ``profile.json``.
        verdict: on the fit.
        skipped_steps: member-steps whose gradient was not finite.
        step: steps taken.
    """
    found = []
    for warning in warnings:
        told = OF_ROWS[warning["name"]]
        if warning["name"] == "label_noise" and "class" in warning["evidence"]:
            told = A_MISSING_ANSWER
        harm, cause, advice = told
        evidence = {"what": warning["what"], **warning["evidence"]}
        found.append(_finding(warning["name"], warning["column"], 0, evidence, harm, cause, advice))
    found += skipped_findings(skipped_steps, step)
    if verdict.name in OF_FIT:
        name, harm, cause, advice = OF_FIT[verdict.name]
        evidence = {"what": verdict.sentence}
        found.append(_finding(name, None, step, evidence, harm, cause, advice))
    return found


def skipped_findings(skipped_steps: int, step: int) -> list[dict[str, Any]]:
    """That gradients were not finite, if any were not.

    Args:
        skipped_steps: member-steps that were left out for it.
        step: steps taken.
    """
    if not skipped_steps:
        return []
    return [
        _finding(
            "exploding_gradient", None, step, {"skipped_steps": skipped_steps},
            "These steps were left out, so that no weight was lost.",
            "The gradient overflowed: the step size is too large for these rows.",
            "A smaller step: --lr",
        )
    ]  # fmt: skip


def _finding(
    name: str,
    subject: str | None,
    step: int,
    evidence: Mapping[str, Any],
    harm: str,
    cause: str,
    advice: str,
) -> dict[str, Any]:
    return {
        "name": name,
        "subject": subject or "",
        "step": step,
        "evidence": dict(evidence),
        "harm": harm,
        "cause": cause,
        "advice": advice,
    }
