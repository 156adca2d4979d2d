"""Repairs of first weights, and of layers that shut units or gradients off."""

from dataclasses import dataclass, replace

import torch
from torch import nn

from ..diagnoses import Finding
from ..graph import Graph
from .base import Job, Repair, repair
from .surgery import (
    fresh_weights,
    levelled,
    normalised,
    put,
    recalling,
    recurrent_gated,
    remembering,
    residual,
    swap_operations,
)

__all__ = [
    "Alive",
    "Bounded",
    "FreshWeights",
    "OwnStatistics",
    "Reaching",
    "Unsaturated",
    "activation_of",
    "drawn",
    "leaky",
    "quieted",
    "rectified",
    "scheme_for",
    "with_norm",
    "with_skips",
    "within_bounds",
]

QUIET = 0.25


def activation_of(graph: Graph | None) -> str:
    """What mostly follows hidden layers, as initializers name it."""
    names = (
        [op.function.rstrip("_") for op in graph.hidden("rectified", "bounded", "smooth")]
        if (graph is not None)
        else []
    )
    most = max(set(names), key=names.count, default="relu")
    return most if most in ("relu", "tanh", "sigmoid", "selu", "gelu", "elu", "silu") else "relu"


def drawn(job: Job, scheme: str) -> Job:
    """The job with other first weights."""
    seed, activation = int(job.options["seed"]), activation_of(job.graph)
    module = fresh_weights(job.module, scheme, seed, activation, job.probed())
    words = "each layer's own rule" if scheme == "torch" else f"the rule {scheme}"
    return job.but(f"drew the first weights by {words}", module=module)


def quieted(job: Job) -> Job:
    """The job with first weights scaled by the data, and small ones in the middle: where branches
    are summed up, each then adds little to what the sum was before.

    Zhang, Dauphin and Ma, "Fixup Initialization", ICLR 2019, shrink branches for the same reason.
    """
    made = drawn(job, "data_dependent")
    weights = [p for p in made.module.parameters() if p.dim() > 1]
    with torch.no_grad():
        for weight in weights[1:-1]:
            weight.mul_(QUIET)
    words = f"{made.words[-1]}, in the middle {QUIET:g} of it"
    return replace(made, words=(*job.words, words))


def scheme_for(job: Job) -> str:
    """He for rectifiers, Glorot for what is bounded."""
    return "xavier_uniform" if activation_of(job.graph) in ("tanh", "sigmoid") else "he_normal"


@repair("bad_initialisation")
@dataclass(frozen=True)
class FreshWeights(Repair):
    """Weights by each layer's own rule, by He's or Glorot's, or scaled by the data."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        return [drawn(job, "torch"), drawn(job, scheme_for(job)), drawn(job, "data_dependent")]


@repair("dead_relu")
@dataclass(frozen=True)
class Alive(Repair):
    """Fresh weights with biases zero, or units that are never quite shut."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        return [drawn(job, "he_normal"), drawn(job, "torch"), leaky(job, "rectified")]


@repair("saturated_activation")
@dataclass(frozen=True)
class Unsaturated(Repair):
    """Quieter inputs of units that the network makes loud; fresh weights, or ReLU units."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        quiet = within_bounds(job)
        found = [drawn(job, "torch"), drawn(job, scheme_for(job)), rectified(job)]
        return found if quiet is None else [quiet, rectified(job)]


@repair("vanishing_gradient")
@dataclass(frozen=True)
class Reaching(Repair):
    """ReLU units with He's weights; normalisation; residual connections; a GRU for an RNN, or
    orthogonal weights for one that is written by hand."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        graph, seed = job.graph, int(job.options["seed"])
        if graph is None:
            return []
        found: list[Job] = []
        if finding.subject == "time":
            length = job.train.inputs[0].shape[1]
            for words, made in (
                ("gates that begin by holding what they know", remembering),
                ("a GRU that holds what it knows, in place of the plain RNN", recurrent_gated),
            ):
                module = made(job.module, seed, length)
                found += [] if module is None else [job.but(words, module=module)]
            module = recalling(job.module, graph, seed)
            words = "orthogonal recurrent weights"
            return found if module is None else [*found, job.but(words, module=module)]
        found.append(rectified(job))
        found.append(drawn(job, "data_dependent"))
        found += [j for j in (with_norm(rectified(job)), with_skips(rectified(job))) if j]
        return found


