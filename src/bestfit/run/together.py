"""Several treatments at once, where none helps alone."""

from collections.abc import Sequence

from ..diagnoses import Finding
from .race import Race
from .trial import Trial

__all__ = ["EVIDENT", "all_treated"]

EVIDENT = {  # what may be treated together where nothing alone helps
    "wrong_output_activation", "unscaled_inputs", "unscaled_targets", "bad_initialisation",
    "dead_relu", "saturated_activation", "vanishing_gradient", "missing_activation",
    "over_regularised", "frozen_layers", "learning_rate_too_low", "learning_rate_too_high",
    "exploding_gradient",
}  # fmt: skip


def all_treated(
    race: Race, base: Trial, evident: Sequence[Finding]
) -> list[tuple[tuple[Finding, ...], Trial]]:
    """One training with everything that is evident treated, with each of its step sizes."""
    job, causes = base.job, []
    sized = [f for f in evident if f.name.startswith("learning_rate")]
    for finding in evident:
        if finding in sized:
            continue
        found = race.prescribe(job, finding)
        if found:
            job = found[-1] if finding.name == "bad_initialisation" else found[0]
            causes.append(finding)
    if not causes or len(causes) + len(sized) < 2:
        return []
    variants = [((*causes,), job)]
    for finding in sized[:1]:
        stepped = race.prescribe(job, finding)
        variants += [((*causes, finding), other) for other in stepped]
    ready: list[tuple[tuple[Finding, ...], Trial]] = []
    for names, changed in variants:
        if (trial := race.treated(changed)) is not None:
            ready.append((names, trial))
    return ready
