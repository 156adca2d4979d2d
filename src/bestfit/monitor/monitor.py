"""A guest in any loop: it listens to the optimizer, measures now and then, and changes nothing."""

import time
from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn

from ..history import History, Measure
from ..probes.graph import graph_of
from ..probes.network import first_weights
from .judge import Seen, judged

__all__ = ["Monitor"]

ROWS = 256  # of recent inputs, by which units are judged
SHARE = 0.015  # of the loop's time that measuring may take
ALWAYS = (1, 2, 4, 8)  # steps that are measured whatever it takes
SPARSER = 1.3  # each measured step to the next


class Monitor:
    """Watches a network while somebody else trains it.

    Hooks stand on the network and the optimizer between ``with`` and its end. Weights, gradients,
    statistics and random streams end as if nobody had watched, to the last bit.

    Args:
        model: any network.
        optimizer: that trains it.

    >>> import torch
    >>> net = torch.nn.Linear(3, 1)
    >>> sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    >>> with Monitor(net, sgd) as monitor:
    ...     loss = net(torch.ones(4, 3)).square().mean()
    ...     loss.backward()
    ...     sgd.step()
    ...     monitor.record(loss=loss)
    >>> monitor.findings(), monitor.history.step
    ([], 1)
    """

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.model, self.optimizer = model, optimizer
        self.history = History()
        self.step = 0
        self._losses: list[Tensor | float] = []
        self._valid: list[tuple[int, Tensor | float]] = []
        self._inputs: list[tuple[Tensor, ...]] = []
        self._hooks: list[Any] = []
        self._before: dict[str, Tensor] | None = None
        self._next, self._spent_s, self._began_s = 1, 0.0, 0.0
        self._first = first_weights(model)
        self._graphs: list[Any] = []
        self._silent: dict[str, int] = {}  # samples in which a parameter had no gradient
        self._samples, self._bad_cells = 0, 0

    def __enter__(self) -> "Monitor":
        self._began_s = time.perf_counter()
        self._hooks = [
            self.model.register_forward_pre_hook(self._hear),
            self.optimizer.register_step_pre_hook(lambda *_: self._before_step()),
            self.optimizer.register_step_post_hook(lambda *_: self._after_step()),
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._before = [], None

    def record(
        self, *, loss: Tensor | float | None = None, valid_loss: Tensor | float | None = None
    ) -> None:
        """Note the loss of the latest step, or of validation rows; nothing is waited for.

        Args:
            loss: of the training rows of the step.
            valid_loss: of rows that do not teach.
        """
        if loss is not None:
            self._losses.append(loss.detach().clone() if isinstance(loss, Tensor) else loss)
        if valid_loss is not None:
            kept = valid_loss.detach().clone() if isinstance(valid_loss, Tensor) else valid_loss
            self._valid.append((self.step, kept))

    def findings(self) -> list[dict[str, Any]]:
        """What is wrong so far; each as in ``findings.json``. Harm and persistence are required."""
        owned = {id(p) for group in self.optimizer.param_groups for p in group["params"]}
        strangers = [
            name for name, p in self.model.named_parameters()
            if p.requires_grad and id(p) not in owned
        ]  # fmt: skip
        silent = [n for n, count in self._silent.items() if count == self._samples >= 3]
        seen = Seen(
            step=self.step,
            losses=[float(v) for v in self._losses],
            valid=[(step, float(v)) for step, v in self._valid],
            history=self.history,
            first=self._first,
            graphs=[graph for graph in self._graphs if graph is not None],
            rows=self._kept_rows(),
            strangers=strangers,
            silent=silent,
            lr=float(self.optimizer.param_groups[0]["lr"]),
            bad_cells=self._bad_cells,
        )
        return [finding.record() for finding in judged(seen)]

    def _hear(self, model: nn.Module, inputs: tuple[Any, ...]) -> None:
        """Keep the latest training rows; they are not copied."""
        if not model.training or not inputs or not all(isinstance(x, Tensor) for x in inputs):
            return
        self._inputs.append(tuple(x.detach() for x in inputs))
        while len(self._inputs) > 1 and sum(len(x[0]) for x in self._inputs[1:]) >= ROWS:
            self._inputs.pop(0)

    def _before_step(self) -> None:
        self.step += 1
        due = self.step in ALWAYS or (self.step >= self._next and self._may())
        if not due:
            return
        start = time.perf_counter()
        named = [(n, p) for n, p in self.model.named_parameters() if p.requires_grad]
        self._samples += 1
        rows = self._inputs[-1] if self._inputs else ()
        bad = sum(int((~x.isfinite()).sum()) for x in rows if x.is_floating_point())
        self._bad_cells = max(self._bad_cells, bad)
        for name, p in named:
            self._silent[name] = self._silent.get(name, 0) + (p.grad is None)
        known = [(n, p) for n, p in named if p.grad is not None and p.dim() > 1]
        with torch.no_grad():
            self._before = {n: p.detach().clone() for n, p in known}
            grads = (
                torch._foreach_norm([p.grad for _, p in known if p.grad is not None])
                if known
                else []
            )
            weights = torch._foreach_norm([p.detach() for _, p in known]) if known else []
        for (name, _), g, w in zip(known, grads, weights, strict=True):
            self._note("grad_norm", name, g)
            self._note("weight_norm", name, w)
        self._spent_s += time.perf_counter() - start

    def _after_step(self) -> None:
        if self._before is None:
            return
        start, before, self._before = time.perf_counter(), self._before, None
        with torch.no_grad():
            for name, p in self.model.named_parameters():
                if name in before:
                    w = before[name]
                    self._note("update_ratio", name, (p - w).norm() / w.norm().clamp(min=1e-12))
        self._graphs.append(self._seen_through())
        self._graphs = self._graphs[-4:]
        self._next = max(self.step + 1, round(SPARSER * self.step))
        self._spent_s += time.perf_counter() - start

    def _may(self) -> bool:
        return self._spent_s <= SHARE * (time.perf_counter() - self._began_s)

    def _note(self, name: str, subject: str, value: Tensor) -> None:
        measure = Measure(self.step, float(self.step), 0, name, subject, float(value))
        self.history.record([measure])

    def _kept_rows(self) -> tuple[Tensor, ...] | None:
        """(≤ ROWS, …) of the latest inputs, or None where they do not go together."""
        if not self._inputs:
            return None
        try:
            parts = zip(*self._inputs, strict=True)
            return tuple(torch.cat(part)[-ROWS:] for part in parts)
        except (RuntimeError, ValueError):
            return None

    def _seen_through(self) -> Any:
        """The graph of a copy on the latest rows, in ``eval`` mode; None where it cannot be had."""
        from copy import deepcopy

        rows = self._kept_rows()
        if rows is None or len(rows[0]) < 2:
            return None
        hooks, self.model._forward_pre_hooks = self.model._forward_pre_hooks, OrderedDict()
        try:
            with torch.no_grad(), torch.random.fork_rng([]):
                return graph_of(deepcopy(self.model).eval(), rows)[0]
        except (RuntimeError, TypeError, ValueError, AttributeError):
            return None
        finally:
            self.model._forward_pre_hooks = hooks
