"""L-BFGS: steps from the curvature that the last gradients have shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..errors import ConfigError
from .base import Optimizer, QuickOptimizer, optimizer
from .line_search import Search, Trial

__all__ = ["LBFGS", "LBFGSOptimizer"]

CURVED = 1e-10  # a pair counts if yᵀs exceeds this share of ‖y‖‖s‖


@optimizer("lbfgs")
@dataclass(frozen=True, kw_only=True)
class LBFGS(Optimizer):
    """Limited-memory BFGS with a strong Wolfe search (Liu and Nocedal, Math. Prog. 45, 1989).

    Every test is relative, so that the unit of the loss does not matter; a trial that is not
    finite is too far; a search that fails is tried once more along the gradient. The curvature of
    a step comes from two gradients of the same call of ``step``, hence of the same rows. The
    members of a population are searched for side by side, each with a step length of its own.

    Args:
        lr: length of the first step, and factor on the first trial of the others; > 0. None: 1.
        weight_decay: λ of λ/2 · Σw², which joins the loss; ≥ 0.
        max_iter: steps in one call; ≥ 1.
        max_eval: evaluations of the loss in one search; ≥ 1.
        history_size: pairs that are remembered; ≥ 1.
        tolerance_grad: a call ends where the largest slope falls to this share of the largest ever
            seen; ≥ 0.
        tolerance_change: a call ends where the loss falls by no more than this share of itself;
            ≥ 0.

    >>> w = torch.nn.Parameter(torch.tensor([-1.2, 1.0], dtype=torch.float64))
    >>> search = LBFGS(max_iter=100).build([w])
    >>> def rosenbrock():
    ...     search.zero_grad()
    ...     loss = (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> first = search.step(rosenbrock)
    >>> bool(rosenbrock() < 1e-12)
    True
    """

    usual = {"document": {"lr": 1.0}}  # noqa: RUF012
    searches = True

    max_iter: int = 20
    max_eval: int = 25
    history_size: int = 20
    tolerance_grad: float = 1e-12
    tolerance_change: float = 1e-12

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("max_iter", "max_eval", "history_size"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be ≥ 1, not {getattr(self, name)}")

    def build(self, params: Iterable[Any]) -> torch.optim.Optimizer:
        return LBFGSOptimizer(params, self)


class LBFGSOptimizer(QuickOptimizer):
    """A torch optimizer whose ``step`` needs a closure, as ``torch.optim.LBFGS`` does.

    Args:
        params: tensors, or parameter groups that may set ``lr`` and ``weight_decay``; with
            ``members=k`` every tensor is (k, …) and the closure returns (k,) losses.
        rule: the hyper-parameters.
    """

    def __init__(self, params: Iterable[Any], rule: LBFGS) -> None:
        super().__init__(params, rule)
        self.evaluations = 0
        self.trials: list[int] = []  # evaluations that each member needed for itself

    def __getstate__(self) -> dict[str, Any]:
        counted = {"evaluations": self.evaluations, "trials": list(self.trials)}
        return {**super().__getstate__(), **counted}

    @torch.no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]  # as torch's own
        """Go up to ``max_iter`` steps down.

        Args:
            closure: computes the loss and every gradient at the weights as they stand; the same
                loss each time within one call.
        Returns:
            the loss before the first step.
        """
        walk = _Walk(self, closure)
        first = walk.loss
        for _ in range(int(self.param_groups[0]["max_iter"])):
            if walk.over or not walk.go():
                break
        walk.save()
        return first

    @property
    def tensors(self) -> list[Tensor]:
        """Everything that is moved."""
        return [p for group in self.param_groups for p in group["params"] if p.requires_grad]


class _Walk:
    """One call: the weights of k members as (k, n), their gradients, their pairs.

    Args:
        owner: the optimizer.
        closure: of the call.
    """

    def __init__(self, owner: LBFGSOptimizer, closure: Callable[[], Any]) -> None:
        self.owner, self.closure, self.group = owner, closure, owner.param_groups[0]
        self.k = int(self.group.get("members", 0)) or 1
        self.tensors = owner.tensors
        self.w = self._flat(self.tensors)
        kept = owner.state[self.tensors[0]] if self.tensors else {}
        m = int(self.group["history_size"])
        if "s" in kept:
            self.s, self.y = list(kept["s"].unbind(1))[-m:], list(kept["y"].unbind(1))[-m:]
            self.rho = list(kept["rho"].unbind(1))[-m:]
            self.gamma, self.steepest = kept["gamma"][:, 0], kept["steepest"][:, 0]
        else:
            self.s, self.y, self.rho = [], [], []
            self.gamma = self.w.new_zeros(self.k)  # 0: nothing is known of the curvature
            self.steepest = self.w.new_zeros(self.k)
        if len(owner.trials) != self.k:
            owner.trials = [0] * self.k
        self.loss, self.f, self.g = self._evaluate(self.w)
        owner.trials = [n + 1 for n in owner.trials]
        self._note_steepest()
        finite = torch.tensor([f == f and abs(f) != float("inf") for f in self.f])
        self.stopped = ~(finite.to(self.g.device) & self.g.isfinite().all(dim=1))
        self.rounding = torch.finfo(self.w.dtype).eps

    @property
    def over(self) -> bool:
        """Whether every member has stopped."""
        flat = self.g.abs().amax(dim=1) <= self.group["tolerance_grad"] * self.steepest
        self.stopped = self.stopped | flat
        return bool(self.stopped.all())

    def go(self) -> bool:
        """One step of every member that has not stopped; whether any moved."""
        before = list(self.f)
        moved = self._along(self._direction(), self.stopped)
        lost = ~moved & ~self.stopped
        if bool(lost.any()) and bool((self.gamma[lost] > 0).any()):
            self._forget(lost)
            again = self._along(self._direction(), self.stopped | moved)
            moved = moved | again
        self.stopped = self.stopped | ~moved
        small = self.group["tolerance_change"]
        for i, (old, new) in enumerate(zip(before, self.f, strict=True)):
            if moved[i] and abs(old - new) <= small * max(abs(old), abs(new)):
                self.stopped[i] = True
        return bool(moved.any())

    def save(self) -> None:
        """Leave the weights in place, and what is known of the curvature in the state."""
        self._put(self.w)
        if not self.tensors:
            return
        state = self.owner.state[self.tensors[0]]
        if self.s:
            state["s"], state["y"] = torch.stack(self.s, dim=1), torch.stack(self.y, dim=1)
            state["rho"] = torch.stack(self.rho, dim=1)
            # (k, 1): what has no dimension beside that of the members counts for all of them.
            state["gamma"], state["steepest"] = self.gamma[:, None], self.steepest[:, None]

    def _along(self, d: Tensor, resting: Tensor) -> Tensor:
        """Search along a direction; (k,) bool: who found a lower loss."""
        slopes = (self.g * d).sum(dim=1).tolist()
        lr = torch.as_tensor(self.group["lr"], dtype=self.w.dtype).expand(self.k).tolist()
        lengths = d.norm(dim=1).tolist()
        searches: list[Search | None] = []
        for i in range(self.k):
            if bool(resting[i]) or not slopes[i] < 0:
                searches.append(None)
                continue
            first = lr[i] if self.gamma[i] > 0 else lr[i] / max(lengths[i], 1e-300)
            start = Trial(0.0, self.f[i], slopes[i])
            most = int(self.group["max_eval"])
            searches.append(Search(start, first, most, self.rounding))
        w, f, g = self.w.clone(), list(self.f), self.g.clone()
        while any(s is not None and not s.done for s in searches):
            at = [0.0 if s is None else (s.best.t if s.done else s.t) for s in searches]
            trial = self.w + d * self.w.new_tensor(at)[:, None]
            _, found, gradient = self._evaluate(trial)
            slopes = (gradient * d).sum(dim=1).tolist()
            for i, search in enumerate(searches):
                if search is None or search.done:
                    continue
                search.tell(found[i], slopes[i])
                if search.best.t == at[i]:
                    w[i], f[i], g[i] = trial[i], found[i], gradient[i]
        tried = [0 if s is None else s.tried for s in searches]
        self.owner.trials = [a + b for a, b in zip(self.owner.trials, tried, strict=True)]
        moved = torch.tensor([s is not None and s.won for s in searches], device=self.w.device)
        self._remember(w, g, moved)
        self.f = [new if bool(m) else old for new, old, m in zip(f, self.f, moved, strict=True)]
        self.w = torch.where(moved[:, None], w, self.w)
        self.g = torch.where(moved[:, None], g, self.g)
        self._note_steepest()
        return moved

    def _direction(self) -> Tensor:
        """Two loops over the pairs; a pair that does not count has ρ = 0."""
        q = -self.g
        shares = []
        for s, y, rho in zip(reversed(self.s), reversed(self.y), reversed(self.rho), strict=True):
            share = rho * (s * q).sum(dim=1)
            shares.append(share)
            q = q - y * share[:, None]
        q = q * torch.where(self.gamma > 0, self.gamma, torch.ones_like(self.gamma))[:, None]
        for s, y, rho, share in zip(self.s, self.y, self.rho, reversed(shares), strict=True):
            q = q + s * (share - rho * (y * q).sum(dim=1))[:, None]
        downhill = (q * self.g).sum(dim=1) < 0
        self._forget(~downhill)
        return torch.where(downhill[:, None], q, -self.g)

    def _remember(self, w: Tensor, g: Tensor, moved: Tensor) -> None:
        s, y = w - self.w, g - self.g
        sy, ss, yy = (s * y).sum(dim=1), s.norm(dim=1), y.norm(dim=1)
        counts = moved & (sy > CURVED * ss * yy)
        if not bool(counts.any()):
            return
        self.s.append(torch.where(counts[:, None], s, torch.zeros_like(s)))
        self.y.append(torch.where(counts[:, None], y, torch.zeros_like(y)))
        self.rho.append(torch.where(counts, 1 / sy, torch.zeros_like(sy)))
        self.gamma = torch.where(counts, sy / (yy * yy), self.gamma)
        if len(self.s) > int(self.group["history_size"]):
            self.s, self.y, self.rho = self.s[1:], self.y[1:], self.rho[1:]

    def _forget(self, lost: Tensor) -> None:
        """These members begin again from the gradient."""
        if bool(lost.any()):
            self.rho = [torch.where(lost, torch.zeros_like(rho), rho) for rho in self.rho]
            self.gamma = torch.where(lost, torch.zeros_like(self.gamma), self.gamma)

    def _note_steepest(self) -> None:
        steepest = self.g.abs().amax(dim=1).nan_to_num(0.0, 0.0, 0.0)
        self.steepest = torch.maximum(self.steepest, steepest)

    def _evaluate(self, w: Tensor) -> tuple[Any, list[float], Tensor]:
        """What the closure returned; (k,) losses in double precision, (k, n) gradients."""
        self._put(w)
        with torch.enable_grad():
            loss = self.closure()
        self.owner.evaluations += 1
        each = torch.as_tensor(loss).detach().double().reshape(-1)
        if len(each) != self.k:
            raise ConfigError(f"the closure returned {len(each)} losses, not {self.k}")
        grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in self.tensors]
        g = self._flat([g.to_dense() if g.is_sparse else g for g in grads])
        decay = self._decays()
        if decay is not None:
            each = each + (decay * w * w).sum(dim=1).double() / 2
            g = g + decay * w
        return loss, each.tolist(), g

    def _decays(self) -> Tensor | None:
        """(1 or k, n): λ of each weight."""
        each = [g["weight_decay"] for g in self.owner.param_groups]
        if not any(bool(torch.as_tensor(decay).any()) for decay in each):
            return None
        parts = []
        for group, decay in zip(self.owner.param_groups, each, strict=True):
            n = sum(p.numel() for p in group["params"] if p.requires_grad) // self.k
            column = torch.as_tensor(decay, dtype=self.w.dtype, device=self.w.device)
            parts.append(column.reshape(-1, 1).expand(self.k, n))
        return torch.cat(parts, dim=1)

    def _flat(self, tensors: list[Tensor]) -> Tensor:
        if not tensors:
            return torch.zeros(self.k, 0)
        return torch.cat([t.detach().reshape(self.k, -1) for t in tensors], dim=1)

    def _put(self, w: Tensor) -> None:
        at = 0
        for p in self.tensors:
            n = p.numel() // self.k
            p.copy_(w[:, at : at + n].reshape(p.shape))
            at += n
