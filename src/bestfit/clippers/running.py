"""Clipping by what gradients have been."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .base import TINY, Clipper, Memory, clipper, norms_of, times

__all__ = ["ClipRunning"]


@clipper("running")
@dataclass(frozen=True, kw_only=True)
class ClipRunning(Clipper):
    """A gradient that is far longer than usual is shortened to what is usual.

    As ZClip (Kumar et al., arXiv 2504.02507): beyond ``z`` standard deviations over the running
    mean of its norm, a gradient is brought to mean + z²/its own z deviations, and counts as such.

    Args:
        z: standard deviations above the mean; > 0.
        memory: of the running mean and variance, in (0, 1).
        warm_up: first steps, which are only remembered; ≥ 1.
    """

    z: float = 2.5
    memory: float = 0.97
    warm_up: int = 25

    def clip(self, weights: Sequence[Tensor], gradients: Sequence[Tensor], memory: Memory) -> None:
        norm = norms_of(gradients).float()
        for name in ("count", "mean", "variance"):
            memory.setdefault(name, torch.zeros_like(norm))
        count, mean, variance = memory["count"], memory["mean"], memory["variance"]
        deviation = variance.sqrt().clamp(min=TINY)
        distance = (norm - mean) / deviation
        usual = mean + self.z * self.z / distance.clamp(min=self.z) * deviation
        wild = (distance > self.z) & (count >= self.warm_up)
        bounded = torch.where(wild, usual, norm)
        times(gradients, torch.where(wild, bounded / norm.clamp(min=TINY), torch.ones_like(norm)))
        # In the first steps a plain mean, so that they all count alike.
        count += 1
        share = torch.maximum(1 / count, torch.full_like(count, 1 - self.memory))
        change = bounded - mean
        mean += share * change
        variance += share * ((1 - share) * change.square() - variance)
