"""All healthy jobs: whatever is found in one of them is a false alarm.

The ``make`` of each takes how many times as wide the network shall be; 1 is the job.
"""

import importlib
from pathlib import Path

from job import Job

__all__ = ["JOBS"]

OTHERS = ("healthy_tables", "healthy_nets")
FILES = sorted(path.stem for path in Path(__file__).parent.glob("healthy_*.py"))
JOBS: list[Job] = [
    job for name in FILES if name not in OTHERS for job in importlib.import_module(name).JOBS
]
if len({job.name for job in JOBS}) < len(JOBS):
    raise ValueError("two healthy jobs have one name")
