"""Changes to a network: a copy is rewritten, part by part, under the names its owner knows."""

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ..graph import Graph, Operation
from ..initializers import affine_layers, initializer
from .rewired import Residual, Rewired, Rule, gru_like, seeded, torch_named

__all__ = [
    "dropped_out", "fresh_weights", "insert_after", "let_flow", "levelled", "normalised",
    "recalling", "recurrent_gated", "remembering", "residual", "resized", "swap_operations",
]  # fmt: skip

PARTS = (
    nn.Sigmoid, nn.Tanh, nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.Softmax, nn.LogSoftmax, nn.Softplus,
    nn.Hardtanh, nn.Hardsigmoid, nn.Softsign, nn.GELU, nn.ELU, nn.SELU, nn.SiLU, nn.Softmin,
)  # fmt: skip
DROPOUTS = nn.modules.dropout._DropoutNd
FUSED = (nn.RNNBase, nn.MultiheadAttention)  # what is called inside cannot be changed from outside


def part_at(module: nn.Module, path: str) -> nn.Module | None:
    """The part of this path, or None."""
    try:
        return module.get_submodule(path) if path else None
    except AttributeError:
        return None


def put(module: nn.Module, path: str, part: nn.Module) -> None:
    """Set a part of a network, in place."""
    parent, _, name = path.rpartition(".")
    module.get_submodule(parent)._modules[name] = part


def swap_operations(module: nn.Module, operations: Iterable[Operation], to: str) -> nn.Module:
    """A copy in which these activations are others, whether they are modules or functions.

    Args:
        module: the network.
        operations: of its graph.
        to: an activation of ``torch.nn.functional``, or ``identity``.
    """
    own, rules = deepcopy(module), []
    for op in operations:
        part = part_at(own, op.module)
        if isinstance(part, PARTS):
            put(own, op.module, torch_named(to))
        elif not isinstance(part, FUSED):
            rules.append(Rule(op.function, op.count, to))
    # A module that is called twice counts once; a function is told apart by its calls.
    return rewired(own, rules)


def rewired(module: nn.Module, rules: Sequence[Rule]) -> nn.Module:
    """The network under some rules; of one that has some, under all."""
    if not rules:
        return module
    if isinstance(module, Rewired):
        return Rewired(module.inner, (*module.rules, *rules))
    return Rewired(module, tuple(rules))


def levelled(module: nn.Module, sizes: Iterable[tuple[Operation, float]]) -> nn.Module:
    """A copy whose operations read what is of these sizes at size 1."""
    rules = [Rule(op.function, op.count, f"by={1 / size:.3g}") for op, size in sizes]
    return rewired(deepcopy(module), rules)


def insert_after(
    module: nn.Module, paths: Iterable[str], make: Callable[[nn.Module], nn.Module]
) -> nn.Module | None:
    """A copy with something behind these layers; None where one is no module of its own."""
    own = deepcopy(module)
    for path in dict.fromkeys(paths):
        part = part_at(own, path)
        if part is None:
            return None
        put(own, path, nn.Sequential(part, make(part)))
    return own


def linear_calls(graph: Graph, modules: Iterable[str]) -> list[Rule]:
    """Rules that put a ReLU behind affine maps that are written as functions."""
    wanted = set(modules)
    return [
        Rule(op.function, op.count, "after:relu")
        for op in graph.of_kind("affine")
        if op.module in wanted
    ]


def normalised(module: nn.Module, graph: Graph, rows: int) -> nn.Module | None:
    """A copy with a normalisation behind each hidden affine layer."""
    own, last = deepcopy(module), graph.last
    paths = [op.module for op in graph.of_kind("affine") if op is not last]
    for path in dict.fromkeys(paths[:-1] if last is None or last.kind != "affine" else paths):
        part = part_at(own, path)
        norm: nn.Module
        if isinstance(part, nn.Linear):
            flat = all(len(op.shape) == 1 for op in graph.operations if op.module == path)
            norm = (
                nn.BatchNorm1d(part.out_features)
                if flat and rows >= 16
                else (nn.LayerNorm(part.out_features))
            )
        elif isinstance(part, nn.Conv2d):
            norm = nn.BatchNorm2d(part.out_channels)
        elif isinstance(part, nn.Conv1d):
            norm = nn.BatchNorm1d(part.out_channels)
        else:
            continue
        put(own, path, nn.Sequential(part, norm.to(part.weight.device)))
    return own


def residual(module: nn.Module, graph: Graph) -> nn.Module | None:
    """A copy in which hidden linear layers that keep the width are added to what they read."""
    own, last, changed = deepcopy(module), graph.last, False
    for op in graph.of_kind("affine"):
        part = part_at(own, op.module)
        if op is last or not isinstance(part, nn.Linear):
            continue
        if part.in_features == part.out_features:
            put(own, op.module, Residual(part))
            changed = True
    return own if changed else None


def recurrent_gated(module: nn.Module, seed: int, length: int = 0) -> nn.Module | None:
    """A copy with a GRU in place of each plain recurrent layer; None where there is none.

    Args:
        module: the network.
        seed: of the new weights.
        length: of the sequences, which gates are to reach across; 0 leaves the gates as drawn.
    """
    own = deepcopy(module)
    plain = [(path, part) for path, part in own.named_modules() if isinstance(part, nn.RNN)]
    for path, part in plain:
        if not path:
            return None
        put(own, path, seeded(partial(gru_like, part), seed).to(part.weight_ih_l0.device))
    return remembering(own, seed, length) if plain else None


