"""A repaired network that was still learning when its budget ended goes on, in steps that fall to
nothing."""

from dataclasses import replace

from ..diagnoses import rising
from ..schedules import schedule
from .race import Race
from .trial import Trial, compared

__all__ = ["MORE", "settled"]

MORE = 0.5  # of the budget
GOOD = 0.97  # of skill, which leaves nothing to go on for
LEAST_LATE, LEAST_GROWN = 0.05, 0.02  # of the loss, and of skill, in the last quarter
LATE = 0.9  # of the budget: where a network that still learns was at its best
SURE = 2.0  # standard errors
MUCH = 0.1  # of skill, which asks for as much again
TIMES = 3.0  # as large steps, at first, where they are not far larger than usual ones


def settled(race: Race, base: Trial, unit: int) -> Trial | None:
    """The training after another half of the budget, or two, with a step size that falls to
    nothing; None where it had stopped learning, or gains nothing by it.

    Args:
        race: of all trainings.
        base: one that was repaired, at its end.
        unit: steps of the training that was asked for.
    """
    late = base.fit.best.step[0] > LATE * base.n_steps
    if base.skill() > GOOD or base.look.by_metric or not late:
        return None
    if not rising(race.case(base), LEAST_LATE, LEAST_GROWN):
        return None
    further = _further(race, base, unit)
    gain = compared(further, base)
    if gain.sure <= SURE:
        return None
    if gain.skill > MUCH:
        again = _further(race, further, unit)
        further = again if compared(again, further).sure > SURE else further
    return further


def _further(race: Race, base: Trial, unit: int) -> Trial:
    options = {**base.job.options, "schedule": schedule["cosine"]()}
    options["epochs"] = MORE * unit / base.n_steps * float(base.job.options["epochs"])
    words = f"{options['epochs']:.3g} epochs more, with a step size that falls to nothing"
    if base.job.lr < TIMES * base.job.usual_lr:  # it learnt slowly, as long as it did
        options["lr"] = TIMES * base.job.lr
        words += f" from {options['lr']:.3g}"
    trial = race.begin(replace(base.job.but(words, options=options), module=base.module))
    race.advance(trial, 1.0)
    return trial
