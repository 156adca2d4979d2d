"""Repairs of training and validation rows that are not of one kind."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..batching import Inputs, Rows
from ..diagnoses import Finding
from ..probes.rows import standard_of
from .base import Job, Repair, channels_at, repair, rescaled

__all__ = ["Aligned", "Aligning", "shuffled"]

MIN_APART = 0.9  # of the rows must tell which part they are of


@repair("train_val_shift")
@dataclass(frozen=True)
class Aligned(Repair):
    """New rows are brought to the mean and spread of the training rows, column by column; as they
    are, or turned around, as a negative is."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        x, xv = job.train.inputs[0], job.valid.inputs[0]
        if finding.subject != "inputs" or not x.is_floating_point():
            return []
        here, there = standard_of(x, channels_at(job)), standard_of(xv, channels_at(job))
        align = Aligning(here, there)
        if min(align.share(xv), 1 - align.share(x)) < MIN_APART:
            return []
        words = "brought rows that look like the validation rows to the scale of the training rows"
        turned = Aligning(here, there, sign=-1)
        return [
            rescaled(job, words, align),
            rescaled(job, f"{words}, turned around", turned),
        ]


class Aligning:
    """Rows that are likelier among the validation rows get the training rows' mean and spread.

    Args:
        here: mean and spread of the training rows, (1, …) each.
        there: the same of the validation rows.
        sign: 1, or -1 where what is large there is small here.
    """

    def __init__(
        self, here: tuple[Tensor, Tensor], there: tuple[Tensor, Tensor], sign: int = 1
    ) -> None:
        self.here, self.there, self.sign = here, there, sign

    def __call__(self, inputs: Inputs) -> Inputs:
        x = inputs[0]
        (mean, spread), (mean_v, spread_v) = self.here, self.there
        moved = (self.sign * (x - mean_v) / spread_v * spread + mean).to(x.dtype)
        other = self._other(x).view(-1, *[1] * (x.dim() - 1))
        return (torch.where(other, moved, x), *inputs[1:])

    def share(self, x: Tensor) -> float:
        """Of rows, those that are taken for others than training rows."""
        return float(self._other(x).float().mean())

    def _other(self, x: Tensor) -> Tensor:
        """(N,) whether a row is likelier there, by independent normal columns."""
        likely = []
        for mean, spread in (self.here, self.there):
            z = (((x - mean) / spread) ** 2).clamp(max=100) / 2 + spread.log()
            likely.append(-z.expand(x.shape).flatten(1).sum(dim=1))
        return likely[1] > likely[0]


def shuffled(job: Job) -> tuple[Job, Job] | None:
    """Rows of both parts, cut anew; of the same sizes.

    Returns:
        The training rows that are still among them, and all that are now, both judged by the same
        new rows; None where the parts have not the same columns.
    """
    parts = (job.train, job.valid)
    rows = [(*part.inputs, part.target) for part in parts]
    alike = len(rows[0]) == len(rows[1]) and all(
        a.shape[1:] == b.shape[1:] and a.dtype == b.dtype for a, b in zip(*rows, strict=False)
    )
    if not alike or any(part.weight is not None for part in parts):
        return None
    *inputs, target = (torch.cat(pair) for pair in zip(*rows, strict=True))
    both, n = Rows(tuple(inputs), target), len(job.train)
    random = torch.Generator().manual_seed(int(job.options["seed"]))
    order = torch.randperm(len(target), generator=random)
    here, there = order[:n], order[n:]
    judged = replace(job, valid=both.take(there.to(target.device)))
    kept = both.take(here[here < n].to(target.device))
    epochs = float(job.options["epochs"]) * n / max(1, len(kept))  # for as many steps
    options = {**job.options, "epochs": epochs}
    before = replace(judged, train=kept, options=options, first=None)
    words = "shuffled training and validation rows and cut them anew"
    return before, judged.but(words, train=both.take(here.to(target.device)))
