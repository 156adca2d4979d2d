"""Repair of wrong classes and numbers among the targets of training rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..diagnoses import Finding
from ..probes.doubts import contradicted_rows, doubtful_rows
from .base import Job, Repair, repair
from .rows import all_but, class_or_number, fewer, robust

__all__ = ["WithoutDoubtful", "relabelled"]


@repair("label_noise")
@dataclass(frozen=True)
class WithoutDoubtful(Repair):
    """Training rows that others contradict get the class that these give them, or go; numbers pull
    less where they are far off."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        mended = relabelled(job, job.train.inputs, "a simple model gives them")
        options = [] if mended is None else [mended]
        if mended is None:
            far = doubtful_rows(job.train.inputs, class_or_number(job))
        else:
            far = (class_or_number(mended) != class_or_number(job)).nonzero()[:, 0].tolist()
        if 0 < len(far) < 0.7 * len(job.train):
            words = f"left out {len(far)} training rows in doubt"
            given = job if mended is None else replace(job, given=mended.given)
            options.append(fewer(given, all_but(job.train, far), words))
        return options if job.n_classes else [*options, robust(job)]


def relabelled(job: Job, told: Sequence[Tensor], words: str) -> Job | None:
    """The job whose training rows have the classes that are likely by what is told of them; None
    where nothing contradicts the classes given.

    Args:
        job: as it was given.
        told: (N, …) inputs, or what a network made of them.
        words: who says so.
    """
    y = class_or_number(job)
    others = contradicted_rows(told, y)
    if not others:
        return None
    mended = y.clone()
    mended[list(others)] = torch.tensor(list(others.values()), device=y.device)
    target = mended.reshape(job.train.target.shape).to(job.train.target)
    job = replace(job, given=_given(mended, y, job.n_classes))
    words = f"gave {len(others)} training rows the class that {words}"
    return job.but(words, train=replace(job.train, target=target))


def _given(true: Tensor, y: Tensor, n_classes: int) -> Tensor:
    """(C, C) how often each class is given for each; (N,) and (N,)."""
    counts = torch.bincount(true * n_classes + y, minlength=n_classes**2).reshape(n_classes, -1)
    return ((counts + 1.0) / (counts + 1.0).sum(dim=1, keepdim=True)).double().cpu()
