"""Diagnosis and repair of trainings, measured: every sick and every healthy job.

OMP_NUM_THREADS=1 .venv/bin/python benchmarks/health/run.py [--only TEXT] [--out FILE.json]
    [--workers 1] [--drawn SEED]

Each job is trained as it is, by its healthy twin (sick jobs), and with ``repair=True``. With a seed
jobs of several faults are drawn in place of those that are written down.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sick
import torch
from drawn import drawn
from figures import by_name_table, figures_table
from healthy import JOBS as HEALTHY
from healthy_tables import easy
from job import Job
from nets import dense
from outcomes import outcome

import bestfit

__all__ = ["JOBS", "main"]

JOBS = {job.name: job for job in [*sick.JOBS, *HEALTHY]}


def jobs_of(seed: int | None) -> dict[str, Job]:
    """Those that are written down, or drawn by a seed; by name."""
    return JOBS if seed is None else {job.name: job for job in drawn(seed)}


def outcome_of(place: tuple[int | None, str]) -> dict[str, Any]:
    """All that came of the job of this seed and name; also in a process of its own."""
    torch.set_num_threads(1)
    seed, name = place
    return outcome(jobs_of(seed)[name])


def warmed_up() -> None:
    """A first training, so that the first job does not pay for what is loaded."""
    data = easy()
    options: dict[str, Any] = {"loss": "binary_cross_entropy", "epochs": 1}
    for repair in (False, True):
        bestfit.fit(
            lambda: dense(10, 8, 1), train=data.train, valid=data.valid, repair=repair, **options
        )


def outcomes_of(names: list[str], seed: int | None, workers: int) -> Iterator[dict[str, Any]]:
    """One by one, in order."""
    places = [(seed, name) for name in names]
    if workers == 1:
        _quietly_warmed()
        yield from map(outcome_of, places)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), _quietly_warmed) as pool:
        yield from pool.map(outcome_of, places)


def _quietly_warmed() -> None:
    torch.set_num_threads(1)
    try:
        warmed_up()
    except Exception as error:  # the jobs will tell
        print(f"no warm-up: {type(error).__name__}: {error}", file=sys.stderr)


def line(told: dict[str, Any]) -> str:
    """What is printed of a job."""
    if told["failed"]:
        return f"{told['name']:60} FAILED {told['failed']}"[:200]
    cure = "" if told["cure"] is None else f" ({told['cure']['score']:.3f})"
    ratio, late = told["ratio"], told["latest"]
    parts = [
        f"{told['name']:60}",
        f"{told['plain']['score']:.3f} -> {told['repaired']['score']:.3f}{cure}",
        "x-" if ratio is None else f"x{ratio:.1f}",
        "@-" if late is None else f"@{late:.0%}",
        "found: " + (" ".join(told["found"]) or "-"),
    ]
    parts += [f"{key}: {' '.join(told[key])}" for key in ("missing", "wrong") if told[key]]
    if told["kind"] == "sick":
        if told["gains"]:
            parts.append("repaired" if told["cured"] else "NOT REPAIRED")
    elif told["worse"]:
        parts.append("MADE WORSE")
    return "  ".join(parts)


def written(path: Path | None, results: list[dict[str, Any]]) -> None:
    """Keep all results so far; numbers that are none become null."""
    if path is not None:
        path.write_text(json.dumps({"jobs": _plain(results)}, indent=1), encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item() if getattr(value, "size", 1) == 1 else value.tolist()
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    return value if isinstance(value, int | str | bool | type(None)) else str(value)


def chosen(only: str, seed: int | None) -> list[str]:
    """The jobs whose name contains one of the texts, which commas part."""
    texts = only.split(",")
    return [name for name in jobs_of(seed) if any(text in name for text in texts)]


def main() -> None:
    """Run, say, and sum up."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", default="", help="texts, of which a name contains one")
    parser.add_argument("--out", type=Path, help="a file for everything, as JSON")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--drawn", type=int, metavar="SEED", help="draw 40 jobs of several faults")
    given = parser.parse_args()
    names, results = chosen(given.only, given.drawn), []
    for told in outcomes_of(names, given.drawn, given.workers):
        results.append(told)
        print(line(told), flush=True)
        written(given.out, results)
    print(f"\n{figures_table(results)}\n\n{by_name_table(results)}")


if __name__ == "__main__":
    main()
