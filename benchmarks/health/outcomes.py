"""What comes of one job: trained as it is, by its healthy twin, and with repair."""

import time
import traceback
from typing import Any

import numpy as np
from job import Data, Job, cured, score, trained
from measures import constant_score, score_error, told

from bestfit.errors import InputError

__all__ = ["outcome"]

SHARE = 0.9  # of the possible gain, from which on a job counts as repaired
SURE = 2.0  # standard errors by which a healthy job must be worse to count as harmed


def outcome(job: Job) -> dict[str, Any]:
    """Scores, times, findings and what follows from them; what raises is written down."""
    kind = "sick" if job.expected else "healthy"
    begun = {
        "name": job.name, "kind": kind, "expected": sorted(job.expected),
        "accepted": sorted(job.accepted), "failed": "",
    }  # fmt: skip
    try:
        return begun | _outcome(job)
    except Exception as error:  # the others go on
        where = traceback.format_exc()
        words = " ".join(f"{type(error).__name__}: {error}".split())
        return begun | {"failed": words, "traceback": where}


def _outcome(job: Job) -> dict[str, Any]:
    data = job.data()
    floor = constant_score(job, data)
    refusable = (InputError, RuntimeError) if job.expected else (InputError,)
    plain, _ = run(job, data, refusable)
    cure = None
    if job.cure is not None:
        healthy = cured(job)
        cure, _ = run(healthy, healthy.data())
    repaired, result = run(job, data, repair=True)
    return {
        "constant": floor, "plain": plain, "cure": cure, "repaired": repaired,
        "attempts": list(result.attempts), "findings": list(result.findings),
        **judged_findings(job, result.findings, total_steps(job, data)),
        **judged_scores(plain, cure, repaired, floor),
    }  # fmt: skip


def run(
    job: Job, data: Data, refusable: tuple[type[Exception], ...] = (), **more: Any
) -> tuple[dict[str, Any], Any]:
    """Train and judge: score, its standard error, seconds; and the result.

    Args:
        refusable: errors that are an outcome: then the best constant answer is judged. Torch's own
            RuntimeError is one in a sick job, whose loss may raise it.
        more: further options of ``bestfit.fit``.
    """
    wall, cpu, refused, result = time.perf_counter(), time.process_time(), "", None
    try:
        result = trained(job, data, **more)
    except refusable as error:
        refused = " ".join(str(error).split())
    seconds = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    if result is None:
        judged = {"score": constant_score(job, data), "error": 0.0}
        return {**judged, "refused": refused, **seconds}, None
    answers = told(job, result, data)
    found = {"score": score(job, answers, data), "error": score_error(job, answers, data)}
    return {**found, "refused": "", **seconds}, result


def total_steps(job: Job, data: Data) -> int:
    """Of the plain training."""
    n, batch = len(data.train[1]), job.options.get("batch_size", 32)
    per_epoch = 1 if batch == "full" else max(1, n // min(n, batch))
    return max(1, round(float(job.options.get("epochs", 10)) * per_epoch))


def judged_findings(job: Job, findings: list[dict[str, Any]], n_steps: int) -> dict[str, Any]:
    """Which names were found, which are missing, which are wrong, and when."""
    found = sorted({finding["name"] for finding in findings})
    true = job.expected | job.accepted
    shares = [
        (finding.get("step") or 0) / n_steps for finding in findings if finding["name"] in true
    ]
    return {
        "n_steps": n_steps,
        "found": found,
        "missing": sorted(job.expected - set(found)),
        "wrong": sorted(set(found) - true),
        "late": shares,
        "latest": max(shares, default=None),
    }


def judged_scores(
    plain: dict[str, Any], cure: dict[str, Any] | None, repaired: dict[str, Any], floor: float
) -> dict[str, Any]:
    """Whether something was to be gained, whether it was, and what it took.

    A plain score below the best constant answer counts as that answer: else a repair that only
    brings a diverged network back to nothing would have nearly all there is to gain.
    """
    start = max(plain["score"], floor)
    error = max(repaired["error"], 0.0)
    told: dict[str, Any] = {
        "ratio": None if plain["refused"] else repaired["cpu_s"] / max(plain["cpu_s"], 1e-9),
        "wall_ratio": None if plain["refused"] else repaired["wall_s"] / max(plain["wall_s"], 1e-9),
        "worse": bool(repaired["score"] < plain["score"] - SURE * max(error, plain["error"])),
        "gains": False,
        "cured": False,
    }
    if cure is not None:
        possible = cure["score"] - start
        told["gains"] = bool(np.isfinite(cure["score"]) and possible > cure["error"])
        gained = repaired["score"] - start + max(error, cure["error"])
        told["cured"] = bool(gained >= SHARE * possible)
    return told
