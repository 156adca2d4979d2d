"""What the training that was asked for shows beside the cause that was found: named with it."""

from collections.abc import Sequence
from dataclasses import replace

from ..diagnoses import Case, Finding, diagnosis
from .race import Race
from .trial import Trial

__all__ = ["FEW_EPOCHS", "symptoms"]

FEW_EPOCHS = 4
SLIGHT = 0.02  # rises of the loss, against its level
SEEN_WITH = {
    "learning_rate_too_high": (
        "oscillating_loss", "batch_size_too_small", "dead_relu", "saturated_activation",
    ),
    "learning_rate_too_low": ("slow_convergence",),
    "slow_convergence": ("too_few_epochs", "oscillating_loss"),
    "unscaled_inputs": ("saturated_activation",),
    "unscaled_targets": ("exploding_gradient",),
}  # fmt: skip


def symptoms(race: Race, plain: Trial, found: Sequence[Finding]) -> list[Finding]:
    """Further findings about the training that was asked for.

    Args:
        race: of all trainings.
        plain: as it was asked for; where it was short, it is brought to its end.
        found: causes that are proved.
    """
    names = {finding.name for finding in found}
    few = plain.job.options["epochs"] <= FEW_EPOCHS
    if few and "slow_convergence" in names:
        race.advance(plain, 1.0)
    possible = {
        name: cause for cause in found for name in SEEN_WITH.get(cause.name, ())
        if name not in names and (few or name != "too_few_epochs")
    }  # fmt: skip
    if not possible:
        return []
    case = race.case(plain)
    bold = "learning_rate_too_high" in names
    seen = [(cause, _seen(name, case, bold=bold)) for name, cause in possible.items()]
    return [
        replace(f, step=min(f.step, cause.step), repair=cause.repair)
        for cause, f in seen if f is not None
    ]  # fmt: skip


def _seen(name: str, case: Case, *, bold: bool) -> Finding | None:
    """What a diagnosis says; beside steps that are proved to be too large of slight swings, too."""
    if name != "oscillating_loss" or not bold:
        return diagnosis[name]().examine(case)
    swings = diagnosis[name](min_amplitude=SLIGHT)  # type: ignore[call-arg]  # it has it
    return swings.examine(case) or swings.examine(_latter(case))


def _latter(case: Case) -> Case:
    """What is known without the losses of the first half, whose fall hides how they swing."""
    losses = case.course.train_loss
    return replace(case, course=replace(case.course, train_loss=losses[len(losses) // 2 - 1 :]))
