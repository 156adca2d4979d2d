"""A quick simple model beside the network: ridge on random features, in closed form.

It says how much can be learnt, and whether training rows carry other answers than new ones.

Rahimi and Recht, "Weighted Sums of Random Kitchen Sinks", NeurIPS 2008.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..probes.doubts import LeftOut, bent
from ..probes.neighbours import noise_of_votes
from ..probes.rows import told_by

if TYPE_CHECKING:
    from .trial import Trial

__all__ = ["noise_left_out", "reference_skill"]

ROWS = 2_000
RIDGES = (1e-3, 1e-1, 10.0)


class _Posed(NamedTuple):
    """What a ridge is given: columns and targets of unit spread, and what turns answers back."""

    x: Tensor
    new: Tensor
    target: Tensor
    centre: Tensor
    size: Tensor
    y: Tensor


@torch.no_grad()
def reference_skill(trial: "Trial") -> float:
    """Skill on validation rows, by the criterion of the training; NaN where rows are few."""
    posed, classes = _posed(trial), len(trial.look.target.classes)
    if posed is None:
        return float("nan")
    best = -float("inf")
    for features, new in ((posed.x, posed.new), (bent(posed.x), bent(posed.new))):
        for weights, _ in _solved(features, posed.target):
            answer = (new @ weights) * posed.size + posed.centre
            best = max(best, trial.skill(_prediction(answer, classes)))
    return best


@torch.no_grad()
def noise_left_out(trial: "Trial") -> dict[str, float]:
    """How often the model misses the class of a training row that it was not given, against that of
    a validation row: more often where training rows carry wrong ones. Nothing of numbers."""
    posed = _posed(trial)
    if posed is None or not trial.look.target.classes:
        return {}
    features, new, target = bent(posed.x), bent(posed.new), posed.target * posed.size
    y, fewest, found = torch.from_numpy(np.asarray(trial.look.y)), 2.0, {}
    for weights, root in _solved(features, target):
        wrong = ((LeftOut(features, root)(target) + posed.centre).argmax(dim=1) != posed.y).float()
        if float(wrong.mean()) < fewest:
            wrong_v = ((new @ weights + posed.centre).argmax(dim=1) != y).float()
            fewest, found = float(wrong.mean()), noise_of_votes(wrong, wrong_v)
    return found


def _posed(trial: "Trial") -> _Posed | None:
    x, xv = (told_by(rows.inputs[0]) for rows in (trial.job.train, trial.job.valid))
    if len(x) < 20:
        return None
    x, xv = x[:ROWS].cpu(), xv.cpu()
    y = torch.from_numpy(np.asarray(trial.material.y[:ROWS]))
    classes = len(trial.look.target.classes)
    target = (
        torch.nn.functional.one_hot(y, classes).double()
        if classes
        else (y.double().reshape(len(y), -1))
    )
    mean, spread = x.mean(dim=0), x.std(dim=0).clamp(min=1e-9)
    x, xv = (((p - mean) / spread).clamp(-5, 5).double() for p in (x, xv))
    centre, size = target.mean(dim=0), target.std(dim=0).clamp(min=1e-12)
    return _Posed(x, xv, (target - centre) / size, centre, size, y)


def _solved(features: Tensor, target: Tensor) -> list[tuple[Tensor, Tensor]]:
    """For each ridge the weights, and the root of the gram matrix with it."""
    n, eye = len(features), torch.eye(features.shape[1], dtype=features.dtype)
    gram, pull = features.T @ features / n, features.T @ target / n
    roots = [torch.linalg.cholesky_ex(gram + ridge * eye).L for ridge in RIDGES]
    return [(torch.cholesky_solve(pull, root), root) for root in roots]


def _prediction(answer: Tensor, classes: int) -> np.ndarray:
    if not classes:
        return np.asarray((answer[:, 0] if answer.shape[1] == 1 else answer).numpy())
    shares = answer.clamp(0.02, 1)
    return np.asarray((shares / shares.sum(dim=1, keepdim=True)).numpy())
