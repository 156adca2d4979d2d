"""Training and validation rows are brought to one kind, where a trial proves that it helps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..repairs import Job, shuffled
from .early import HALF, LEAST_GAIN, STUCK
from .look import Look
from .race import Race
from .reference import reference_skill
from .trial import Trial, compared, metric_targets

__all__ = ["Way", "of_one_kind", "ways"]

MIN_GAIN = 0.2  # of a simple model's skill
MISSING, SMALL = 0.2, 0.005  # of what the training without it misses, where that is less; of skill
SURE = 2.0  # standard errors: that the rows are of two kinds is certain before
ALIKE = 0.8  # of the best such gain: of these ways the first is taken


@dataclass(frozen=True, eq=False)
class Way:
    """One way to rows of one kind.

    Args:
        before: the job without it.
        after: the job with it.
        look: at the rows that judge both.
    """

    before: Job
    after: Job
    look: Look


def ways(job: Job, look: Look, prescribed: Sequence[Job]) -> list[Way]:
    """What is prescribed; at last, that rows of both parts are shuffled and cut anew."""
    found = [Way(job, after, look) for after in prescribed]
    cut = shuffled(job)
    if cut is not None:
        rows = cut[1].valid
        found.append(Way(*cut, replace(look, rows=rows, y=metric_targets(cut[1], rows))))
    return found


def of_one_kind(race: Race, found: Sequence[Way]) -> Trial | None:
    """The training after a way that is proved to help; the race judges by its rows then.

    A simple model proves it, the best way first: the network may be ill besides, and learn nothing
    of either. Where it cannot, a third of two trainings does.
    """
    asked = race.look
    pairs = []
    for way in found:
        race.look = way.look
        pairs.append((way, race.begin(way.before), race.begin(way.after)))
    gains = [_simply(before, after) for _, before, after in pairs]
    sure = max(gains, default=0.0) > 0
    for (way, before, after), gain in zip(pairs, gains, strict=True):
        race.look = way.look
        if sure:
            proved = gain > ALIKE * max(gains)
        else:
            race.advance_all((before, after), HALF)
            least = min(LEAST_GAIN, max(SMALL, MISSING * (1 - before.skill())))
            proved = compared(after, before).clear(least, SURE)
        if proved:
            race.inspect(way.after)
            return after
    race.look = asked
    return None


def _simply(before: Trial, after: Trial) -> float:
    """Skill of a simple model after a way, where that helps it much; else 0."""
    skill = reference_skill(after)
    helps = skill > STUCK and skill - reference_skill(before) > MIN_GAIN
    return skill if helps else 0.0
