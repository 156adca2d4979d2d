"""Several treatments at once, where none helps alone."""

from collections.abc import Sequence

from ..diagnoses import Finding
from .race import Race
from .trial import Trial

__all__ = ["EVIDENT", "Treated", "all_treated", "sized"]

Treated = tuple[tuple[Finding, ...], Trial]  # what was treated, and the training with it

EVIDENT = {  # what may be treated together where nothing alone helps
    "wrong_output_activation", "unscaled_inputs", "unscaled_targets", "bad_initialisation",
    "dead_relu", "saturated_activation", "vanishing_gradient", "missing_activation",
    "over_regularised", "frozen_layers", "learning_rate_too_low", "learning_rate_too_high",
    "exploding_gradient", "target_outliers", "batch_size_too_small",
}  # fmt: skip
STEPS = {"learning_rate_too_low", "learning_rate_too_high", "slow_convergence"}  # of another size


def sized(finding: Finding) -> bool:
    """Whether the size of steps is to blame."""
    return finding.name in STEPS


def all_treated(race: Race, base: Trial, evident: Sequence[Finding]) -> list[Treated]:
    """One training with everything that is evident treated, with each of its step sizes."""
    job, causes = base.job, []
    steps = [f for f in evident if sized(f)]
    for finding in evident:
        if finding in steps:
            continue
        found = race.prescribe(job, finding)
        if found:
            job = found[-1] if finding.name == "bad_initialisation" else found[0]
            causes.append(finding)
    if not causes or len(causes) + len(steps) < 2:
        return []
    variants = [((*causes,), job)]
    for finding in steps[:1]:
        stepped = race.prescribe(job, finding)
        variants += [((*causes, finding), other) for other in stepped]
    ready: list[Treated] = []
    for names, changed in variants:
        if (trial := race.treated(changed)) is not None:
            ready.append((names, trial))
    return ready
