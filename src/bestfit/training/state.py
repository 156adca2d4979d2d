"""Everything that changes while a population is trained, and nothing else."""

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from ..batching import Sampler
from ..losses import Loss
from ..models import Population
from ..rng import seed_of
from ..schedules import Schedule

__all__ = ["Plan", "TrainState"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a training is told and does not change.

    Args:
        sampler: orders the rows.
        loss: minimised, as a mean over the rows of a step.
        schedule: factor on the step sizes.
        n_steps: steps in all.
        validate_every: steps between two looks at the validation rows.
        clip_norm: largest norm of a member's gradient; None leaves it alone.
        seed: of dropout's random bytes.
    """

    sampler: Sampler
    loss: Loss
    schedule: Schedule
    n_steps: int
    validate_every: int
    clip_norm: float | None
    seed: int


@dataclass
class TrainState:
    """A population in training: it changes in place, and saves and resumes bit for bit.

    Args:
        population: the networks that are still trained.
        optimizer: moves them; its groups carry ``initial_lr``.
        members: the number of each network in ``population``, as first counted.
        step: steps done.
        skipped: (k,) steps that each first member skipped as its gradient was not finite.
        loss_sum: (m,) training losses summed since the last look, and ``loss_steps`` of them.
    """

    population: Population
    optimizer: torch.optim.Optimizer
    members: list[int]
    step: int = 0
    skipped: Tensor = field(default_factory=lambda: torch.zeros(0))
    loss_sum: Tensor = field(default_factory=lambda: torch.zeros(0))
    loss_steps: int = 0
    _noise: tuple[tuple[int, int], Tensor] | None = None

    def __post_init__(self) -> None:
        if not len(self.skipped):
            self.skipped = torch.zeros(len(self.members), device=self.device)
        if not len(self.loss_sum):
            self.loss_sum = torch.zeros(len(self.members), device=self.device)
        for group in self.optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.population.parameters()).device

    def noise(self, plan: Plan, n: int) -> Tensor | None:
        """n random bytes for this step, from a pool that each epoch draws anew.

        A step reads its part of the pool from an offset of its own: drawing costs one call an
        epoch, and the bytes follow from seed and step alone.
        """
        if not n:
            return None
        epoch = self.step // plan.sampler.steps_per_epoch
        size = 4 * n
        if self._noise is None or self._noise[0] != (epoch, size):
            generator = torch.Generator().manual_seed(seed_of(plan.seed, "dropout", epoch))
            pool = torch.randint(0, 256, (size,), dtype=torch.uint8, generator=generator)
            self._noise = ((epoch, size), pool.to(self.device))
        pool = self._noise[1]
        offset = seed_of(plan.seed, "dropout offset", self.step) % (len(pool) - n + 1)
        return pool[offset : offset + n]

    def mean_loss(self) -> Tensor:
        """(m,) mean training loss of each member since the last call."""
        mean = self.loss_sum / max(1, self.loss_steps)
        self.loss_sum, self.loss_steps = torch.zeros_like(self.loss_sum), 0
        return mean

    def set_lr(self, factor: float) -> None:
        """Multiply every group's first learning rate by a factor."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor

    def keep(self, positions: list[int]) -> None:
        """Go on with the members at these positions only; their state moves with them."""
        index = torch.tensor(positions, dtype=torch.int64, device=self.device)
        k = len(self.members)
        old = list(self.population.parameters())
        self.population.keep(index)
        fresh = dict(zip(old, self.population.parameters(), strict=True))
        for group in self.optimizer.param_groups:
            group["params"] = [fresh[p] for p in group["params"]]
            for key, value in group.items():
                if isinstance(value, Tensor) and value.dim() == 1:
                    group[key] = value[index.to(value.device)]
        states: dict[Any, Any] = dict(self.optimizer.state)
        self.optimizer.state.clear()
        for parameter, state in states.items():
            self.optimizer.state[fresh[parameter]] = {
                key: value[index] if value.dim() and len(value) == k else value
                for key, value in state.items()
            }
        self.members = [self.members[i] for i in positions]
        self.loss_sum = self.loss_sum[index]
        self._noise = None
