"""Repairs of rows: fill, leave out, bound. Validation targets are never touched."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..batching import Inputs, Rows
from ..diagnoses import Finding
from ..losses import loss
from ..probes.copies import copied_rows, near_rows
from ..probes.rows import Part, counted_at, hashes_of, standard_of
from .base import Job, Repair, channels_at, repair

__all__ = [
    "FillGaps",
    "Robust",
    "Weighed",
    "WithoutCopies",
    "all_but",
    "blanked",
    "class_or_number",
    "fewer",
    "held_back",
    "hushed",
    "part_of",
    "robust",
    "silenced",
]

FAR = 6.0  # robust standard deviations
MOST_COPIED, MIN_JUDGES = 0.6, 20  # of the training rows; rows


@repair("nonfinite_data")
@dataclass(frozen=True)
class FillGaps(Repair):
    """Inputs are filled by column means of training rows; rows without a target go."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        known = job.train.target
        good = torch.ones(len(known), dtype=torch.bool, device=known.device)
        if known.is_floating_point():
            good = known.isfinite().flatten(1).all(dim=1)
        fixed = job
        if not bool(good.all()):
            gone = int((~good).sum())
            fixed = job.but(f"left out {gone} training rows without a target",
                            train=job.train.take(good.nonzero()[:, 0]))  # fmt: skip
        if any(bool((~x.isfinite()).any()) for x in job.train.inputs + job.valid.inputs
               if x.is_floating_point()):  # fmt: skip
            x = fixed.train.inputs[0]
            mean, _ = standard_of(x, channels_at(job))
            fixed = fixed.with_inputs("filled gaps with the mean of their column", _Filled(mean))
        return [fixed] if fixed is not job else []


class _Filled:
    """Gaps of the first input become the column's mean; everything else stays."""

    def __init__(self, mean: Tensor) -> None:
        self.mean = mean

    def __call__(self, inputs: Inputs) -> Inputs:
        x = inputs[0]
        mean = self.mean.to(x).expand(x.shape)
        return (torch.where(x.isfinite(), x, mean), *inputs[1:])


def fewer(job: Job, index: Tensor, words: str) -> Job:
    """Some of the training rows, for as many steps as before."""
    epochs = float(job.options["epochs"]) * len(job.train) / len(index)
    options = {**job.options, "epochs": epochs}
    return job.but(words, train=job.train.take(index), options=options)


