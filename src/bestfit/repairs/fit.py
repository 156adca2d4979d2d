"""Repairs of capacity and of restraint."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from ..batching import Inputs
from ..diagnoses import Finding
from ..penalties import penalty
from ..regularizers import regularizer
from ..selectors.thinning import is_wide, ranked, thinned
from .base import Job, Repair, is_table, repair
from .rewired import Beside, seeded, two_hidden
from .rows import class_or_number
from .surgery import dropped_out, flat_size, with_dropout
from .wider import is_small_stack, widened

__all__ = [
    "LessRestrained",
    "Restrained",
    "Wider",
    "decayed",
    "narrowed",
]

MIN_ROWS = 60  # of which some can be held back
UNITS = 128
TREES = 30  # enough to rank columns by, at a small part of the price of a training


@repair("overfitting")
@dataclass(frozen=True)
class Restrained(Repair):
    """Pictures are moved at random. Else fewer columns of a wide table; decoupled weight decay, an
    L1 penalty, dropout."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        if job.train.inputs[0].dim() == 4 and not job.options["regularizers"]:
            moved, mirrored = regularizer["shift"](), regularizer["flip"]()
            words = "pictures moved at random by up to an eighth"
            return [
                job.set(words, regularizers=(moved,)),
                job.set(f"{words}, and mirrored", regularizers=(moved, mirrored)),
            ]
        fewer = narrowed(job)
        found = [] if fewer is None else [fewer]
        found.append(decayed(job, 0.05))
        for strength in (0.001, 0.005):
            sparse = penalty["l1"](strength=strength)
            found.append(job.set(f"an L1 penalty of {strength:g}", penalty=sparse))
        if job.graph is not None:
            made = with_dropout(job.module, job.graph, 0.4)
            if made is not None:
                found.append(job.but("dropout of 0.4 behind hidden layers", module=made))
        return found


def narrowed(job: Job) -> Job | None:
    """Only so many columns as rows can bear: means stand in the place of the others.

    Returns:
        None where there are rows enough for all, or no table of numbers.
    """
    x = job.train.inputs[0]
    if not is_table(x) or len(x) < MIN_ROWS or not is_wide(x.shape[1], len(x)):
        return None
    y = class_or_number(job).double().cpu().numpy()
    y = y.astype(np.int64) if job.n_classes else y.mean(axis=1)
    places = {str(column): np.array([column]) for column in range(x.shape[1])}
    found = thinned(x.double().cpu().numpy(), y, places, int(job.options["seed"]), TREES)
    stays = torch.zeros(x.shape[1], dtype=torch.bool, device=x.device)
    stays[[int(column) for column in ranked(found.scores)[: found.k]]] = True
    mean = x.mean(dim=0)

    def narrow(inputs: Inputs) -> Inputs:
        return (torch.where(stays, inputs[0], mean), *inputs[1:])

    return job.with_inputs(f"{found.k} of {x.shape[1]} columns", narrow)


def decayed(job: Job, decay: float) -> Job:
    """Weight decay; as a share of lr, so that a step shrinks weights by decay · lr."""
    per_step = decay / job.lr / 20
    return job.set(f"weight decay {per_step:.3g}", weight_decay=min(10.0, per_step))


@repair("underfitting")
@dataclass(frozen=True)
class Wider(Repair):
    """Wider hidden layers, or a second network beside the first."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        seed, x = int(job.options["seed"]), job.train.inputs[0]
        found = []
        if job.graph is not None:
            made = widened(job.module, job.graph, seed)
            if made is not None:
                found.append(job.but("hidden layers at least four times as wide", module=made))
        if x.is_floating_point() and job.graph is not None and flat_size((x,)) <= 4096:
            size = flat_size((x,)), job.n_outputs, UNITS
            small = is_small_stack(job.module, UNITS // 2)  # hardly counts beside so many
            make = partial(two_hidden, *size) if small else partial(Beside, job.network(), *size)
            words = f"two hidden layers of {UNITS} ReLU units "
            words += "in place of the network" if small else "beside the network"
            made = seeded(make, seed).to(next(job.module.parameters()).device)
            found.append(job.but(words, module=made))
        return found


@repair("over_regularised")
@dataclass(frozen=True)
class LessRestrained(Repair):
    """Dropout of a tenth, no decay, no penalty."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        evidence, freer, words = finding.evidence, job, []
        rule = job.options["optimizer"]
        if float(evidence.get("weight_decay", 0.0)) > 0.05:
            plain = rule
            if type(rule)().weight_decay == 0 or rule.name != "adamw":
                plain = replace(rule, weight_decay=0.0)
            freer = freer.set("", weight_decay=0.0, optimizer=plain)
            words.append("no weight decay")
        if evidence.get("penalty"):
            freer = freer.set("", penalty=None, regularizers=())
            words.append(f"no {evidence['penalty']}")
        lighter = freer
        if float(evidence.get("dropout", 0.0)) > 0.3:
            lighter = freer.but("", module=dropped_out(freer.module, 0.1, job.graph))
            words.append("dropout of 0.1")
        if not words:
            return []
        found = replace(lighter, words=(*job.words, ", ".join(words)))
        if "dropout of 0.1" not in words:
            return [found]
        none = freer.but("", module=dropped_out(freer.module, 0.0, job.graph))
        gone = ", ".join([*words[:-1], "no dropout"])
        return [found, replace(none, words=(*job.words, gone))]
