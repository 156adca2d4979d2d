"""Everything that changes while a population is trained, and nothing else."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..batching import Sampler
from ..clippers import Clipper
from ..losses import Loss
from ..models import PRECISIONS, Dropout, Population, Propagation, propagation_of
from ..optimizers import lay_out
from ..penalties import Penalty
from ..probes import member_norms
from ..regularizers import Regularizer
from ..schedules import Schedule
from .members import Member, Mover, movers_of
from .noise import Noise
from .scale import LossScale

__all__ = ["Plan", "TrainState"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a training is told and does not change.

    Args:
        sampler: orders the rows.
        loss: minimised, as a mean over the rows of a step.
        schedule: factor on the step sizes.
        validate_every: steps between two looks at the validation rows.
        clip_norm: largest norm of a member's gradient; None leaves it alone.
        seed: of what is random within a step.
        regularizers: change the inputs of each step, one after the other.
        penalty: of large weights, beside the loss.
        clipper: bounds gradients in place of ``clip_norm``.
        microbatch: most rows that go through the networks at once; their gradients add up to that
            of the step. None takes all, and fewer where memory is short.
    """

    sampler: Sampler
    loss: Loss
    schedule: Schedule
    validate_every: int
    clip_norm: float | None
    seed: int
    regularizers: tuple[Regularizer, ...] = ()
    penalty: Penalty | None = None
    clipper: Clipper | None = None
    microbatch: int | None = None


