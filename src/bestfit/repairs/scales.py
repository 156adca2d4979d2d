"""Repairs of scale: inputs and targets are standardised, and predictions turned back."""

from dataclasses import dataclass, replace

import numpy as np

from ..diagnoses import Finding
from ..probes.rows import standard_of
from ..transforms import TargetScale
from .base import Affine, Job, Repair, repair

__all__ = [
    "Standardised",
    "StandardisedTargets",
]

BOUND = 10.0  # standard deviations: what new rows may be far off


@repair("unscaled_inputs")
@dataclass(frozen=True)
class Standardised(Repair):
    """Mean 0 and standard deviation 1, by training rows; channels of pictures together."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        x = job.train.inputs[0]
        if not x.is_floating_point():
            return []
        mean, spread = standard_of(x)
        step = Affine(mean.to(x.device), spread.to(x.device), x.dtype, BOUND)
        return [job.with_inputs("standardised the inputs", step)]


@repair("unscaled_targets")
@dataclass(frozen=True)
class StandardisedTargets(Repair):
    """Mean 0 and standard deviation 1, by training rows."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        if job.scale is not None or job.task != "regression":
            return []
        y = job.train.target.double().cpu().numpy()
        middle = float(np.median(y))
        core = y[np.abs(y - middle) <= 8 * (1.4826 * np.median(np.abs(y - middle)) or y.std())]
        scale = TargetScale(float(core.mean()), float(core.std()) or 1.0, -np.inf, np.inf)
        rows = [
            replace(part, target=(part.target - scale.mean) / scale.spread)
            for part in (job.train, job.valid)
        ]
        words = "standardised the targets"
        return [job.but(words, train=rows[0], valid=rows[1], scale=scale)]
