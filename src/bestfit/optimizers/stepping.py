"""The torch optimizers that apply rules to spans of tensors."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.optim import optimizer as torch_optimizer

from ..errors import ConfigError
from .base import Optimizer, QuickOptimizer, by_member
from .spans import Span, spans_of

__all__ = ["Group", "RuleOptimizer", "SpanOptimizer", "State", "differs"]

CHUNK = 1 << 18  # numbers that go through all operations of a rule before the next are read

Group = Mapping[str, Any]
State = dict[str, Tensor]


class SpanOptimizer(QuickOptimizer):
    """A torch optimizer that moves spans: neighbours in one buffer are one tensor to it.

    A hyper-parameter that differs between members keeps the tensors apart.

    Args:
        params: tensors or parameter groups; a group may set any hyper-parameter for itself.
        rule: the hyper-parameters.
    """

    merges = True  # whether neighbours are one tensor

    @property
    def gathers(self) -> bool:
        """Whether small tensors that are no neighbours are worth a copy."""
        return False

    def __init__(self, params: Iterable[Any], rule: Optimizer) -> None:
        self._spans: list[list[Span]] = []
        self._resting: list[Tensor] = []  # what had no gradient at the last step
        self._trained: list[tuple[Tensor, Tensor]] = []
        super().__init__(params, rule)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_spans": [], "_resting": [], "_trained": []}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """As torch's own, which would round what is counted to the precision of the weights."""
        super().load_state_dict(state_dict)
        mine = [p for group in self.param_groups for p in group["params"]]
        theirs = [i for group in state_dict["param_groups"] for i in group["params"]]
        for p, i in zip(mine, theirs, strict=True):
            for key, value in state_dict["state"].get(i, {}).items():
                if isinstance(value, Tensor) and not value.dim():
                    self.state[p][key] = value.clone()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every tensor that has a gradient; returns what ``closure`` returns."""
        return (_hooked if self._is_watched() else SpanOptimizer._step)(self, closure)

    # torch would wrap ``step`` for its profiler and hooks, which takes longer than a small step.
    step.hooked = True  # type: ignore[attr-defined]

    def _is_watched(self) -> bool:
        return bool(
            torch.autograd._profiler_enabled()  # type: ignore[attr-defined]  # torch uses it so
            or self._optimizer_step_pre_hooks
            or self._optimizer_step_post_hooks
            or torch_optimizer._global_optimizer_pre_hooks
            or torch_optimizer._global_optimizer_post_hooks
        )

    @torch.no_grad()
    def _step(self, closure: Callable[[], Any] | None = None) -> Any:
        result = None
        if closure is not None:
            with torch.enable_grad():
                result = closure()
        self.advance()
        return result

    def advance(self, *, refresh: bool = True) -> None:
        """``step`` without closure, hooks and torch's profiler; under ``no_grad``.

        Args:
            refresh: look where the gradients are; else they lie where they lay before.
        """
        if self._trained:
            raise RuntimeError("these weights are to be judged: call train() before the next step")
        spans = self._current() if refresh else self._spans
        for group, own in zip(self.param_groups, spans, strict=True):
            if own:
                gathered = [span for span in own if span.copies is not None]
                for span in gathered:
                    span.gather()
                self.move(own, group)
                for span in gathered:
                    span.scatter()

    def start(self, w: Tensor) -> State:
        """The state of a tensor before its first step."""
        state: State = self.rule.start(w)
        return state

    def move(self, spans: list[Span], group: Group) -> None:
        """Move what belongs to one group."""
        raise NotImplementedError

    @torch.no_grad()
    def eval(self) -> None:
        """Put the weights in place that are to be judged and kept; most rules train those.

        Nesterov's look-ahead and averages train at other points than they arrive at.
        """
        if self._trained:
            return
        for group in self.param_groups:
            for p in group["params"]:
                judged = self.rule.judged(p, self.state[p]) if self.state.get(p) else None
                if judged is not None:
                    self._trained.append((p, p.detach().clone()))
                    p.copy_(judged)

    @torch.no_grad()
    def train(self) -> None:
        """Go back from ``eval`` to the weights that are trained."""
        for p, trained in self._trained:
            p.copy_(trained)
        self._trained = []

    def _current(self) -> list[list[Span]]:
        spans, state = self._spans, self.state
        fits = len(spans) == len(self.param_groups) and all(p.grad is None for p in self._resting)
        if fits and all(span.refresh(state) for own in spans for span in own):
            return spans
        groups = self.param_groups
        self._resting = [p for g in groups for p in g["params"] if p.grad is None]
        self._spans = [
            spans_of(
                g["params"],
                state,
                self.start,
                merge=self.merges and not differs(g),
                gather=self.gathers,
            )
            for g in groups
        ]
        return self._spans


_hooked = torch.optim.Optimizer.profile_hook_step(SpanOptimizer._step)


class RuleOptimizer(SpanOptimizer):
    """A torch optimizer that moves every tensor by one rule."""

    @property
    def gathers(self) -> bool:
        gathers: bool = self.rule.gathers
        return gathers

    def move(self, spans: list[Span], group: Group) -> None:
        plain = not any(s.sparse for s in spans) and not differs(group)
        if plain and self.rule.move_all(spans, group):
            return
        numbers = {key: value for key, value in group.items() if key != "params"}
        for span in spans:
            if span.sparse:
                self._move_rows(span, numbers)
                continue
            h = self.rule.prepare(span.state, _for(span.w, numbers))
            if not self.rule.in_parts:
                self._move(span.w, span.g, span.state, h)
                continue
            for w, g, state, own in _chunks(span.w, span.g, span.state, h):
                self._move(w, g, state, own)

    def _move(self, w: Tensor, g: Tensor, state: State, h: Group) -> None:
        decay = h["weight_decay"]
        if (isinstance(decay, Tensor) or decay) and not self.rule.by_itself:
            if self.rule.shrinks:
                w.mul_(1 - h["lr"] * decay)
            else:
                g = g + w * decay
        self.rule.move(w, g, state, h)

    def _move_rows(self, span: Span, numbers: dict[str, Any]) -> None:
        """Move the rows that a sparse gradient names; the others keep weights and state."""
        if not self.rule.rows_alone:
            raise ConfigError(
                f"{self.rule.name} moves every weight at each step, and takes no sparse gradient",
                hint="sgd, adagrad or ftrl, or torch.optim.SparseAdam",
            )
        g = span.g.coalesce()
        rows = g.indices()
        place = tuple(rows)
        w = span.w[place]
        state = {key: value[place] if value.dim() else value for key, value in span.state.items()}
        self._move(w, g.values(), state, self.rule.prepare(state, _for(w, numbers)))
        span.w[place] = w
        for key, value in state.items():
            if value.dim():
                span.state[key][place] = value


def differs(group: Group) -> bool:
    """Whether the members of a group have numbers of their own."""
    return any(_of_members(value) for key, value in group.items() if key != "params")


def _of_members(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_of_members(each) for each in value)
    return isinstance(value, Tensor) and value.dim() > 0


def _for(w: Tensor, numbers: dict[str, Any]) -> dict[str, Any]:
    return {key: by_member(value, w) for key, value in numbers.items()}


def _chunks(
    w: Tensor, g: Tensor, state: State, h: Group
) -> Iterator[tuple[Tensor, Tensor, State, Group]]:
    """A large tensor in parts that stay in the cache: one pass over memory, not one for each
    operation."""
    tensors = {"w": w, "g": g, **{key: v for key, v in state.items() if v.dim()}}
    if w.numel() <= CHUNK or w.device.type != "cpu" or not _alike(tensors.values()):
        yield w, g, state, h
        return
    k = len(w) if any(_of_members(value) for value in h.values()) else 1
    flat = {key: value.view(k, -1) for key, value in tensors.items()}
    own = {key: _flat_number(value, k) for key, value in h.items()} if k > 1 else h
    size = max(1, CHUNK // k)
    counts = {key: v for key, v in state.items() if not v.dim()}
    for at in range(0, flat["w"].shape[1], size):
        part = {key: value[:, at : at + size] for key, value in flat.items()}
        yield part.pop("w"), part.pop("g"), {**part, **counts}, own


def _alike(tensors: Iterable[Tensor]) -> bool:
    shapes = {t.shape for t in tensors}
    return len(shapes) == 1 and all(t.is_contiguous() for t in tensors)


def _flat_number(value: Any, k: int) -> Any:
    if isinstance(value, tuple):
        return tuple(_flat_number(each, k) for each in value)
    return value.view(k, 1) if isinstance(value, Tensor) and value.dim() else value