class TrainState:
    """A population in training: it changes in place, and saves and resumes bit for bit.

    Args:
        population: the networks that are still trained, on their device.
        members: of each network its hyper-parameters, in the order of the population.
        n_steps: to take in all; it may be revised on the way.
        seed: of the noise.
        precision: of products: ``float32``, ``bfloat16`` or ``float16``.
    """

    def __init__(
        self,
        population: Population,
        members: Sequence[Member],
        n_steps: int,
        seed: int = 0,
        precision: str = "float32",
    ) -> None:
        self.population, self.members = population, list(members)
        self.step, self.loss_rows = 0, 0.0
        self.n_steps = n_steps
        self.microbatch: int | None = None  # rows, once memory was short
        device = next(population.parameters()).device
        self.device = device
        self.skipped = torch.zeros(1 + max((m.number for m in members), default=0), device=device)
        self.loss_sum = torch.zeros(len(members), device=device)
        self.clipping: dict[str, Tensor] = {}  # what a clipper knows of earlier steps, (k,) each
        self.noise = Noise(seed, device)
        self.precision = precision
        self.scale = LossScale(len(members), device) if precision == "float16" else None
        self._together: Tensor | None = None  # all gradients, where they lie side by side
        self.propagation: Propagation
        self.dropouts: list[Dropout]
        self.places: Tensor  # (k,) the numbers of the members
        self.movers: list[Mover]
        self.settle()

    @property
    def numbers(self) -> list[int]:
        """The number of each network in training, as first counted."""
        return [member.number for member in self.members]

    def settle(self) -> None:
        """Put weights and gradients side by side where that helps, and build what moves them."""
        if self.population.chainable:
            # What one optimizer moves alike is one piece of memory: weights, then biases.
            named = [(n, p) for n, p in self.population.named_parameters() if p.requires_grad]
            named.sort(key=lambda pair: not self.population.decays(pair[0]))
            tensors = [p for _, p in named]
            shapes = [p.shape for p in tensors]
            (_, weights), (buffer, grads) = (lay_out(shapes, tensors[0]) for _ in range(2))
            for p, w, g in zip(tensors, weights, grads, strict=True):
                w.copy_(p.detach())
                p.data, p.grad = w, g
            self._together = buffer
        self.dropouts = self.population.dropouts
        self.places = torch.tensor(self.numbers, device=self.device)
        self.propagation = propagation_of(self.population, PRECISIONS[self.precision])
        self.movers = movers_of(self.population, self.members)

    @property
    def searches(self) -> bool:
        """Whether a step evaluates the losses again."""
        return any(member.rule.searches for member in self.members)

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Within, the weights stand where they are to be judged and kept."""
        for mover in self.movers:
            mover.judge(True)
        try:
            yield
        finally:
            for mover in self.movers:
                mover.judge(False)

    def mean_loss(self) -> Tensor:
        """(k,) mean training loss of each member since the last call."""
        mean = self.loss_sum / max(1.0, self.loss_rows)
        self.loss_sum, self.loss_rows = torch.zeros_like(self.loss_sum), 0.0
        return mean

    def mean_lr(self) -> float:
        """Of the members' step sizes, as they were at the last step."""
        rates = [
            torch.as_tensor(mover.lr).expand(len(mover.members)).tolist() for mover in self.movers
        ]
        each = [float(rate) for own in rates for rate in own]
        return sum(each) / len(each)

    def gradients(self) -> list[Tensor]:
        """Every parameter's gradient, (k, …)."""
        if self._together is not None and len(self.members) == 1:
            return [self._together.unsqueeze(0)]
        parameters = self.population.parameters()
        return [self.population.by_member(p.grad) for p in parameters if p.grad is not None]

    def trained(self) -> list[tuple[Tensor, Tensor]]:
        """Every parameter that has a gradient, (k, …), and that."""
        by = self.population.by_member
        return [
            (by(p.data), by(p.grad)) for p in self.population.parameters() if p.grad is not None
        ]

    def penalized(self) -> list[tuple[Tensor, Tensor]]:
        """Those of ``trained`` that are weights, not biases or the like."""
        population, by = self.population, self.population.by_member
        return [
            (by(p.data), by(p.grad))
            for name, p in population.named_parameters()
            if p.grad is not None and population.decays(name)
        ]

    def gradient_norms(self) -> Tensor:
        """(k,) the norm of each member's gradient."""
        norms = torch.stack([member_norms(grad) for grad in self.gradients()])
        return member_norms(norms.T)

    @property
    def all_finite(self) -> bool:
        """Whether this is seen at one glance; else each member is to be looked at."""
        gradients = self._together
        if gradients is None or gradients.device.type != "cpu":
            return False
        return math.isfinite(gradients.dot(gradients))

    def scale_gradients(self, factor: Tensor) -> None:
        """Multiply each member's gradient by its factor, (k,)."""
        for grad in self.gradients():
            grad.mul_(factor.view(-1, *[1] * (grad.dim() - 1)).to(grad.dtype))

    def keep(self, positions: Sequence[int]) -> None:
        """Go on with the members at these positions only; what is left takes less time."""
        if not positions:  # it is over
            self.members = []
            return
        index = torch.tensor(positions, dtype=torch.int64, device=self.device)
        state = self._by_member()
        self.members = [self.members[i] for i in positions]
        self.population.keep(index)
        self.loss_sum = self.loss_sum[index]
        self.clipping = {name: known[index] for name, known in self.clipping.items()}
        if self.scale is not None:
            self.scale.keep(index)
        self._rebuild(state)

    def seat(self, members: Sequence[Member]) -> None:
        """Take these members in place of those of the start, whose weights are yet to come."""
        if len(members) < len(self.members):
            self.keep(range(len(members)))
        self.members = list(members)
        if members:
            self.settle()

    def replace(self, position: int, member: Member, donor: Population) -> None:
        """Let a newcomer take a place, while the others go on.

        Args:
            position: in the population.
            member: with a number that none has had.
            donor: a population of the same shape whose first network comes.
        """
        state = self._by_member()
        self.members[position] = member
        self.population.put(position, donor)
        grown = torch.zeros(max(len(self.skipped), member.number + 1), device=self.device)
        grown[: len(self.skipped)] = self.skipped
        self.skipped = grown
        self.loss_sum[position] = 0
        for known in self.clipping.values():
            known[position] = 0
        self._rebuild(state)

    def set_rates(self, rates: Mapping[int, float]) -> None:
        """Give members, by number, other step sizes; everything else goes on."""
        if rates:
            state = self._by_member()
            self.members = [
                replace(m, lr=rates[m.number]) if m.number in rates else m for m in self.members
            ]
            self._rebuild(state)

    def _by_member(self) -> dict[int, list[dict[str, Tensor]]]:
        return {
            m.number: mover.entries_of(m.number) for mover in self.movers for m in mover.members
        }

    def _rebuild(self, state: dict[int, list[dict[str, Tensor]]]) -> None:
        self.settle()
        for mover in self.movers:
            if all(m.number in state for m in mover.members):
                mover.inherit(state)
