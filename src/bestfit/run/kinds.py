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
    """The training after the first way that is proved to help; the race judges by its rows then.

    A simple model proves it as well: the network may be ill besides, and learn nothing of either.
    """
    asked = race.look
    for way in found:
        race.look = way.look
        before, after = (race.begin(job) for job in (way.before, way.after))
        simple = reference_skill(after)
        proved = simple > STUCK and simple - reference_skill(before) > MIN_GAIN
        if not proved:
            race.advance_all((before, after), HALF)
        if proved or compared(after, before).clear(LEAST_GAIN):
            race.inspect(way.after)
            return after
    race.look = asked
    return None
