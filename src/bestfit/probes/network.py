"""What a network is like at one moment: what its layers give, what pulls them, what it answers.

Everything happens on a copy, and draws nothing from the streams of the training.
"""

import math
from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ..graph import Graph
from .graph import graph_of

__all__ = ["PROBED", "learnt_of", "sight_of", "weights_of"]

PROBED = 256  # rows, at most
BATCH = 1_000  # rows that go through a network together
TINY = 1e-30
Measures = dict[tuple[str, str], float]
LossOf = Callable[[Tensor, Tensor], Tensor]


def sight_of(
    module: nn.Module, inputs: tuple[Tensor, ...], target: Tensor, loss: LossOf
) -> tuple[Graph, Measures]:
    """Look at a network with some rows.

    Args:
        module: left as it is.
        inputs: (B, …) each, as the network takes them.
        target: of the loss.
        loss: (B, T) outputs and targets → one number a row.
    Returns:
        its graph, and numbers by name and subject (a layer, a parameter, or ``""``).
    """
    own = deepcopy(module)
    for p in own.parameters():
        p.grad = None
    with torch.random.fork_rng([]), torch.inference_mode(False), torch.enable_grad():
        torch.default_generator.manual_seed(0)  # without asking for devices that are not here
        own.eval()
        with torch.no_grad():
            plain = _rows(own(*inputs))
        own.train()
        for part in own.modules():
            if isinstance(part, nn.modules.dropout._DropoutNd):
                part.eval()
        leaves = tuple(
            x.detach().clone().requires_grad_() if x.is_floating_point() else x for x in inputs
        )
        looked_up: list[Tensor] = []
        for part in own.modules():
            if isinstance(part, nn.Embedding):
                part.register_forward_hook(partial(_kept, looked_up))
        graph, given = graph_of(own, leaves)
        output = _rows(given)
        each = loss(output, target)
        value = each.mean()
        if value.requires_grad:
            _pull(value, [*own.parameters(), *leaves, *looked_up])
    with torch.no_grad():
        found: Measures = {
            ("loss", ""): float(value),
            ("eval_loss", ""): _mean(loss, plain, target),
        }
        found |= _answers(plain) | _pulls(own) | weights_of(own)
        found |= _through_time(graph, (*leaves, *looked_up))
    for op in graph.operations:
        for name, number in op.facts.items():
            found[name, f"{op.module or op.function}#{op.function}{op.count}"] = number
    return graph, found


@torch.no_grad()
def learnt_of(module: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor | None:
    """(N, F) what a network makes of rows, before its last dense layer; None where it has none.

    Args:
        module: left as it is.
        inputs: (N, …) each, as the network takes them.
    """
    own, read = deepcopy(module).eval(), dict[str, Tensor]()
    for part in own.modules():
        if isinstance(part, nn.Linear):
            part.register_forward_pre_hook(lambda _, given: read.update(last=given[0].detach()))
    found = []
    for some in zip(*(torch.split(x, BATCH) for x in inputs), strict=True):
        own(*some)
        found += [read["last"].float().reshape(len(some[0]), -1).cpu()] if read else []
    return torch.cat(found) if found else None


def _kept(outputs: list[Tensor], part: nn.Module, given: object, output: Tensor) -> None:
    """Keep what words become, from which a gradient can be read as from numbers."""
    if output.requires_grad:
        output.retain_grad()
        outputs.append(output)


def _pull(value: Tensor, tensors: list[Tensor]) -> None:
    """Give each tensor that hangs together with a number its gradient."""
    wanted = [t for t in tensors if t.requires_grad]
    for t, grad in zip(wanted, torch.autograd.grad(value, wanted, allow_unused=True), strict=True):
        t.grad = grad


def _rows(given: Any) -> Tensor:
    output: Tensor = given
    return output.unsqueeze(1) if output.dim() == 1 else output


def _mean(loss: LossOf, output: Tensor, target: Tensor) -> float:
    try:
        return float(loss(output, target).mean())
    except (RuntimeError, ValueError):  # a loss of probabilities, of what are none
        return math.nan


def _answers(output: Tensor) -> Measures:
    """The range of the outputs, and how many there are."""
    out = output.float()
    return {
        ("out_low", ""): float(out.min()),
        ("out_high", ""): float(out.max()),
        ("out_width", ""): float(out.shape[1]),
    }


def _pulls(module: nn.Module) -> Measures:
    """Each parameter's gradient, against its size; −1 where none arrives."""
    found: Measures = {}
    for name, p in module.named_parameters():
        if not p.requires_grad:
            found["fixed", name] = 1.0
            continue
        if p.grad is None:
            found["pull", name] = -1.0
            continue
        rms = float(p.grad.float().square().mean().sqrt())
        found["pull", name] = rms
        size = float(p.detach().float().square().mean().sqrt())
        found["relative_pull", name] = rms / max(size, TINY)
    return found


@torch.no_grad()
def weights_of(module: nn.Module) -> Measures:
    """Size of each weight against what keeps the signal's size, whether its rows are alike, and
    how far one sign outweighs the other: what a unit makes of inputs that are all 1."""
    found: Measures = {}
    for name, p in module.named_parameters():
        w = p.detach().float()
        if w.dim() < 2:
            continue
        flat = w.flatten(1)
        found["gain", name] = float(flat.std() if flat.numel() > 1 else 0) * math.sqrt(
            flat.shape[1]
        )
        found["lean", name] = abs(float(flat.mean())) * flat.shape[1]
        if len(flat) > 1:
            away = (flat - flat[:1]).abs().max() / flat.abs().max().clamp(min=TINY)
            found["alike", name] = float(away < 1e-4)
    return found


def _through_time(graph: Graph, read: tuple[Tensor, ...]) -> Measures:
    """How much an early step of a sequence of numbers or words counts against a late one."""
    x = next((x for x in read if x.grad is not None), read[0])
    if x.grad is None or x.dim() != 3 or x.shape[1] < 8:
        return {}
    by_time = x.grad.float().square().sum(dim=(0, 2)).sqrt()
    part = max(1, len(by_time) // 8)
    early, late = float(by_time[:part].mean()), float(by_time[-part:].mean())
    found = {("through_time", ""): early / max(late, TINY)}
    by_hand = max(graph.uses.values(), default=0) >= x.shape[1] // 2
    tanh = "tanh" in {op.function for op in graph.of_kind("bounded")}
    if graph.of_kind("recurrent") or by_hand or tanh:
        found["recurrent", ""] = 1.0
    return found