@repair("data_leakage")
@dataclass(frozen=True)
class WithoutCopies(Repair):
    """Training rows that are also validation rows go; where that is most of them, a fifth of these
    judges alone from then on."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        told = finding.evidence
        if "column" in told:
            without = silenced if finding.subject.startswith("name") else blanked
            return [without(job, int(told["column"]))]
        if "channel" in told:
            return [hushed(job, int(told["channel"]), int(told["axis"]))]
        same = copied_rows(part_of(job.train), part_of(job.valid))
        if not same and "nearly_copied" in finding.evidence:
            same = near_rows(job.train.inputs[0], job.valid.inputs[0])
        if len(same) > MOST_COPIED * len(job.train):
            return held_back(job)
        if not same:
            return []
        words = f"left out {len(same)} training rows that are validation rows"
        return [job.but(words, train=job.train.take(all_but(job.train, same)))]


def held_back(job: Job) -> list[Job]:
    """The job where a fifth of the rows that are in both parts judges, and teaches no more; none
    where that leaves too few."""
    taught, judged = hashes_of(part_of(job.train)), hashes_of(part_of(job.valid))
    known = set(taught)
    both = [row for row in dict.fromkeys(judged) if row in known]
    random = torch.Generator().manual_seed(int(job.options["seed"]))
    kept = {both[i] for i in torch.randperm(len(both), generator=random)[: len(both) // 5].tolist()}
    if len(kept) < MIN_JUDGES:
        return []
    teach = set(both) - kept
    train = all_but(job.train, [i for i, row in enumerate(taught) if row in kept])
    valid = all_but(job.valid, [i for i, row in enumerate(judged) if row in teach])
    words = f"held back {len(valid)} of the rows that were in both parts, to judge by"
    return [job.but(words, train=job.train.take(train), valid=job.valid.take(valid))]


def all_but(rows: Rows, gone: Sequence[int]) -> Tensor:
    """The numbers of the other rows."""
    kept = torch.ones(len(rows), dtype=torch.bool)
    kept[torch.tensor(gone, dtype=torch.long)] = False
    return kept.nonzero()[:, 0].to(rows.target.device)


def blanked(job: Job, column: int) -> Job:
    """The job without what a column, or a pixel, says: its training mean stands in its place."""
    x = job.train.inputs[0]
    mean = x.flatten(1)[:, column].float().mean().to(x.dtype)

    def blank(inputs: Inputs) -> Inputs:
        x = inputs[0].flatten(1).clone()
        x[:, column] = mean
        return (x.view_as(inputs[0]), *inputs[1:])

    what = "column" if x.dim() == 2 else "pixel"
    return job.with_inputs(f"took away {what} {column}, which says the target", blank)


def silenced(job: Job, column: int) -> Job:
    """The job without a name of a thing that says the target, by the column in which it is counted:
    the commonest of the others stands in its place."""
    names = job.train.inputs[0]
    others = names.reshape(len(names), -1)[counted_at(names) != column]
    common = others.mode().values

    def silence(inputs: Inputs) -> Inputs:
        told = (counted_at(inputs[0]) == column).view_as(inputs[0])
        return (torch.where(told, common, inputs[0]), *inputs[1:])

    return job.with_inputs(f"took away name {column}, which says the target", silence)


def hushed(job: Job, channel: int, axis: int) -> Job:
    """The job without what a channel of sequences says, which stands along this axis: its training
    mean stands in its place."""
    place = (slice(None),) * axis + (channel,)
    mean = job.train.inputs[0][place].mean()

    def hush(inputs: Inputs) -> Inputs:
        x = inputs[0].clone()
        x[place] = mean
        return (x, *inputs[1:])

    return job.with_inputs(f"took away channel {channel}, which says the target", hush)


@repair("target_outliers")
@dataclass(frozen=True)
class Robust(Repair):
    """Targets are bounded, or far ones count by their distance, not its square."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        y = job.train.target
        middle = y.median(dim=0).values
        mad = 1.4826 * (y - middle).abs().median(dim=0).values
        mad = mad.where(mad > 0, y.std(dim=0))
        near = ((y - middle).abs() <= 8 * mad).all(dim=1)
        left = job.train.take(near.nonzero()[:, 0])
        bounded = torch.minimum(torch.maximum(y, middle - FAR * mad), middle + FAR * mad)
        words = f"left out {int((~near).sum())} training rows with far targets"
        return [
            robust(job),
            job.but(words, train=left),
            job.but("bounded far targets", train=replace(job.train, target=bounded)),
        ]


def robust(job: Job) -> Job:
    """The Huber loss, with a bend where ordinary errors end."""
    y = job.train.target
    mad = 1.4826 * (y - y.median(dim=0).values).abs().median(dim=0).values
    delta = float(mad.max()) or 1.0
    return job.but("the Huber loss", loss=loss["huber"](delta=delta))  # type: ignore[call-arg]


@repair("class_imbalance")
@dataclass(frozen=True)
class Weighed(Repair):
    """Classes weigh alike in the loss."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        names = {"binary": "binary_cross_entropy", "multiclass": "cross_entropy"}
        if job.task not in names:
            return []
        classes = max(2, job.n_outputs)
        count = torch.bincount(job.train.target, minlength=classes).double().clamp(min=1)
        found = []
        for power, words in ((1.0, "evenly"), (0.5, "half-way to evenly")):
            w = (count.sum() / count).pow(power)
            w = w / ((w * count).sum() / count.sum())
            weights = tuple(float(v) for v in w)
            weighed = loss[names[job.task]](class_weight=weights)  # type: ignore[call-arg]
            found.append(job.but(f"weighed the classes {words}", loss=weighed))
        return found


def class_or_number(job: Job) -> Tensor:
    """(N,) classes or (N, T) numbers."""
    target = job.train.target
    return target.reshape(len(target), -1)[:, 0].long() if job.n_classes else target


def part_of(rows: Rows) -> Part:
    """Rows as they are looked at."""
    return Part(rows.inputs, rows.target)
