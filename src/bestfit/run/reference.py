"""A quick simple model beside the network: ridge on random features, in closed form.

Rahimi and Recht, "Weighted Sums of Random Kitchen Sinks", NeurIPS 2008.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..probes.doubts import bent
from ..probes.rows import columns_of

if TYPE_CHECKING:
    from .trial import Trial

__all__ = ["reference_skill"]

ROWS = 2_000
RIDGES = (1e-3, 1e-1, 10.0)


@torch.no_grad()
def reference_skill(trial: "Trial") -> float:
    """Skill on validation rows, by the criterion of the training; NaN where rows are no numbers."""
    x, xv = (columns_of(rows.inputs[0]) for rows in (trial.job.train, trial.job.valid))
    if x is None or xv is None or len(x) < 20:
        return float("nan")
    x, xv = x[:ROWS].cpu(), xv.cpu()
    y = torch.from_numpy(np.asarray(trial.material.y[:ROWS]))
    look = trial.look
    classes = len(look.target.classes)
    target = (
        torch.nn.functional.one_hot(y, classes).double()
        if classes
        else (y.double().reshape(len(y), -1))
    )
    mean, spread = x.mean(dim=0), x.std(dim=0).clamp(min=1e-9)
    x, xv = (((p - mean) / spread).clamp(-5, 5).double() for p in (x, xv))
    centre, size = target.mean(dim=0), target.std(dim=0).clamp(min=1e-12)
    best = -float("inf")
    for features, new in ((x, xv), (bent(x), bent(xv))):
        for weights in _solved(features, (target - centre) / size, len(features)):
            answer = (new @ weights) * size + centre
            best = max(best, trial.skill(_prediction(answer, classes)))
    return best


def _solved(features: Tensor, target: Tensor, n: int) -> list[Tensor]:
    gram, pull = features.T @ features / n, features.T @ target / n
    eye = torch.eye(len(gram), dtype=gram.dtype)
    roots = (torch.linalg.cholesky_ex(gram + ridge * eye).L for ridge in RIDGES)
    return [torch.cholesky_solve(pull, root) for root in roots]


def _prediction(answer: Tensor, classes: int) -> np.ndarray:
    if not classes:
        return np.asarray((answer[:, 0] if answer.shape[1] == 1 else answer).numpy())
    shares = answer.clamp(0.02, 1)
    return np.asarray((shares / shares.sum(dim=1, keepdim=True)).numpy())