def remembering(module: nn.Module, seed: int, length: int) -> nn.Module | None:
    """A copy whose gates hold what they know, each for a time of its own; None without gates.

    The biases of the gates that keep are log(u), u even between 1 and the length of a sequence:
    Tallec and Ollivier, "Can recurrent neural networks warp time?", ICLR 2018.
    """
    own = deepcopy(module)
    gated = [part for part in own.modules() if isinstance(part, nn.GRU | nn.LSTM)]
    if not gated:
        return None
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for part in gated if length > 2 else ():
            own_gate = slice(part.hidden_size, 2 * part.hidden_size)
            for name, bias in part.named_parameters():
                if name.startswith("bias_ih"):
                    times = torch.rand(part.hidden_size, generator=generator) * (length - 2) + 1
                    keep = times.log().to(bias)
                    bias[own_gate] = keep
                    if isinstance(part, nn.LSTM):
                        bias[: part.hidden_size] = -keep
                elif name.startswith("bias_hh"):
                    bias[own_gate] = 0.0
    return own


def recalling(module: nn.Module, graph: Graph, seed: int) -> nn.Module | None:
    """A copy whose recurrent weights, where a recurrence is written by hand, keep the length of
    what they are given; None without any.

    Weights that are read again and again are taken for recurrent: whole ones if they are square,
    else the last of their columns. Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear
    dynamics of learning in deep linear neural networks", ICLR 2014.
    """
    own, found = deepcopy(module), False
    generator = torch.Generator().manual_seed(seed)
    for name, p in own.named_parameters():
        if graph.uses[name] < 2 or p.dim() != 2 or not 1 < len(p) <= p.shape[1]:
            continue
        with torch.no_grad():
            nn.init.orthogonal_(p[:, -len(p) :], generator=generator)
        found = True
    return own if found else None


def fresh_weights(
    module: nn.Module, scheme: str, seed: int, activation: str = "relu", inputs: Any = None
) -> nn.Module:
    """A copy with weights drawn anew.

    Args:
        module: the network.
        scheme: ``torch`` for each layer's own rule, or the name of an initializer.
        seed: of the weights.
        activation: that follows the layers.
        inputs: a batch, for a scheme that looks at it.
    """
    own = deepcopy(module)
    with torch.random.fork_rng([]), torch.no_grad():
        torch.manual_seed(seed)
        covered: set[int] = set()
        for part in own.modules():
            reset = getattr(part, "reset_parameters", None) or getattr(
                part, "_reset_parameters", None
            )
            if callable(reset):
                reset()
                covered |= {id(p) for p in part.parameters(recurse=False)}
        for name, p in own.named_parameters():
            if id(p) not in covered:
                if p.dim() > 1:
                    nn.init.xavier_uniform_(p)
                elif "bias" in name:
                    p.zero_()
                elif float(p.abs().max()) == 0 or float(p.abs().max()) > 10:
                    p.fill_(1.0 if "scale" in name or "gamma" in name else 0.0)
    chosen = initializer[scheme]() if scheme != "torch" else None
    if chosen is None or not affine_layers(own):
        return own
    if chosen.by_data and inputs is not None:
        with torch.no_grad():
            return chosen.fit(own.eval(), *inputs, seed=seed, activation=activation).train()  # type: ignore[attr-defined, no-any-return]
    return chosen.apply(own, seed, activation)


def resized(module: nn.Module, graph: Graph, n_outputs: int, seed: int) -> nn.Module | None:
    """A copy whose last linear layer gives so many numbers; None where there is none."""
    affine = graph.of_kind("affine")
    part = part_at(module, affine[-1].module) if affine else None
    if not isinstance(part, nn.Linear):
        return None
    own = deepcopy(module)
    new = seeded(lambda: nn.Linear(part.in_features, n_outputs, bias=True), seed)
    put(own, affine[-1].module, new.to(part.weight.device))
    return own


def dropped_out(module: nn.Module, p: float, graph: Graph | None = None) -> nn.Module:
    """A copy with this share in each dropout, module or function."""
    own = deepcopy(module)
    for part in own.modules():
        if isinstance(part, DROPOUTS):
            part.p = p
        elif isinstance(part, nn.RNNBase | nn.MultiheadAttention) and part.dropout > 0:
            part.dropout = p
    calls = [] if graph is None else [
        op for op in graph.operations
        if op.function.startswith("dropout") and not isinstance(part_at(own, op.module), DROPOUTS)
    ]  # fmt: skip
    return rewired(own, [Rule(op.function, op.count, f"p={p}") for op in calls])


def with_dropout(module: nn.Module, graph: Graph, p: float) -> nn.Module | None:
    """A copy with dropout behind each hidden activation that is a module."""
    last = graph.last
    paths = [
        op.module for op in graph.of_kind("rectified", "bounded", "smooth")
        if op is not last and isinstance(part_at(module, op.module), PARTS)
    ]  # fmt: skip
    return insert_after(module, paths, lambda _: nn.Dropout(p)) if paths else None


def let_flow(module: nn.Module) -> nn.Module:
    """A copy in which nothing is fixed and no gradient is cut off."""
    own = deepcopy(module)
    for p in own.parameters():
        if p.is_floating_point():
            p.requires_grad_(True)
    rules = [Rule(name, None, "keep") for name in ("detach", "detach_", "_set_grad_enabled")]
    return rewired(own, [*rules, Rule("__get__", None, "keep")])


def flat_size(inputs: tuple[Tensor, ...]) -> int:
    """Numbers of a row of the first input."""
    return int(inputs[0][0].numel())