@repair("exploding_gradient")
@dataclass(frozen=True)
class Bounded(Repair):
    """Fresh weights where they blow up the signal, clipped gradients where steps do."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        clipped = job.set("clipped gradients at norm 1", clip_norm=1.0)
        length = job.train.inputs[0].shape[1] if finding.subject == "time" else 0
        gated = recurrent_gated(job.module, int(job.options["seed"]), length)
        found = [clipped] if finding.subject != "signal" else []
        if gated is not None:
            found.append(job.but("a GRU in place of the plain RNN", module=gated))
        if finding.subject in ("signal", "time"):
            found.append(drawn(job, "torch"))
            found.append(drawn(job, scheme_for(job)))
        if finding.subject == "signal":
            found += [drawn(job, "data_dependent"), quieted(job)]
        slower = job.set(f"lr {job.lr:.3g} → {job.lr / 10:.3g}", lr=job.lr / 10)
        if finding.subject == "signal" and (quiet := with_norm(job)) is not None:
            found.append(quiet)
        return [*found, slower] if finding.subject == "gradient" else found


@repair("batchnorm_mismatch")
@dataclass(frozen=True)
class OwnStatistics(Repair):
    """Running statistics with the usual momentum, larger batches, or layer normalisation."""

    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        usual, layered = job.network(), job.network()
        for part in usual.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.momentum = 0.1
                part.track_running_stats = True
                part.eps = 1e-5
        for path, part in list(layered.named_modules()):
            if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
                like = next(job.module.parameters())
                put(layered, path, nn.GroupNorm(1, part.num_features).to(like))
        found = [job.but("running statistics with momentum 0.1", module=usual)]
        if job.batch_size < 16:
            found.append(job.set(f"batches of {32} rows", batch_size=32))
        return [*found, job.but("layer normalisation for batch normalisation", module=layered)]


def within_bounds(job: Job) -> Job | None:
    """The job whose network takes back factors of its own that are far too large or small; None
    where there are none."""
    sizes = [] if job.graph is None else job.graph.amplified()
    if not sizes:
        return None
    names = ", ".join(dict.fromkeys(op.function for op, _ in sizes))
    module = levelled(job.module, sizes)
    return job.but(f"what {names} reads brought to size 1", module=module)


def rectified(job: Job) -> Job:
    """ReLU in place of bounded activations, with He's weights."""
    if job.graph is None:
        return job
    ops = job.graph.hidden("bounded")
    if not ops:
        return drawn(job, "he_normal")
    module = swap_operations(job.module, ops, "relu")
    module = fresh_weights(module, "he_normal", int(job.options["seed"]), "relu", job.probed())
    names = ", ".join(dict.fromkeys(op.function for op in ops))
    return job.but(f"ReLU units in place of {names}, with He's first weights", module=module)


def leaky(job: Job, kind: str) -> Job:
    """Leaky ReLU in place of hard ones."""
    if job.graph is None:
        return job
    module = swap_operations(job.module, job.graph.hidden(kind), "leaky_relu")
    module = fresh_weights(module, "he_normal", int(job.options["seed"]), "relu", job.probed())
    return job.but("leaky ReLU units, with He's first weights", module=module)


def with_norm(job: Job) -> Job | None:
    """Normalisation behind each hidden layer."""
    made = None if job.graph is None else normalised(job.module, job.graph, job.batch_size)
    return None if made is None else job.but("normalisation behind hidden layers", module=made)


def with_skips(job: Job) -> Job | None:
    """Residual connections around layers that keep the width."""
    made = None if job.graph is None else residual(job.module, job.graph)
    return None if made is None else job.but("residual connections", module=made)
