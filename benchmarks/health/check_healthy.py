"""Whether healthy jobs are healthy: no twin of one may do clearly better on the test rows.

.venv/bin/python benchmarks/health/check_healthy.py          all
.venv/bin/python benchmarks/health/check_healthy.py noise    those whose name contains this

Twins have another step size, three times the epochs, standardised inputs or targets, weight decay,
or twice the width. A gain is clear if it is more than a tenth of the error that is left and more
than 2.5 standard errors of the difference.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
from healthy import JOBS
from job import Data, Job, score, trained
from measures import losses_by_row

LEFT = 0.1  # of the error, and no more than this may be gained
SURE = 2.5  # standard errors


def twins(job: Job, data: Data) -> Iterator[tuple[str, Job, Data]]:
    """What might have been better."""
    options = job.options
    for factor in (0.1, 0.3, 3.0, 10.0):
        yield f"lr x{factor:g}", _with(job, lr=options["lr"] * factor), data
    yield "epochs x3", _with(job, epochs=options["epochs"] * 3), data
    yield "decay", _with(job, optimizer=_decoupled(options["optimizer"]), weight_decay=0.05), data
    wide = cast(Callable[[int], Any], job.make)
    yield "wider", replace(job, make=lambda: wide(2)), data
    if data.train[0].dtype.kind == "f" and not _standard(data.train[0]):
        yield "inputs", job, _standardised(data)


def _with(job: Job, **options: Any) -> Job:
    return replace(job, options={**job.options, **options})


def _decoupled(name: str) -> str:
    return "adamw" if name == "adam" else name


def _standard(X: np.ndarray) -> bool:
    axes = tuple(range(X.ndim - 1)) if X.ndim != 4 else (0, 1, 2, 3)
    return bool(np.abs(X.mean(axes)).max() < 0.1 and np.abs(X.std(axes) - 1).max() < 0.1)


def _standardised(data: Data) -> Data:
    X = data.train[0]
    axes = 0 if X.ndim == 2 else tuple(range(X.ndim))
    mean, std = X.mean(axes), X.std(axes) + 1e-6
    parts = ((X, y) for X, y in (data.train, data.valid, data.test))
    return Data(*(((X - mean) / std, y) for X, y in parts))


class Back:
    """A result whose numbers are brought back to target units."""

    def __init__(self, result: Any, mean: Any, std: Any) -> None:
        self.result, self.mean, self.std = result, mean, std

    def predict(self, X: np.ndarray) -> np.ndarray:
        """(N,) or (N, T) numbers."""
        return np.asarray(self.result.predict(X) * self.std + self.mean)


def in_units(job: Job, data: Data) -> Any:
    """The result with targets standardised."""
    y = data.train[1]
    mean, std = y.mean(0), y.std(0)
    parts = [(X, (t - mean) / std) for X, t in (data.train, data.valid)]
    return Back(trained(job, Data(parts[0], parts[1], data.test)), mean, std)


def outcomes(job: Job, data: Data) -> Iterator[tuple[str, Any, Data]]:
    """The results of all twins."""
    for name, twin, rows in twins(job, data):
        yield name, trained(twin, rows), rows
    y = data.train[1]
    if y.dtype.kind == "f" and abs(y.std() - 1) > 0.2 and job.options["loss"] in ("mse", "huber"):
        for factor in (1.0, 1 / y.std()):
            lr = float(max(job.options["lr"] * factor, 1e-3))
            yield "targets", in_units(_with(job, lr=lr), data), data


def judged(job: Job) -> tuple[float, float, str, float, bool]:
    """Seconds, plain score, the best twin and its score, and whether it is clearly better."""
    data = job.data()
    start = time.process_time()
    plain = trained(job, data)
    seconds = time.process_time() - start
    own, before = score(job, plain, data), losses_by_row(job, plain, data)
    best, name, clear = -np.inf, "", False
    for twin, result, rows in outcomes(job, data):
        found = score(job, result, rows)
        gain = before - losses_by_row(job, result, rows)
        sure = gain.mean() > SURE * gain.std() / len(gain) ** 0.5
        better = bool(sure and gain.mean() > LEFT * before.mean())
        if (better, found) > (clear, best):
            best, name, clear = found, twin, better
    return seconds, own, name, best, clear


def main(part: str) -> None:
    """Print a line a job, with a mark where a twin is clearly better."""
    parts = part.split(",")
    for job in JOBS:
        if not any(text in job.name for text in parts):
            continue
        try:
            seconds, own, name, best, clear = judged(job)
        except Exception as error:  # goes on with the others
            print(f"{job.name:44} FAILED {type(error).__name__}: {error}"[:150], flush=True)
            continue
        marks = f"{'SICK ' if clear else ''}{'SLOW' if seconds > 3 else ''}"
        print(
            f"{job.name:44} {seconds:5.2f} s {own:8.4f} {best:8.4f} {name:10} {marks}", flush=True
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
