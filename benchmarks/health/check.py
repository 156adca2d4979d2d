"""Every sick job as it is and cured, on its test rows.

.venv/bin/python benchmarks/health/check.py          all
.venv/bin/python benchmarks/health/check.py dead     those whose name contains this
"""

import sys
import time

from job import Job, cured, score, trained
from sick import JOBS

JUDGED = {"data_leakage", "train_val_shift"}  # which may harm the judgement alone


def outcome(job: Job) -> tuple[float, float, str]:
    """Seconds, the score on the test rows, and why there is none."""
    data = job.data()
    start = time.perf_counter()
    try:
        result = trained(job, data)
    except Exception as error:  # what fit refuses is an outcome
        return time.perf_counter() - start, float("-inf"), f"{type(error).__name__}: {error}"[:60]
    return time.perf_counter() - start, score(job, result, data), ""


def main(part: str) -> None:
    """Print a line a job, with a mark where the harm is small or the cure does not cure."""
    for job in JOBS:
        if part not in job.name:
            continue
        seconds, plain, why = outcome(job)
        healthy, best, refused = outcome(cured(job))
        weak = not best - plain > 0.05 and not job.expected & JUDGED
        slow = max(seconds, healthy) > 3
        told = f"{'WEAK ' if weak else ''}{'SLOW ' if slow else ''}{why} {refused}".strip()
        print(f"{job.name:62} {seconds:5.1f} {healthy:5.1f} s {plain:9.3g} {best:7.3f}  {told}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
