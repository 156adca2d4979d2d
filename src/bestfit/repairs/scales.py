"""Repairs of scale: inputs and targets are standardised, and predictions turned back."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from ..batching import Inputs
from ..diagnoses import Finding
from ..probes.rows import standard_of
from ..transforms import TargetScale
from .base import Affine, Job, Repair, channels_at, is_table, repair, rescaled
from .weights import within_bounds

__all__ = [
    "Standardised",
    "StandardisedTargets",
    "whitened",
]

BOUND = 10.0  # standard deviations: what new rows may be far off
STRETCHED = 100.0  # largest to least variance of the inputs' principal components
LEAST = 1e-6  # of the largest variance: what is less is taken for noise
MAX_COLUMNS = 300


@repair("unscaled_inputs")
@dataclass(frozen=True)
class Standardised(Repair):
    """Mean 0 and standard deviation 1, by training rows; channels of pictures together."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        x = job.train.inputs[0]
        if "read_within" in finding.evidence:
            quiet = within_bounds(job)
            return [] if quiet is None else [quiet]
        if not x.is_floating_point():
            return []
        mean, spread = standard_of(x, channels_at(job))
        step = Affine(mean.to(x.device), spread.to(x.device), x.dtype, BOUND)
        return [rescaled(job, "standardised the inputs", step)]


@repair("unscaled_targets")
@dataclass(frozen=True)
class StandardisedTargets(Repair):
    """Mean 0 and standard deviation 1, by training rows; of several numbers each has its own mean,
    and all one spread, so that they weigh as before."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        scaled = job.scale is not None and (job.scale.link != "log" or job.scale.spread != 1)
        if job.task != "regression" or scaled:
            return []
        if job.loss.link == "log":
            return [_of_one(job)]
        y = job.train.target.double().cpu().numpy()
        away = np.abs(y - np.median(y, axis=0))
        core = away <= 8 * (1.4826 * np.median(away) or y.std())
        mean = y.mean(axis=0, where=core)
        spread = float(np.sqrt(np.square(y - mean).mean(where=core))) or 1.0
        scale = TargetScale(mean if len(mean) > 1 else float(mean[0]), spread, -np.inf, np.inf)
        rows = [
            replace(part, target=(part.target - part.target.new_tensor(mean)) / spread)
            for part in (job.train, job.valid)
        ]
        words = "standardised the targets"
        return [job.but(words, train=rows[0], valid=rows[1], scale=scale)]


def _of_one(job: Job) -> Job:
    """Targets ≥ 0 as multiples of their mean, whose logarithms are small numbers."""
    mean = float(job.train.target.double().mean()) or 1.0
    train, valid = (replace(rows, target=rows.target / mean) for rows in (job.train, job.valid))
    scale = replace(TargetScale.logarithms(), mean=mean, spread=mean)
    return job.but("divided the targets by their mean", train=train, valid=valid, scale=scale)


def whitened(job: Job) -> Job | None:
    """Inputs as uncorrelated columns of one spread, by their principal components (LeCun et al.,
    "Efficient BackProp", 1998); None where that changes little.
    """
    x = job.train.inputs[0]
    if not is_table(x) or not 1 < x.shape[1] <= MAX_COLUMNS:
        return None
    mean = x.mean(dim=0)
    variance, axes = torch.linalg.eigh((x - mean).double().T.cov())
    real = variance > LEAST * variance[-1]
    if not bool(real.any()) or variance[-1] < STRETCHED * variance[real][0]:
        return None
    turn = (axes[:, real] / variance[real].sqrt() @ axes[:, real].T).to(x.dtype)

    def whiten(inputs: Inputs) -> Inputs:
        return ((inputs[0] - mean) @ turn, *inputs[1:])

    return rescaled(job, "turned the inputs into uncorrelated columns of one spread", whiten)
