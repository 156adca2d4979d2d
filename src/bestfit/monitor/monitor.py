"""A guest in any loop: it listens to the optimizer, measures now and then, and changes nothing."""

import random
import time
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..graph import Graph
from ..history import History, Measure
from ..probes.graph import graph_of
from ..probes.network import weights_of
from .judge import Seen, judged

__all__ = ["Monitor"]

ROWS, BYTES = 256, 2**26  # of recent inputs, by which units are judged, at most
LABELS = {"labels", "label", "label_ids"}  # inputs by keyword of which a network makes its loss
SHARE = 0.01  # of the loop's time that measuring may take
FIRST, PROBED = (1, 2, 4, 8), 8  # steps that are measured, and looked through, at any cost
SPARSER, RARE = 1.3, 1_000  # each measured step to the next; and at most so many steps later
READ_EVERY = 1_000  # losses that wait on the device, at most
GRAPHS = 4  # the latest that are kept


class Monitor:
    """Watches a network while somebody else trains it.

    Hooks stand on the network and the optimizer between ``with`` and its end. Weights, gradients,
    statistics and random streams end as if nobody had watched, to the last bit; and whatever goes
    wrong in here never reaches the loop.

    Args:
        model: any network.
        optimizer: that trains it; also in the wrapping of Accelerate or Lightning.

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
        self.model, self.optimizer = model, unwrapped(optimizer)
        self.step = 0
        self._history = History()
        self._losses: list[float] = []
        self._valid: list[tuple[int, float]] = []
        self._waiting: list[Tensor | float] = []  # losses on the device, not read yet
        self._measures: list[tuple[int, str, str, Tensor]] = []  # the same of layers
        self._inputs: deque[tuple[Any, ...]] = deque()
        self._names: tuple[str, ...] = ()  # of the last of the inputs, which come by keyword
        self._hooks: list[Any] = []
        self._before: dict[str, Tensor] | None = None
        self._next, self._spent_s, self._began_s = 1, 0.0, 0.0
        self._first, self._unowned = weights_of(model), self._strangers()
        self._graphs: list[Graph] = []
        self._silent: dict[str, int] = {}  # samples in which a parameter had no gradient
        self._samples, self._bad_cells = 0, 0

    def __enter__(self) -> "Monitor":
        self._began_s = time.perf_counter()
        self._hooks = [
            self.model.register_forward_pre_hook(self._hear, with_kwargs=True),
            self.optimizer.register_step_pre_hook(lambda *_: self._before_step()),
            self.optimizer.register_step_post_hook(lambda *_: self._after_step()),
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()
        self._hooks, self._before = [], None

    @property
    def history(self) -> History:
        """Norms of gradients and weights and the size of updates, by layer and measured step; with
        batch normalisation how far answers in training lie from those in earnest."""
        waiting, self._measures = self._measures, []
        self._history.record(
            Measure(step, float(step), 0, name, subject, float(value))
            for step, name, subject, value in waiting
        )
        return self._history

    def record(
        self, *, loss: Tensor | float | None = None, valid_loss: Tensor | float | None = None
    ) -> None:
        """Note the loss of the latest step, or of validation rows. Losses of steps are read from
        the device a thousand at a time.

        Args:
            loss: of the training rows of the step.
            valid_loss: of rows that do not teach.
        """
        if loss is not None:
            self._waiting.append(_kept(loss) if isinstance(loss, Tensor) else loss)
            if len(self._waiting) >= READ_EVERY:
                self._read()
        if valid_loss is not None:
            self._valid.append((self.step, float(valid_loss)))

    def findings(self) -> list[dict[str, Any]]:
        """What is wrong so far; each as in ``findings.json``. Harm and persistence are required."""
        self._read()
        still = [n for n, size in self._strangers().items() if size == self._unowned.get(n)]
        silent = [n for n, count in self._silent.items() if count == self._samples >= 3]
        rows = self._kept_rows()
        with self._timed():
            self._look_through()
        seen = Seen(
            step=self.step, losses=self._losses, valid=self._valid, history=self.history,
            first=self._first, graphs=self._graphs, rows=0 if rows is None else len(rows[0]),
            strangers=still, silent=silent if len(silent) < len(self._silent) else [],
            lr=float(self.optimizer.param_groups[0]["lr"]),
            bad_cells=max(self._bad_cells, _bad_cells(rows or ())),
        )  # fmt: skip
        return [finding.record() for finding in judged(seen)]

    def _strangers(self) -> dict[str, tuple[float, float]]:
        """Parameters in no group of the optimizer, by name, each with two numbers of its weights;
        another optimizer may move them."""
        owned = {id(p) for group in self.optimizer.param_groups for p in group["params"]}
        return {
            name: (float(p.detach().sum()), float(p.detach().norm()))
            for name, p in self.model.named_parameters()
            if p.requires_grad and id(p) not in owned
        }

    def _read(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._losses += torch.stack(
                [torch.as_tensor(v).float().sum() for v in waiting]
            ).tolist()

    def _hear(self, model: nn.Module, inputs: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Keep the latest training rows; they are not copied."""
        if not model.training:
            return
        if not self._inputs:
            self._names = tuple(
                name for name, x in named.items() if isinstance(x, Tensor) and name not in LABELS
            )
            given = (*inputs, *(named[name] for name in self._names))
            if not given or not all(isinstance(x, Tensor) and x.dim() for x in given):
                return
            n = max(1, len(given[0]))
            rows = min(ROWS, BYTES * n // max(1, sum(x.nbytes for x in given)))
            self._inputs = deque(maxlen=max(1, -(-rows // n)))
        self._inputs.append((*inputs, *map(named.get, self._names)) if self._names else inputs)

    def _before_step(self) -> None:
        self.step += 1
        if not (self.step in FIRST or (self.step >= self._next and self._may())):
            return
        with self._timed():
            named = [(n, p) for n, p in self.model.named_parameters() if p.requires_grad]
            self._samples += 1
            self._bad_cells = max(self._bad_cells, _bad_cells(*list(self._inputs)[-1:]))
            for name, p in named:
                self._silent[name] = self._silent.get(name, 0) + (p.grad is None)
            pairs = [(n, p, p.grad) for n, p in named if p.grad is not None and p.dim() > 1]
            if not pairs:
                return
            names, weights, grads = zip(*pairs, strict=True)
            with torch.no_grad():
                self._before = {n: p.detach().clone() for n, p, _ in pairs}
                for kind, tensors in (("grad_norm", grads), ("weight_norm", weights)):
                    norms = torch._foreach_norm([t.detach() for t in tensors])
                    self._note(kind, dict(zip(names, norms, strict=True)))

    def _after_step(self) -> None:
        before, self._before = self._before, None
        if before is None:
            return
        with self._timed():
            self._next = min(max(self.step + 1, round(SPARSER * self.step)), self.step + RARE)
            now = dict(self.model.named_parameters())
            with torch.no_grad():
                moved = {n: (now[n] - w).norm() / w.norm().clamp(min=1e-12)
                         for n, w in before.items() if n in now}  # fmt: skip
            self._note("update_ratio", moved)
            if self.step == PROBED or self._may():
                self._look_through()

    def _look_through(self) -> None:
        if (graph := self._seen_through()) is not None:
            self._graphs = [*self._graphs[1 - GRAPHS :], graph]

    def _may(self) -> bool:
        return self._spent_s <= SHARE * (time.perf_counter() - self._began_s)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Within, time counts as the guest's, and nothing that goes wrong leaves."""
        start = time.perf_counter()
        try:
            yield
        except Exception:  # a guest does not end the loop of its host
            self._before = None
        finally:
            self._spent_s += time.perf_counter() - start

    def _note(self, name: str, values: dict[str, Tensor]) -> None:
        self._measures += [(self.step, name, subject, v) for subject, v in values.items()]

    def _kept_rows(self) -> tuple[Tensor, ...] | None:
        """(≤ ROWS, …) of the latest inputs, or None where they do not go together."""
        try:
            parts = zip(*self._inputs, strict=True)
            return tuple(torch.cat(part).detach()[-ROWS:] for part in parts) or None
        except (RuntimeError, ValueError, TypeError):
            return None

    def _seen_through(self) -> Graph | None:
        """The graph of a copy on the latest rows, in ``eval`` mode; its hooks are not called."""
        rows = self._kept_rows()
        if rows is None or len(rows[0]) < 2:
            return None
        with _streams_kept(rows[0].device), torch.no_grad():
            mine, self.model._forward_pre_hooks = self.model._forward_pre_hooks, OrderedDict()
            try:
                copy = deepcopy(self.model).eval()
            finally:
                self.model._forward_pre_hooks = mine
            for part in copy.modules():
                part._forward_hooks, part._forward_pre_hooks = OrderedDict(), OrderedDict()
            copy._forward_pre_hooks_with_kwargs = OrderedDict()
            n = len(rows) - len(self._names)
            named = dict(zip(self._names, rows[n:], strict=True))
            graph, answer = graph_of(copy, rows[:n], named)
            if any(op.function == "batch_norm" for op in graph.of_kind("norm")):
                self._note("train_eval_difference", {"": _apart(copy, rows[:n], named, answer)})
            return graph


def _apart(
    copy: nn.Module, rows: tuple[Tensor, ...], named: dict[str, Tensor], answer: Any
) -> Tensor:
    """How far answers with the statistics of these rows lie from those with the running ones, in
    the spread of the answers."""
    for part in copy.modules():
        part.training = isinstance(part, nn.modules.batchnorm._BatchNorm)
    earnest, training = (
        torch.as_tensor(t["logits"] if isinstance(t, Mapping) else t).float()
        for t in (answer, copy(*rows, **named))
    )
    return (earnest - training).abs().mean() / earnest.std(dim=0).mean().clamp(min=1e-12)


def _kept(loss: Tensor) -> Tensor | float:
    """A loss that stays as it is: on a processor as a number, which holds no memory among that of
    the steps; elsewhere on the device."""
    if loss.device.type != "cpu" or loss.numel() != 1:
        return loss.detach().clone()
    return float(loss.item())


def unwrapped(optimizer: Any) -> torch.optim.Optimizer:
    """The optimizer that takes the steps, out of what others wrap around it."""
    while "_optimizer_step_pre_hooks" not in vars(optimizer) and hasattr(optimizer, "optimizer"):
        optimizer = optimizer.optimizer
    return optimizer  # type: ignore[no-any-return]  # whatever the caller calls one


def _bad_cells(rows: tuple[Any, ...] = ()) -> int:
    """Cells of inputs that are no numbers."""
    numbers = [x for x in rows if isinstance(x, Tensor) and x.is_floating_point()]
    return sum(int((~x.isfinite()).sum()) for x in numbers)


@contextmanager
def _streams_kept(device: torch.device) -> Iterator[None]:
    """Within, whatever is drawn is drawn from copies of the random streams."""
    python, numbers = random.getstate(), np.random.get_state()
    devices = [device] if device.type == "cuda" else []
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numbers)
