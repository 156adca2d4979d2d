"""All sick jobs."""

import importlib
from pathlib import Path

from job import Job

__all__ = ["JOBS"]

FILES = sorted(path.stem for path in Path(__file__).parent.glob("sick_*.py"))
JOBS: list[Job] = [job for name in FILES for job in importlib.import_module(name).JOBS]
if len({job.name for job in JOBS}) < len(JOBS):
    raise ValueError("two sick jobs have one name")
