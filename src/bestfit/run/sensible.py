"""Validation targets that lie so far off that a few of them would decide alone."""

from dataclasses import replace

from torch import Tensor

from ..repairs import Job
from .look import Look

__all__ = ["sensibly_judged"]

GAP = 2.0  # times as far as all others
MAX_SHARE = 0.12  # more are no slips
ROOM = 1.25  # beyond the farthest of the others


def sensibly_judged(job: Job, look: Look) -> Look:
    """A look at the validation rows that a few far targets do not decide alone.

    Where some lie apart from all others, targets and answers are bounded at the edge of these.
    Whoever foresees the far ones loses nothing by it, and is not given up for who does not
    (``Trial.foresight``).
    """
    if job.n_classes:
        return look
    y = job.train.target.double()
    middle = y.median(dim=0).values
    spread = 1.4826 * (y - middle).abs().median(dim=0).values
    if not bool((spread > 0).all()):
        return look
    away = (job.valid.target - middle).abs() / spread
    edge = _edge((y - middle).abs() / spread)
    if edge is None or float((away > edge).any(dim=1).double().mean()) > MAX_SHARE:
        return look
    low, high = middle - ROOM * edge * spread, middle + ROOM * edge * spread
    ends = (part.cpu().numpy() for part in (low, high))
    least, most = ends if look.y.ndim > 1 else (float(end[0]) for end in ends)
    return replace(look, bounds=(least, most))


def _edge(away: Tensor) -> float | None:
    """How far the farthest target lies that is not apart from the others; None where none is."""
    far = away.max(dim=1).values.sort(descending=True).values
    far = far[: max(2, round(MAX_SHARE * len(far)))]
    ratio = far[:-1] / far[1:].clamp(min=1.0)
    place = int(ratio.argmax())
    return float(far[place + 1].clamp(min=1.0)) if ratio[place] >= GAP else None
