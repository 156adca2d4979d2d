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
WELL = 0.3  # of skill
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


def of_one_kind(race: Race, found: Sequence[Way]) -> tuple[Trial | None, bool]:
    """The training after a way that is proved to help, whose rows judge the race then; and whether
    rows of two kinds do any harm.

    A simple model proves it, the best way first: the network may be ill besides, and learn nothing
    of either. Where it cannot, a third of two trainings does. There is no harm where that model
    does well, and no way makes it better.
    """
    asked = race.look
    pairs, skills = [], []
    for way in found:
        race.look = way.look
        pair = race.begin(way.before), race.begin(way.after)
        pairs.append((way, *pair))
        skills.append((reference_skill(pair[0]), reference_skill(pair[1])))
    gains = [_clear(*pair) for pair in skills]
    sure = max(gains, default=0.0) > 0
    if not sure and skills and all(_as_good(*pair) for pair in skills):
        race.look = asked
        return None, False
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
            return after, True
    race.look = asked
    return None, True


def _clear(before: float, after: float) -> float:
    """Skill of a simple model after a way, where that helps it much; else 0."""
    return after if after > STUCK and after - before > MIN_GAIN else 0.0


def _as_good(before: float, after: float) -> bool:
    """Whether a simple model does well without it, and gains nothing by it."""
    return before > WELL and after - before < SMALL
