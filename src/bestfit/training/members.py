"""Who is trained: each member's own hyper-parameters, and the optimizers that move them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ..models import Population
from ..optimizers import Optimizer, SpanOptimizer, by_member
from ..penalties import Penalty

__all__ = ["Member", "Mover", "movers_of"]

Entries = dict[str, Tensor]


@dataclass(frozen=True)
class Member:
    """One network's place in the training.

    Args:
        number: as first counted; a newcomer gets the next free one.
        rule: how its weights move.
        lr: its step size, before the schedule.
        weight_decay: its shrinkage.
        born: the step at which it came; its schedule runs from there.
    """

    number: int
    rule: Optimizer
    lr: float
    weight_decay: float = 0.0
    born: int = 0


class Mover:
    """One optimizer, and the neighbouring members that it moves.

    Args:
        population: whose parameters are moved.
        members: neighbours in it, of one rule and one age.
        start: the position of the first.
    """

    def __init__(self, population: Population, members: Sequence[Member], start: int) -> None:
        self.members, self.born = list(members), members[0].born
        self._place = slice(start, start + len(members))
        self._whole = len(members) == population.members
        named = [(n, p) for n, p in population.named_parameters() if p.requires_grad]
        self._sources = [p for _, p in named]
        self.params = self._sources
        if not self._whole:
            self.params = [nn.Parameter(p.detach()[self._place]) for p in self._sources]
        self.by_member = population.packed
        self._shrunk = [
            p.detach()
            for p, (name, _) in zip(self.params, named, strict=True)
            if population.decays(name)
        ]
        device = next(population.parameters()).device
        decay = _shared([m.weight_decay for m in members], device)
        lr = _shared([m.lr for m in members], device)
        groups = [
            {
                "params": [
                    p
                    for p, (name, _) in zip(self.params, named, strict=True)
                    if population.decays(name) == decays
                ],
                "members": len(members) if population.packed else 0,
                "lr": lr,
                "weight_decay": decay if decays else decay * 0,
                "initial_lr": lr,
            }
            for decays in (True, False)
        ]
        if not torch.as_tensor(decay).any():
            groups[0]["params"] += groups[1].pop("params")
            del groups[1]
        self.optimizer = members[0].rule.build([g for g in groups if g["params"]])
        self._settled = population.chainable and self._whole  # gradients stay where they are
        self._factor = 1.0
        self._seen = False

    def judge(self, judged: bool) -> None:
        """Put in place the weights that are to be judged, or go back to those that are trained."""
        if isinstance(self.optimizer, SpanOptimizer):
            (self.optimizer.eval if judged else self.optimizer.train)()

    def search(self, closure: Callable[[], Tensor]) -> None:
        """Move once, by a rule that evaluates the losses (k,) again."""
        self.optimizer.step(closure)  # type: ignore[arg-type]  # a loss of each member

    def step(self, factor: float, resting: Sequence[int] = ()) -> None:
        """Move once.

        Args:
            factor: on every step size.
            resting: positions in the population of members that stay as they are.
        """
        if factor != self._factor:
            for group in self.optimizer.param_groups:
                group["lr"] = group["initial_lr"] * factor
            self._factor = factor
        if not self._whole:
            for mine, source in zip(self.params, self._sources, strict=True):
                mine.grad = None if source.grad is None else source.grad[self._place]
        if not resting:
            self._advance()
            return
        still = [
            i - self._place.start for i in resting if self._place.start <= i < self._place.stop
        ]
        if len(still) == len(self.members):
            return
        moved = [
            t.detach()
            for p in self.params if still
            for t in (p, *self.optimizer.state.get(p, {}).values())
            if self._by_member(t, p)
        ]  # fmt: skip
        before = [t[still].clone() for t in moved]
        self._advance()
        for t, kept in zip(moved, before, strict=True):
            t[still] = kept

    def shrink(self, penalty: Penalty) -> None:
        """The proximal step of a penalty, by the step size of the last step."""
        for w in self._shrunk:
            own = w if self.by_member else w.unsqueeze(0)
            penalty.shrink(own, by_member(self.lr, own))

    @property
    def lr(self) -> Any:
        """The step size of its members at the last step, one for all or (k,)."""
        return self.optimizer.param_groups[0]["lr"]

    def entries(self) -> list[Entries]:
        """The optimizer's state of each parameter."""
        return [dict(self.optimizer.state.get(p, {})) for p in self.params]

    def entries_of(self, member: int) -> list[Entries]:
        """The state of one member by its number; what is counted for all stands as it is."""
        if not self.by_member:
            return self.entries()
        at = [m.number for m in self.members].index(member)
        return [
            {key: v[at] if self._by_member(v, p) else v for key, v in own.items()}
            for own, p in zip(self.entries(), self.params, strict=True)
        ]

    def adopt(self, entries: Sequence[Mapping[str, Tensor]]) -> None:
        """Take a state as ``entries`` gives it."""
        for p, own in zip(self.params, entries, strict=True):
            self.optimizer.state[p] = {key: _placed(v, p) for key, v in own.items()}
        self._seen = False

    def inherit(self, state: Mapping[int, list[Entries]]) -> None:
        """Take the state of each member, as ``entries_of`` gave it, by number."""
        each = [state[m.number] for m in self.members]
        if not self.by_member:
            self.adopt(each[0])
            return
        self.adopt(
            [
                {
                    key: torch.stack([own[i][key] for own in each]) if first.dim() else first
                    for key, first in each[0][i].items()
                }
                for i in range(len(self.params))
            ]
        )

    def _advance(self) -> None:
        # torch's step() is wrapped for its profiler, which takes longer than a small step.
        if isinstance(self.optimizer, SpanOptimizer):
            self.optimizer.advance(refresh=not (self._settled and self._seen))
            self._seen = True
        else:
            self.optimizer.step()

    def _by_member(self, value: Tensor, parameter: Tensor) -> bool:
        return value.dim() > 0 and value.shape[:1] == parameter.shape[:1]


def _placed(value: Tensor, parameter: Tensor) -> Tensor:
    """A copy that lies in memory as the parameter does: fused rules go by addresses."""
    if value.shape != parameter.shape:
        return value.to(parameter.device).clone()
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value).detach()


def movers_of(population: Population, members: Sequence[Member]) -> list[Mover]:
    """An optimizer for each run of members of one rule and one age."""
    movers: list[Mover] = []
    start = 0
    for stop in range(1, len(members) + 1):
        if stop == len(members) or _kind(members[stop]) != _kind(members[start]):
            movers.append(Mover(population, members[start:stop], start))
            start = stop
    return movers


def _kind(member: Member) -> tuple[Any, int]:
    rule: Any = member.rule
    # A search follows no schedule: those of any age are searched for together.
    return replace(rule, lr=1.0, weight_decay=0.0), 0 if rule.searches else member.born


def _shared(numbers: Sequence[float], device: torch.device) -> Any:
    """One number where all are equal, else a tensor of all."""
    if len(set(numbers)) == 1:
        return numbers[0]
    return torch.tensor(numbers, dtype=torch.float32, device=device)
