"""A repair: a job and what is wrong with it in, changed jobs out. Nothing alive is patched."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ..batching import Inputs, Rows
from ..diagnoses import Finding
from ..graph import Graph
from ..losses import Loss
from ..probes.network import PROBED
from ..registry import Registry
from ..transforms import TargetScale

__all__ = ["Affine", "Job", "Repair", "channels_at", "is_table", "repair", "rescaled"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Job:
    """A whole training as values: network, rows, loss, settings; and how it came to be so.

    Args:
        module: the network before training; never trained itself.
        train: training rows.
        valid: validation rows, targets in training units.
        loss: minimised.
        options: settled options of ``bestfit.fit``.
        task: binary, multiclass or regression.
        n_outputs: that the network gives.
        n_classes: of the target; 0 for numbers.
        graph: what the network does; None where it was not looked at.
        first: what was measured then; None where it was of another network, rows or loss.
        scale: from training units to target units; None where they are the same.
        steps_of_inputs: what is done to inputs before the network, in order.
        given: (C, C) how often each class stands for each among the targets, where training rows
            were mended and validation rows may be as wrong as they were.
        words: what was changed, in order.
    """

    module: nn.Module
    train: Rows
    valid: Rows
    loss: Loss
    options: Mapping[str, Any]
    task: str
    n_outputs: int
    n_classes: int = 0
    graph: Graph | None = None
    first: Mapping[tuple[str, str], float] | None = None
    scale: TargetScale | None = None
    steps_of_inputs: tuple[Callable[[Inputs], Inputs], ...] = ()
    given: Tensor | None = None
    words: tuple[str, ...] = ()

    def but(self, words: str, **changes: Any) -> "Job":
        """The same, with something changed; of what was measured before, only what still holds."""
        holds = changes.keys().isdisjoint(("module", "train", "loss"))
        first = self.first if holds else None
        return replace(self, words=(*self.words, words), first=first, **changes)

    def set(self, words: str, **options: Any) -> "Job":
        """The same with other options."""
        return self.but(words, options={**self.options, **options})

    def network(self) -> nn.Module:
        """A fresh copy of the network."""
        return deepcopy(self.module)

    def with_inputs(self, words: str, step: Callable[[Inputs], Inputs]) -> "Job":
        """The same, with something done to all inputs, also those to come."""
        return self.but(
            words,
            train=replace(self.train, inputs=step(self.train.inputs)),
            valid=replace(self.valid, inputs=step(self.valid.inputs)),
            steps_of_inputs=(*self.steps_of_inputs, step),
        )

    def probed(self, n: int = PROBED) -> Inputs:
        """A few training rows, as the network takes them: bytes become numbers in [0, 1]."""
        rows = (x[:n] for x in self.train.inputs)
        return tuple(x.float() / 255 if x.dtype == torch.uint8 else x.clone() for x in rows)

    @property
    def lr(self) -> float:
        """The step size."""
        wanted = self.options["lr"]
        return float(self.options["optimizer"].lr if wanted is None else wanted)

    @property
    def usual_lr(self) -> float:
        """Of this optimizer."""
        return float(type(self.options["optimizer"])().lr)

    @property
    def batch_size(self) -> int:
        """Rows of a step."""
        wanted = self.options["batch_size"]
        return len(self.train) if wanted == "full" else min(len(self.train), int(wanted))


class Repair(ABC):
    """A component that knows what to try against one trouble."""

    name: ClassVar[str]

    @abstractmethod
    def prescribe(self, job: Job, finding: Finding) -> list[Job]:
        """Two to four changed jobs, what changes least first; none where nothing can be done.

        Args:
            job: as it stands.
            finding: what is wrong.
        """


repair: Registry[Repair] = Registry("repair")


@dataclass(frozen=True)
class Affine:
    """``(x − shift) / scale`` of the first input, gaps filled with the shift.

    Args:
        shift: (1, …).
        scale: (1, …); not 0.
        bound: of what comes out; None leaves it.
    """

    shift: Tensor
    scale: Tensor
    dtype: torch.dtype
    bound: float | None = None

    def __call__(self, inputs: Inputs) -> Inputs:
        x = inputs[0].float()
        z = (x - self.shift) / self.scale
        z = torch.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0)
        z = z if self.bound is None else z.clamp(-self.bound, self.bound)
        return (z.to(self.dtype), *inputs[1:])


def is_table(x: Tensor) -> bool:
    """Whether inputs are rows of numbers, none of them missing."""
    return x.dim() == 2 and x.is_floating_point() and bool(x.isfinite().all())


def channels_at(job: Job) -> int:
    """The axis along which channels stand in sequences: 1 as convolutions read them, else 2."""
    shape = job.train.inputs[0].shape
    read = [m.in_channels for m in job.module.modules() if isinstance(m, nn.Conv1d)]
    return 1 if len(shape) == 3 and shape[1] in read and shape[2] not in read else 2


def rescaled(job: Job, words: str, step: Callable[[Inputs], Inputs]) -> Job:
    """The job with its inputs on another scale, but for columns that the network looks up in a
    table of its own: another number there would be another row of it, or none."""
    named = _looked_up(job)
    if named is None:
        return job.with_inputs(words, step)

    def but_names(inputs: Inputs) -> Inputs:
        first, *others = step(inputs)
        return (torch.where(named, inputs[0], first), *others)

    return job.with_inputs(words, but_names)


def _looked_up(job: Job) -> Tensor | None:
    """(columns,) of whole numbers that nothing flows back to, where there are embeddings."""
    if not any(isinstance(part, nn.Embedding) for part in job.module.modules()):
        return None
    x, *others = job.probed()
    if x.dim() not in (2, 3) or not x.is_floating_point():
        return None
    x.requires_grad_()
    with torch.random.fork_rng([]), torch.enable_grad():
        value = job.network().eval()(x, *others).float().square().sum()
        (pull,) = torch.autograd.grad(value, x, materialize_grads=True)
    whole = (x == x.round()) & (x >= 0)
    return ((pull == 0) & whole).flatten(0, -2).all(dim=0)
